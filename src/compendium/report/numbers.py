"""Every estimate for manuscripts: as LaTeX macros, CSV and JSON, so that no number is retyped."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from compendium.claims.ledger import Estimate
from compendium.exhibits.numbers import MISSING, NumberStyle, write_p
from compendium.files import csv_for_readers, write_atomic
from compendium.registry import program
from compendium.report.contents import Contents
from compendium.report.escape import escape_latex
from compendium.report.found import SHOWN
from compendium.report.written import Written
from compendium.text import Lang

PERCENT = NumberStyle(percent=True, digits=1)
FIELDS = (
    *("value", "low", "high", "interval", "percent", "percentlow", "percenthigh"),
    *("percentinterval", "p", "level", "n", "clusters", "method", "methodzh", "evidence"),
)
"""What `\\estimate{id}{field}` can give."""

HEAD = r"""% Every estimate of the run, for manuscripts. Made by PROGRAM report --format numbers.
% \input{numbers} in the preamble, then \estimate{ID}{FIELD} in the text, for example
% \estimate{EXAMPLE}{percent}. IDs are those of estimates.csv; fields are
% FIELDS.
\makeatletter
\providecommand{\estimate}[2]{%
  \ifcsname compendium@#1@#2\endcsname\csname compendium@#1@#2\endcsname
  \else\@latex@error{There is no estimate `#1' with a field `#2'}{See numbers.csv}\fi}
\def\compendium@set#1#2#3{\expandafter\gdef\csname compendium@#1@#2\endcsname{#3}}
"""


def write(contents: Mapping[Lang, Contents], out: Path) -> Written:
    """Write numbers.tex, numbers.csv and numbers.json below `out`; all languages share them."""
    of_any = next(iter(contents.values()))
    ledger, before = of_any.ledger, of_any.plan.renamed.of_new
    written = {
        "numbers.tex": numbers_tex(ledger.values(), before),
        "numbers.csv": numbers_csv(ledger.values()),
        "numbers.json": numbers_json(ledger.values()),
    }
    for name, text in written.items():
        content = csv_for_readers(text) if name.endswith(".csv") else text.encode()
        write_atomic(out / name, content)
    return Written((out / "numbers.tex",), tuple(out / name for name in written))


def fields_of(estimate: Estimate) -> dict[str, str]:
    """Write an estimate in each of the `FIELDS`; what it lacks is a dash."""
    low, high = estimate.ci_low, estimate.ci_high
    return {
        "value": SHOWN.write(estimate.value),
        "low": SHOWN.write(low),
        "high": SHOWN.write(high),
        "interval": _interval(SHOWN, low, high),
        "percent": PERCENT.write(estimate.value),
        "percentlow": PERCENT.write(low),
        "percenthigh": PERCENT.write(high),
        "percentinterval": _interval(PERCENT, low, high),
        "p": write_p(estimate.p),
        "level": NumberStyle(percent=True).write(estimate.level),
        "n": f"{estimate.n:,}",
        "clusters": f"{estimate.n_clusters:,}" if estimate.n_clusters else MISSING,
        "method": estimate.method,
        "methodzh": estimate.method_in("zh"),
        "evidence": estimate.evidence,
    }


def numbers_tex(
    estimates: Iterable[Estimate], before: Mapping[str, Sequence[str]] | None = None
) -> str:
    """Write the macros; an estimate can be cited by each id that it had before, too."""
    estimates = tuple(estimates)
    example = estimates[0].id if estimates else "ID"
    lines = [
        HEAD.replace("PROGRAM", program())
        .replace("EXAMPLE", example)
        .replace("FIELDS", ", ".join(FIELDS))
    ]
    for estimate in estimates:
        lines += [
            f"\\compendium@set{{{cited}}}{{{name}}}{{{escape_latex(text)}}}\n"
            for cited in (estimate.id, *(before or {}).get(estimate.id, ()))
            for name, text in fields_of(estimate).items()
        ]
    return "".join([*lines, "\\makeatother\n"])


def numbers_csv(estimates: Iterable[Estimate]) -> str:
    """Write a row an estimate: what it is, and its fields as they are printed."""
    shown = io.StringIO()
    writer = csv.writer(shown, lineterminator="\n")
    writer.writerow(("id", "estimand", "estimand_zh", *FIELDS))
    for estimate in estimates:
        told = fields_of(estimate)
        words = (estimate.id, estimate.estimand, estimate.estimand_zh)
        writer.writerow((*words, *(told[name] for name in FIELDS)))
    return shown.getvalue()


def numbers_json(estimates: Iterable[Estimate]) -> str:
    """Write an object by id: what it is in both languages, and its fields as they are printed."""
    content = {
        estimate.id: {
            "estimand": {"en": estimate.estimand, "zh": estimate.estimand_zh},
            **fields_of(estimate),
        }
        for estimate in estimates
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _interval(style: NumberStyle, low: float, high: float) -> str:
    ends = style.write(low), style.write(high)
    return MISSING if MISSING in ends else f"[{ends[0]}, {ends[1]}]"
