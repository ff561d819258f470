"""One page a language that shows a run: claims, verdicts, tests and exhibits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path

from compendium.claims.ledger import Estimate, read_ledger
from compendium.claims.verdicts import (
    EVIDENCE_WORDS,
    OUTCOME_WORDS,
    RESTS_ON_WORDS,
    ClaimResult,
    TestResult,
    judge_claims,
)
from compendium.claims.wording import Wording
from compendium.exhibits.tables import TABLE_CSS
from compendium.exhibits.words import CLAUSE, CLOSE, COLON, OPEN, SEPARATOR, STOP
from compendium.files import write_atomic
from compendium.plan import ExhibitPlan, Plan
from compendium.report.bibliography import article
from compendium.report.found import found_words
from compendium.report.words import HTML_LANG, LANGUAGE_NAMES, TESTED
from compendium.text import LANGS, Lang, Text

WORDS = {
    "contents": Text("Contents", "目录"),
    "findings": Text("What was found", "主要发现"),
    "claims": Text("Claims and verdicts", "论断与判定"),
    "exhibits": Text("Exhibits", "图表"),
    "rests": Text("Rests on", "依据"),
    "why": Text("Why", "理由"),
    "known": Text("Known when written", "写下时已知"),
    "limits": Text("Limits", "局限"),
    "found": Text("Found", "所得"),
    "files": Text("Files", "文件"),
    "notebook": Text("Notebook", "笔记本"),
    "partial": Text(
        "The run was partial: exhibits of notebooks that did not run are missing.",
        "本次运行不完整：未运行笔记本的图表缺失。",
    ),
    "absent": Text(
        "External data absent: exhibits that rest on them were not made.",
        "外部数据缺失：依据外部数据的图表未制作。",
    ),
}

STYLE = """
body{font:16px/1.55 "Noto Sans","Noto Sans SC","Source Han Sans SC","PingFang SC","Microsoft YaHei",
system-ui,sans-serif;color:#1a1a1a;background:#fff;margin:0 auto;max-width:60rem;padding:1.5rem}
h1{font-size:1.6rem;line-height:1.25}h2{margin-top:2.5rem;border-bottom:2px solid #1a1a1a}
h3{margin-bottom:.3rem}img{max-width:100%;height:auto}nav{float:right}
figure{margin:2rem 0;overflow-x:auto}
.verdict{display:inline-block;padding:0 .5rem;border:1.5px solid;font-weight:bold}
small{color:#4d4d4d;font-size:.85rem}ul{padding-left:1.2rem}
@media(prefers-color-scheme:dark){:root{color-scheme:dark}body{color:#e4e7ea;background:#14181d}
a{color:#8fbdf2}small{color:#b0bac4}h2{border-color:#e4e7ea}img{background:#fff}}
""".strip()


def write_pages(root: Path, plan: Plan) -> dict[Lang, Path]:
    """Write the page of each language from what is under `reports/`; returns their paths.

    Written only when its content changes.
    """
    reports = root / "reports"
    ledger = read_ledger(reports / "estimates.csv")
    pages = {lang: reports / lang / "index.html" for lang in LANGS}
    for lang, page in pages.items():
        content = render(plan, ledger, reports, lang).encode()
        if not page.is_file() or page.read_bytes() != content:
            write_atomic(page, content)
    return pages


def render(plan: Plan, ledger: Mapping[str, Estimate], reports: Path, lang: Lang) -> str:
    """The page as HTML."""
    title = plan.about.title[lang]
    results = judge_claims(plan, ledger)
    wording = Wording(plan, ledger, lang)
    findings = "".join(
        _finding(result, wording.finding(result.claim.id), lang) for result in results
    )
    claims = "".join(_claim(result, lang) for result in results)
    exhibits = "".join(_exhibits(plan, reports, lang))
    return (
        f'<!doctype html>\n<html lang="{HTML_LANG[lang]}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}\n{TABLE_CSS}</style>\n</head>\n<body>\n"
        f"{_switch(lang)}<main>\n<h1>{escape(title)}</h1>\n"
        f"<p>{escape(plan.about.lead[lang])}</p>\n"
        f"<h2>{escape(WORDS['findings'][lang])}</h2>\n{findings}{_tested(reports.parent, lang)}"
        f"{_contents(plan, reports / lang, lang)}"
        f"<h2 id='claims'>{escape(WORDS['claims'][lang])}</h2>\n{claims}"
        f"<h2 id='exhibits'>{escape(WORDS['exhibits'][lang])}</h2>\n{exhibits}"
        "</main>\n</body>\n</html>\n"
    )


def _tested(root: Path, lang: Lang) -> str:
    named = article(root)
    return f"<p>{escape(TESTED[lang].format(named.words(lang)))}</p>\n" if named else ""


def _switch(lang: Lang) -> str:
    links = " ".join(
        f'<a lang="{HTML_LANG[o]}" href="../{o}/index.html">{LANGUAGE_NAMES[o]}</a>'
        for o in LANGS
        if o != lang
    )
    return f"<nav>{links}</nav>\n"


def _contents(plan: Plan, folder: Path, lang: Lang) -> str:
    """List what is on the page: claims, and notebooks with an exhibit."""
    claims = {name: f"{name}. {claim.statement[lang]}" for name, claim in plan.claims.items()}
    shown = dict.fromkeys(e.notebook for e in _ordered(plan) if _made(e, folder))
    notebooks = {name: plan.notebooks[name].title[lang] for name in shown}
    parts = (("claims", claims), ("exhibits", notebooks))
    lists = "".join(
        f'<h3><a href="#{part}">{escape(WORDS[part][lang])}</a></h3>\n<ul>'
        + "".join(
            f'<li><a href="#{escape(name)}">{escape(words)}</a></li>\n'
            for name, words in listed.items()
        )
        + "</ul>\n"
        for part, listed in parts
        if listed
    )
    return f'<section id="contents"><h2>{escape(WORDS["contents"][lang])}</h2>\n{lists}</section>\n'


def _made(exhibit: ExhibitPlan, folder: Path) -> Path | None:
    """Find the picture or the table that the run made; None where it made none."""
    figure = exhibit.kind == "figure"
    place = f"figures/{exhibit.id}.png" if figure else f"tables/{exhibit.id}.html"
    return folder / place if (folder / place).is_file() else None


def _finding(result: ClaimResult, found: str, lang: Lang) -> str:
    claim = result.claim
    return (
        f"<p><strong>{escape(found)}</strong><br>\n"
        f'<span class="verdict">{escape(result.words(result.reads, lang))}</span> '
        f'<a href="#{escape(claim.id)}">{escape(claim.id)}. {escape(claim.statement[lang])}</a> '
        f"<small>{escape(result.words(result.strength, lang))}</small></p>\n"
    )


def _claim(result: ClaimResult, lang: Lang) -> str:
    claim = result.claim
    words = result.words(result.reads, lang)
    kinds = [EVIDENCE_WORDS[kind] for kind in result.rests_on] or [RESTS_ON_WORDS["none"]]
    rests = SEPARATOR[lang].join(kind[lang] for kind in kinds)
    tests = "".join(_test(test, lang) for test in result.results)
    return (
        f'<section id="{escape(claim.id)}"><h3>{escape(claim.id)}. '
        f"{escape(claim.statement[lang])}</h3>\n"
        f'<p><span class="verdict">{escape(words)}</span> '
        f"<small>{escape(result.words(result.strength, lang))}{CLAUSE[lang]}"
        f"{escape(WORDS['rests'][lang])}{COLON[lang]}{escape(rests)}</small></p>\n"
        f"<ul>{tests}</ul>\n"
        f"<p><small>{escape(WORDS['limits'][lang])}{COLON[lang]}{escape(claim.limits[lang])}</small></p>"
        "</section>\n"
    )


def _test(result: TestResult, lang: Lang) -> str:
    test, estimate = result.test, result.estimate
    stop, colon, semicolon = (mark[lang] for mark in (STOP, COLON, CLAUSE))
    marks = SEPARATOR[lang].join(mark[lang] for mark in result.marks)
    parts = [
        f"<strong>{escape(test.label[lang])}</strong>{colon}"
        f"{escape(OUTCOME_WORDS[result.outcome][lang])}{OPEN[lang]}{escape(marks)}{CLOSE[lang]}{stop}"
    ]
    if estimate:
        parts.append(
            f"{escape(WORDS['found'][lang])}{colon}{escape(found_words(estimate, lang))}{semicolon}"
            f"{escape(test.asks[lang])}{OPEN[lang]}"
            f"{escape(estimate.method_in(lang))}{CLOSE[lang]}{stop}"
        )
    reasons = "".join(
        f"{escape(WORDS[word][lang])}{colon}{escape(text[lang])} "
        for word, text in (("why", test.why), ("known", test.known))
    )
    return f"<li>{''.join(parts)}<br><small>{reasons.strip()}</small></li>\n"


def _ordered(plan: Plan) -> Iterable[ExhibitPlan]:
    """Exhibits in the order of the notebooks, as every report has them."""
    return (exhibit for name in plan.notebooks for exhibit in plan.exhibits_of(name))


def _exhibits(plan: Plan, reports: Path, lang: Lang) -> Iterable[str]:
    folder = reports / lang
    missing = absent = False
    last = ""
    for exhibit in _ordered(plan):
        made = _made(exhibit, folder)
        if made is None:
            absent |= exhibit.external_only
            missing |= not exhibit.external_only
            continue
        if exhibit.notebook != last:
            last = exhibit.notebook
            yield f'<h3 id="{last}">{escape(plan.notebooks[last].title[lang])}</h3>\n'
        if exhibit.kind == "figure":
            yield _figure(exhibit, folder, lang)
        else:
            content = made.read_text(encoding="utf-8")
            yield f'<div class="exhibit" id="{exhibit.id}">{content}</div>\n'
    if absent:
        yield f"<p>{escape(WORDS['absent'][lang])}</p>\n"
    if missing:
        yield f"<p>{escape(WORDS['partial'][lang])}</p>\n"


def _figure(exhibit: ExhibitPlan, folder: Path, lang: Lang) -> str:
    alt = (folder / "figures" / f"{exhibit.id}.txt").read_text(encoding="utf-8").strip()
    links = ", ".join(
        f'<a href="figures/{exhibit.id}.{suffix}">{suffix.upper()}</a>'
        for suffix in ("png", "svg", "pdf")
    )
    stop, colon = STOP[lang], COLON[lang]
    notebook = f'<a href="notebooks/{exhibit.notebook}.ipynb">{escape(exhibit.notebook)}</a>'
    return (
        f'<figure id="{exhibit.id}"><img src="figures/{exhibit.id}.png" alt="{escape(alt)}">\n'
        f"<figcaption><small>{escape(WORDS['files'][lang])}{colon}{links}, "
        f'<a href="../exhibits/{exhibit.id}.csv">CSV</a>{stop}'
        f"{escape(WORDS['notebook'][lang])}{colon}{notebook}</small></figcaption></figure>\n"
    )
