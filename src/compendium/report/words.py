"""The words that every format of the report shares."""

from __future__ import annotations

from compendium.text import Lang, Text

LANGUAGE_NAMES: dict[Lang, str] = {"en": "English", "zh": "中文"}
HTML_LANG: dict[Lang, str] = {"en": "en", "zh": "zh-Hans"}

PREMISE = Text("premise: counts only where it fails", "前提：仅在不成立时计入")
TURNS = Text(
    "One other outcome would make the verdict “{verdict}”: {tests}.",
    "改变其中任一项结果，结论即为“{verdict}”：{tests}。",
)
ALSO_TURNS = Text(
    "One other outcome would make it “{verdict}”: {tests}.",
    "改变其中任一项结果，结论亦可为“{verdict}”：{tests}。",
)
NOTHING_TURNS = Text(
    "No single test with another outcome would change the verdict.",
    "任何单项检验改变结果均不会改变结论。",
)
ORIGIN = Text(
    "Made from the ledger of one run by {program} {version}; the site beside this file leads from "
    "every number to the notebook cell and the data it comes from.",
    "由 {program} {version} 据一次运行的估计值台账生成；"
    "同附网站可由任一数字追溯到笔记本单元格与数据来源。",
)
STANDIN_WARNING = Text(
    "The survey part rests on stand-in data: it checks the pipeline and is no evidence.",
    "问卷部分使用替身数据：仅检验流程，不作证据。",
)
HOW_TO_READ = Text(
    "A verdict counts tests on observed and external data only. Supported: every test that counts "
    "holds; mixed: some hold and some do not; not supported: none holds and at least one fails; "
    "inconclusive: none holds and none fails; untested: no test counts.",
    "结论只计入观测数据与外部数据的检验。得到支持：计入的检验全部成立；证据不一：部分成立、部分不成立；"
    "未获支持：无一成立且至少一项不成立；不能判定：既无成立也无不成立；未检验：无可计入的检验。",
)
DATA_LEAD = Text(
    "Tables and data sets that the run has read, with the first characters of the SHA-256 of their "
    "content. Codebooks, sources and limits are in the folder data of the compendium.",
    "本次运行读取的数据表与数据集，附其内容 SHA-256 的前若干字符。"
    "编码簿、来源与局限见本材料的 data 文件夹。",
)
PDF_WORDS = {
    "summary": Text("Summary of claims", "论断与结论摘要"),
    "contents": Text("Contents", "目录"),
    "claims": Text("Claims and tests", "论断与检验"),
    "claim": Text("Claim", "论断"),
    "statement": Text("Statement", "表述"),
    "verdict": Text("Verdict", "结论"),
    "rests": Text("Rests on", "依据"),
    "test": Text("Test", "检验"),
    "found": Text("Found; predicate", "结果；判据"),
    "outcome": Text("Outcome", "判定"),
    "method": Text("Method", "方法"),
    "limits": Text("Limits", "局限"),
    "see": Text("See", "参见"),
    "exhibits": Text("Exhibits", "图表"),
    "table": Text("Table", "表"),
    "figure": Text("Figure", "图"),
    "methods": Text("Methods", "方法"),
    "data": Text("Data", "数据"),
    "dataset": Text("Data", "数据"),
    "unit": Text("One row is", "一行是"),
    "rows": Text("Rows", "行数"),
    "licence": Text("Licence", "许可"),
    "hash": Text("SHA-256", "SHA-256"),
    "colophon": Text("Colophon", "版本信息"),
}
RUN_WORDS = {
    "profile": Text("Profile", "参数方案"),
    "parameters": Text("Parameters", "参数"),
    "lock": Text("SHA-256 of the lock file", "依赖锁定文件的 SHA-256"),
    "versions": Text("Versions", "版本"),
    "others": Text("Packages other than the lock's", "与锁定版本不符的软件包"),
}
