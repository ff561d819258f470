"""Simulated data apart: what a report keeps for an appendix behind a page of warning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import isnan

import pandas as pd

from compendium.exhibits.numbers import NumberStyle
from compendium.exhibits.recorded import RecordedExhibit
from compendium.report.contents import Chapter, ClaimPart, Contents, FigurePart, TablePart, TestPart
from compendium.report.words import RATES, SIMULATED_TESTS
from compendium.text import Lang

SIMULATED = "stand-in"
"""Kind of evidence of what is made up."""
EVIDENCE = "evidence"
"""Column of a table that tells the evidence of each row."""
PERCENT = NumberStyle(percent=True, digits=1)

Part = FigurePart | TablePart


@dataclass(frozen=True)
class Parted:
    """Chapters of a report in its parts.

    Attributes
    ----------
    main, further
        What rests on data: the report itself, and what the plan puts into an appendix.
    simulated
        What rests on simulated data alone.
    """

    main: tuple[Chapter, ...]
    further: tuple[Chapter, ...]
    simulated: tuple[Chapter, ...]

    @property
    def ids(self) -> frozenset[str]:
        """Ids of the exhibits of the report itself."""
        return frozenset(part.id for chapter in self.main for part in chapter.exhibits)


@dataclass(frozen=True)
class FalsePositives:
    """How often a test holds on simulated data in which its claim is false.

    Attributes
    ----------
    share, nominal
        Share of the simulations, and the share that the level of its interval allows.
    """

    share: float
    nominal: float

    def words(self) -> str:
        """Write the share with the nominal one in brackets."""
        return f"{PERCENT.write(self.share)} ({PERCENT.write(self.nominal)})"


def parted(contents: Contents) -> Parted:
    """Part the chapters of a report; a table with rows of either kind is parted by its rows."""
    main: list[Chapter] = []
    simulated: list[Chapter] = []
    for chapter in contents.chapters:
        pairs = [_parted(contents, part) for part in chapter.exhibits]
        for whole, parts in zip((main, simulated), zip(*pairs, strict=True), strict=False):
            kept = tuple(part for part in parts if part is not None)
            if kept:
                whole.append(replace(chapter, exhibits=kept))
    later = contents.plan.about.appendix
    return Parted(
        tuple(chapter for chapter in main if chapter.notebook not in later),
        tuple(chapter for chapter in main if chapter.notebook in later),
        tuple(simulated),
    )


def data_tests(claim: ClaimPart) -> tuple[TestPart, ...]:
    """Tests of a claim that do not run on simulated data."""
    return tuple(test for test in claim.tests if test.result.evidence != SIMULATED)


def simulated_tests(claim: ClaimPart) -> tuple[TestPart, ...]:
    """Tests of a claim that run on simulated data, so that they count in no verdict."""
    return tuple(test for test in claim.tests if test.result.evidence == SIMULATED)


def false_positives(contents: Contents) -> Mapping[str, FalsePositives]:
    """Rates of false positives by test, from the table that `about.yml` names; empty without."""
    name = contents.plan.about.false_positives
    part = contents.exhibits.get(name) if name else None
    if not isinstance(part, TablePart):
        return {}
    return dict(_rates(part.recorded.frame))


def simulated_line(claim: ClaimPart, rates: Mapping[str, FalsePositives], lang: Lang) -> str:
    """Say in a line what of a claim rests on simulated data; empty where nothing does."""
    tests = simulated_tests(claim)
    if not tests:
        return ""
    known = [rates[test.id] for test in tests if test.id in rates]
    told = SIMULATED_TESTS[lang].format(n=len(tests))
    if not known:
        return told
    shares, nominal = [one.share for one in known], [one.nominal for one in known]
    return told + RATES[lang].format(shares=_range(shares, lang), nominal=_range(nominal, lang))


def _range(values: list[float], lang: Lang) -> str:
    low, high = PERCENT.write(min(values)), PERCENT.write(max(values))
    return low if low == high else {"en": f"{low} to {high}", "zh": f"{low} 至 {high}"}[lang]


def _rates(frame: pd.DataFrame) -> Iterator[tuple[str, FalsePositives]]:
    for row in frame.to_dict("records"):
        share, nominal = float(row["size"]), float(row["nominal"])
        if not (isnan(share) or isnan(nominal)):
            yield str(row["category"]), FalsePositives(share, nominal)


def _parted(contents: Contents, part: Part) -> tuple[Part | None, Part | None]:
    recorded = part.recorded
    kinds = recorded.exhibit.evidence
    by_row = EVIDENCE in recorded.frame and isinstance(part, TablePart)
    if not by_row or set(kinds) == {SIMULATED}:
        return (None, part) if SIMULATED in kinds else (part, None)
    made_up = recorded.frame[EVIDENCE] == SIMULATED
    others = tuple(kind for kind in kinds if kind != SIMULATED)
    planned = contents.plan.exhibits.get(part.id)
    apart = {"title": planned.apart} if planned and planned.apart else {}
    own = {"evidence": (SIMULATED,), "id": f"{part.id}-simulated", **apart}
    return (
        _of_rows(contents, recorded, ~made_up, {"evidence": others}),
        _of_rows(contents, recorded, made_up, own),
    )


def _of_rows(
    contents: Contents, recorded: RecordedExhibit, rows: pd.Series, update: dict[str, object]
) -> Part | None:
    if not rows.any():
        return None
    frame = recorded.frame[rows].reset_index(drop=True)
    columns = recorded.exhibit.columns
    if len(set(frame[EVIDENCE])) == 1:
        columns = tuple(column for column in columns if column.name != EVIDENCE)
    exhibit = recorded.exhibit.model_copy(update=update | {"columns": columns})
    return contents.part(replace(recorded, exhibit=exhibit, frame=frame))
