"""The words that the site adds of its own."""

from __future__ import annotations

from compendium.report.words import HOW_TO_READ as HOW
from compendium.text import Text

CONTENTS = Text("On this page", "本页内容")
PAGES = Text("All pages", "全部页面")
SEARCH_WORDS = Text("Search", "搜索")
CELL_CODE = Text("Show the code", "显示代码")
HIDE_CODE = Text("Hide the code", "隐藏代码")

CLAIMS = Text("Claims", "论断")
NOTEBOOKS = Text("Notebooks", "笔记本")
DATA = Text("Data", "数据")
BACKGROUND = Text("Behind the numbers", "数字背后")

WHAT_THIS_IS = Text("What this is", "这是什么")
STAND_IN = Text(
    "Wherever “simulated” is written, the answers were made up by a program. They are never "
    "evidence and never count toward a verdict.",
    "凡标明“模拟数据”之处，答复均由程序生成。模拟数据绝不作为证据，也不计入任何判定。",
)
STAND_IN_HEAD = Text("Simulated data are not evidence", "模拟数据不是证据")
SIMULATED = Text("Simulated data", "模拟数据")
SIMULATED_TEST = Text(
    "One more test of this claim ran on simulated data and counts nowhere; it stands with its "
    "false-positive rate under {page}.",
    "本论断另有一项检验使用模拟数据，不计入判定；该检验及其假阳性率见“{page}”。",
)
SIMULATED_TESTS = Text(
    "{number} more tests of this claim ran on simulated data and count nowhere; they stand with "
    "their false-positive rates under {page}.",
    "本论断另有 {number} 项检验使用模拟数据，不计入判定；各检验及其假阳性率见“{page}”。",
)
FALSE_POSITIVES = Text(
    "How often such a test holds although the true effect is zero (its false-positive rate) and "
    "how often its interval covers the truth is in the tables of calibration below.",
    "此类检验在真实效应为零时成立的比例（假阳性率）以及区间覆盖真值的比例，见下方的校准表。",
)
TESTS_OF = Text("Tests of {}", "论断 {} 的检验")
HOW_TESTED = Text("How it was tested", "检验方式")
SETUP = Text("Set-up of the notebook: parameters and data", "笔记本的准备：参数与数据")
FOUND_HERE = Text("Found in this notebook", "本笔记本的发现")
ALL_SIMULATED = Text(
    "All numbers of this notebook come from simulated data; see {page}.",
    "本笔记本的数字均来自模拟数据，见“{page}”。",
)
HOW_TO_READ = Text("How to read it", "怎样阅读")
READING = (
    Text(
        "A claim is tested by predicates on estimates. Each test says what was known of the data "
        "when it was written. A predicate holds, fails, or cannot be decided because the interval "
        "lies on both sides of its bound.",
        "论断由对估计值的判据检验，每项检验均说明写定判据时已知什么。结果为成立、不成立，或因区间跨越界限而不能判定。",
    ),
    HOW,
    Text(
        "Every number is a link to its estimate; from there to the notebook cell that computed "
        "it, and on to the data, their codebook and their sources.",
        "每个数字都链接到其估计值，由此可到计算它的笔记本单元格，再到数据、编码簿与来源。",
    ),
    Text(
        "The switch at the top of each page shows the same page in Chinese.",
        "每页上方的切换键显示同一页的英文版。",
    ),
)
FINDINGS = Text("What was found", "主要发现")
VERDICT = Text("Verdict", "判定")
STRENGTH = Text("Strength", "证据强度")
RESTS_ON = Text("Rests on", "依据")
CHECKS = Text("simulated, never counted", "模拟数据，从不计入")
COUNTED = Text("counted", "计入")
NOT_COUNTED = Text("not counted", "不计入")
MISSING_EXTERNAL = Text(
    "External data were absent in this run: exhibits that rest on them alone are not shown.",
    "本次运行缺外部数据：仅依据外部数据的图表未显示。",
)
MISSING_PARTIAL = Text(
    "The run was partial: exhibits of notebooks that did not run are not shown: {}.",
    "本次运行不完整，下列笔记本未运行，其图表未显示：{}。",
)

LIMITS = Text("Limits", "局限")
TESTS = Text("Tests", "检验")
PREDICATE = Text("Predicate", "判据")
FOUND = Text("Found", "所得")
METHOD = Text("Method", "方法")
EVIDENCE = Text("Evidence", "证据")
WHY = Text("Why", "理由")
KNOWN = Text("Known when written", "写下时已知")
TRAIL = Text("Trail", "溯源")
SOURCE_PAGES = Text("Source pages", "来源网页")
SOURCE_PAGES_LEAD = Text("{} pages, each with its rows", "{} 个网页及其所涉各行")
MORE_ROWS = Text("{}, and {} more rows", "{} 等，另有 {} 行")
OUTCOME = Text("Outcome", "结果")
EXHIBITS = Text("Exhibits", "图表")
AGREEMENT = Text("Do the methods agree", "各方法是否一致")
TURNING = Text("What would change the verdict", "什么会改变判定")
NO_EXHIBITS = Text("No exhibit of this run bears on it.", "本次运行没有与之相关的图表。")
NO_AGREEMENT = Text(
    "The tables of each claim's methods were not made in this run.",
    "本次运行未制作各论断的方法一致性表。",
)
WAS_NOT_RUN = Text(
    "Not run: the external data were absent.",
    "未运行：缺外部数据。",
)
COLON = Text(": ", "：")
SEMICOLON = Text("; ", "；")
CLUSTERS = Text("{} clusters", "{} 个聚类")

ESTIMATES = Text("All estimates", "全部估计值")
ESTIMATES_LEAD = Text(
    "The ledger: every number that the study found, one row each, rounded here to three decimals; "
    "`reports/estimates.csv` has ten significant digits. Rows are grouped by the notebook that "
    "recorded them; a row's id opens its method, evidence, cell and data.",
    "估计值台账：研究得出的每一个数字各占一行，此处取三位小数，`reports/estimates.csv` 保留十位有效"
    "数字。各行按记录它的笔记本分组；点开编号可见方法、证据、单元格与数据。",
)
WHAT_ESTIMATED = Text("What", "估计对象")
VALUE = Text("Value", "数值")
INTERVAL = Text("Interval", "区间")
P = Text("p", "p")
N = Text("n", "n")
N_CLUSTERS = Text("Clusters", "聚类数")
CELL = Text("Cell", "单元格")
RECORDED_HERE = Text("Estimates recorded here", "此处记录的估计值")

OUTPUT = Text("Output of the cell", "单元格输出")
MADE_BY = Text("Made by", "制作")
DATA_USED = Text("Data", "数据")
FILES = Text("Files", "文件")
PLOTTED = Text("plotted data (CSV)", "绘图数据（CSV）")
TABLE_DATA = Text("data of the table (CSV)", "表格数据（CSV）")

NOTEBOOK_LEAD = Text(
    "The notebook as it was executed in this run, with the prose of this language; code is folded. "
    "File: {file}.",
    "本次运行中执行的笔记本，仅显示本语言的文字，代码已折叠。文件：{file}。",
)
NOT_EXECUTED = Text(
    "There is no executed copy that shows the recorded results; {command} makes one. "
    "What it recorded is shown below.",
    "没有与所记录结果一致的已执行副本，运行 {command} 可得。其所记录的内容见下。",
)

SOURCES_AND_LIMITS = Text("Sources and limits", "来源与局限")
ONLY_ENGLISH = Text(
    "This text exists in English only.",
    "以下说明只有英文；各列的标签、取值与规则见下方中文编码簿。",
)
CODEBOOK = Text("Codebook", "编码簿")
SHA256 = Text("SHA-256", "SHA-256")
USED_BY = Text("Loaded by", "使用者")
CITATION = Text("Citation", "引用")
LICENCE = Text("Licence", "许可")
ADDRESS = Text("Address", "地址")
BYTES = Text("Bytes", "字节数")
EXTERNAL_TITLE = Text("Data of others", "他人的数据")
KNOWN_TRUTH = Text("Truth of the simulated data", "模拟数据的真值")
DOES_NOT_PRESERVE = Text("What the simulated data do not preserve", "模拟数据未保留的内容")
TRUTH_LEAD = Text(
    "Every number that the generator uses, as it stands in `data/survey/standin.yml`. The "
    "notebooks must find these again; nothing here is a fact about persons.",
    "生成程序使用的每一个数字，原样取自 `data/survey/standin.yml`。各笔记本须重新得到它们；"
    "此处无一是关于真实个人的事实。",
)
SURVEY_OF_RUN = Text("Survey of this run", "本次运行所用问卷数据")
FILE = Text("File", "文件")
COLUMN = Text("Column", "列")
TYPE = Text("Type", "类型")
LABEL = Text("Label", "标签")
VALUES = Text("Values", "取值")

METHODS = Text("Methods", "方法")
METHODS_LEAD = Text(
    "What each method of the ledger means. A method names what was really done; nothing "
    "is replaced silently.",
    "台账中各方法的含义。方法栏写明实际所做，不作任何暗中替换。",
)
EXPLAINS = Text("Methods that begin with", "以下列词开头的方法")
MENTIONS = Text("Methods that mention", "含有下列词的方法")
REFERENCES = Text("References", "参考文献")
IN_THIS_RUN = Text("In this run", "本次运行")
USED_FOR = Text("{} estimates", "{} 个估计值")

RUN_RECORD = Text("Run record", "运行记录")
RUN_LEAD = Text(
    "What this run was made from. Times are left out, so that two runs give the same pages; "
    "`reports/run.json` has them.",
    "本次运行的来由。不列时间，以便两次运行得到相同的页面；时间见 `reports/run.json`。",
)
PROFILE = Text("Profile", "参数组")
PARAMETERS = Text("Parameters", "参数")
PARAMETER = Text("Parameter", "参数")
MEANING = Text("Meaning", "含义")
DEFAULT = Text("Default", "默认")
DATA_HASHES = Text("Data as they were read", "所读数据")
VERSIONS = Text("Versions", "版本")
PACKAGE = Text("Package", "软件包")
VERSION = Text("Version", "版本")
LOCK = Text("Lock file", "锁文件")
TABLE = Text("Table", "数据表")

VERIFY = Text("For reviewers", "审阅者须知")
VERIFY_LEAD = Text(
    "Five things to do, each with what must come out.",
    "可做五件事，每件附应得的结果。",
)
VERIFY_STEPS = (
    (
        "make reproduce",
        Text(
            "Sets up the environment from hashes, runs every notebook and writes this site. The "
            "verdicts at its end are those of the start page.",
            "按哈希建立环境，运行全部笔记本并写出本站。结尾处的判定与首页一致。",
        ),
    ),
    (
        "{program} verify",
        Text(
            "Compares the run with the committed results in `reports/reference`: every estimate, "
            "exhibit and outcome, cell by cell, and names what differs.",
            "将本次运行与所提交的 `reports/reference` 逐格比较：估计值、图表与结果，并指明差异。",
        ),
    ),
    (
        "{program} run {notebook} --force",
        Text(
            "Executes one notebook anew; a second `{program} run` then does nothing.",
            "重新执行一个笔记本；再次运行 `{program} run` 则不作任何事。",
        ),
    ),
    (
        "{program} data check",
        Text(
            "Reads every data file against its codebook and names each fault by file, row and "
            "column.",
            "按编码簿检查每个数据文件，逐一指明错误所在的文件、行与列。",
        ),
    ),
    (
        "make test",
        Text(
            "Holds every estimator against published values, results of other software, "
            "identities and truths recovered from simulated data.",
            "以已发表的数值、其他软件的结果、恒等式与模拟数据的真值检验每个估计方法。",
        ),
    ),
)
FOLLOW = Text("Follow one number", "追踪一个数字")
FOLLOW_LEAD = Text(
    "From its test to the estimate, the notebook cell and the data:",
    "从检验到估计值、笔记本单元格与数据：",
)
