"""The words that every format of the report shares."""

from __future__ import annotations

from compendium.text import Lang, Text

LANGUAGE_NAMES: dict[Lang, str] = {"en": "English", "zh": "中文"}
HTML_LANG: dict[Lang, str] = {"en": "en", "zh": "zh-Hans"}

TESTED = Text("The article: {}", "所检验的文章：{}")
AUTHORS = Text("Authors", "作者")
DATA_AS_OF = Text("Data as of", "数据截至")
REFERENCES = {
    "article": Text("The article", "所检验的文章"),
    "data": Text("Sources of data", "数据来源"),
    "": Text("Methods", "方法"),
}
"""Parts of the bibliography, by the keyword of their entries."""
REFERENCES_LEAD = Text(
    "The same as BibTeX: {file}. Pages were read in stored copies: an access date stands where one "
    "is known. Sources of single values stand beside them in the data.",
    "BibTeX 文件：{file}。网页均据存档阅读，已知访问日期者注明。"
    "各个数值的来源见数据表中该值旁的网址。",
)
TURNS = Text(
    "One other outcome would make the verdict “{verdict}”: {tests}.",
    "改变其中任一项结果，判定即为“{verdict}”：{tests}。",
)
ALSO_TURNS = Text(
    "One other outcome would make it “{verdict}”: {tests}.",
    "改变其中任一项结果，判定亦可为“{verdict}”：{tests}。",
)
NOTHING_TURNS = Text(
    "No single test with another outcome would change the verdict.",
    "任何单项检验改变结果均不会改变判定。",
)
ORIGIN = Text(
    "Made from the ledger of one run by {program} {version}; the site beside this file leads from "
    "every number to the notebook cell and the data it comes from.",
    "由 {program} {version} 据一次运行的估计值台账生成；"
    "同附网站可由任一数字追溯到笔记本单元格与数据来源。",
)
SIMULATED_TESTS = Text(
    "Tests of this claim on simulated data: {n}. They count in no verdict and stand in the "
    "appendix on simulated data.",
    "本论断另有 {n} 项检验以模拟数据运行，不计入判定，见模拟数据附录。",
)
RATES = Text(
    " Where the claim is false in simulated surveys, they hold nevertheless in {shares} of them "
    "(nominal rate {nominal}).",
    "在论断不真的模拟问卷中，这些检验仍判为成立的比例为 {shares}（名义水平 {nominal}）。",
)
SIMULATED_WARNING = Text("Simulated data: not evidence", "模拟数据：不作证据")
SIMULATED_LEAD = Text(
    "Everything in this appendix rests on made-up data whose truth is known. It shows that the "
    "instrument and the analysis run, and how well they find that truth. Nothing in it says "
    "anything of the world: it counts in no verdict, and no number of it may be cited as a "
    "finding. Every exhibit bears a frame.",
    "本附录全部内容均以虚构数据得出，其真值已知，仅用以说明测量工具与分析流程可以运行、能在多大程度上"
    "找回真值。其中任何数字都不反映现实，不计入任何判定，也不得作为研究发现引用。每幅图表均加框标明。",
)
HOW_TO_READ = Text(
    "A verdict counts lines of evidence: tests of a claim on one body of data that ask the same "
    "question are one line, which holds where one of them holds and none fails. Supported: every "
    "line holds, one of them by a blind test; supported in its consequences: the blind tests are "
    "of consequences only; consistent with what was known: all tests are seen; mixed: some lines "
    "hold and others do not; not supported: none holds and one fails; inconclusive: none holds "
    "and none fails; untested: nothing counts. A test is blind if its outcome could not be told "
    "from what its writer had seen, else seen. Premises count only where they fail, supplementary "
    "tests and simulated data never. Brackets give the cases behind a verdict that rests on "
    "numbers without an interval; incomplete: data that a test needs were absent.",
    "判定以证据线计：同一论断下，就同一组数据提同一问题的检验合为一条，其中有检验成立且无一不成立，该线即成立。"
    "得到支持：各线均成立，且其中有盲检成立；仅后果获支持：各线均成立，而盲检只涉及后果；"
    "与已知相符：各线均成立，但检验均为已见；证据不一：部分成立、部分未成立；"
    "未获支持：无一成立且至少一条不成立；不能判定：既无成立也无不成立；未检验：无可计入的检验。"
    "盲检指结果不能由判据写定者所见材料推知，否则为已见。前提仅在不成立时计入，补充检验与模拟数据从不计入。"
    "括号内为判定所依据的无区间数字的例数；证据不全指检验所需数据缺失。",
)
DATA_LEAD = Text(
    "Tables and data sets that the run has read, with the first characters of the SHA-256 of their "
    "content. Codebooks, sources and limits are in the folder data of the compendium.",
    "本次运行读取的数据表与数据集，附其内容 SHA-256 的前若干字符。"
    "编码簿、来源与局限见本材料的 data 文件夹。",
)
PDF_WORDS = {
    "findings": Text("What was found", "主要发现"),
    "about": Text("What this is", "本报告是什么"),
    "contents": Text("Contents", "目录"),
    "claims": Text("Claims and tests", "论断与检验"),
    "claim": Text("Claim", "论断"),
    "statement": Text("Statement", "表述"),
    "verdict": Text("Verdict", "判定"),
    "strength": Text("Strength", "证据强度"),
    "rests": Text("Rests on", "依据"),
    "test": Text("Test", "检验"),
    "found": Text("Found; predicate", "所得；判据"),
    "outcome": Text("Outcome", "结果"),
    "method": Text("Method", "方法"),
    "limits": Text("Limits", "局限"),
    "see": Text("See", "参见"),
    "exhibits": Text("Exhibits", "图表"),
    "further": Text("Robustness and further exhibits", "稳健性与其他图表"),
    "appendix": Text("Appendix", "附录"),
    "simulated": Text("Simulated data", "模拟数据"),
    "simulated-tests": Text("Tests on simulated data", "以模拟数据运行的检验"),
    "rate": Text("False positives (nominal)", "误判率（名义水平）"),
    "date": Text("Date", "日期"),
    "doi": Text("DOI", "DOI"),
    "no-doi": Text("not yet assigned", "尚未分配"),
    "authors": Text("Authors", "作者"),
    "notes": Text("Notes: ", "注："),
    "table": Text("Table", "表"),
    "figure": Text("Figure", "图"),
    "methods": Text("Methods", "方法"),
    "data": Text("Data and their sources", "数据及其来源"),
    "dataset": Text("Data", "数据"),
    "unit": Text("One row is", "一行是"),
    "rows": Text("Rows", "行数"),
    "licence": Text("Licence", "许可"),
    "hash": Text("SHA-256", "SHA-256"),
    "references": Text("References", "参考文献"),
    "colophon": Text("Colophon", "版本信息"),
}
RUN_WORDS = {
    "profile": Text("Profile", "参数方案"),
    "parameters": Text("Parameters", "参数"),
    "lock": Text("SHA-256 of the lock file", "依赖锁定文件的 SHA-256"),
    "versions": Text("Versions", "版本"),
    "others": Text("Packages other than the lock's", "与锁定版本不符的软件包"),
}
