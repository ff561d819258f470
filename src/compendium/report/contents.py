"""What every report says, before a format writes it: claims, tests, exhibits, origin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from compendium.claims.ledger import Estimate, read_ledger
from compendium.claims.verdicts import (
    EVIDENCE_WORDS,
    OUTCOME_WORDS,
    RESTS_ON_WORDS,
    VERDICT_WORDS,
    ClaimResult,
    TestResult,
    judge_claims,
    turning_outcomes,
)
from compendium.claims.wording import Wording
from compendium.exhibits.forms import describe
from compendium.exhibits.grid import Grid
from compendium.exhibits.recorded import RecordedExhibit, is_recorded, read_recorded
from compendium.exhibits.regression import Manner, table_grid
from compendium.exhibits.words import COLON, SEPARATOR
from compendium.plan import Plan, load_plan
from compendium.report.bibliography import Entry, article, bibliography
from compendium.report.methods import Method, methods
from compendium.report.stars import starred
from compendium.report.words import (
    ALSO_TURNS,
    DATA_AS_OF,
    NOTHING_TURNS,
    TESTED,
    TURNS,
)
from compendium.text import Lang
from compendium.vocabulary import Vocabulary

LEDGER = "estimates.csv"


@dataclass(frozen=True)
class FigurePart:
    """A figure as drawn, in one language; paths are those of the run's pictures."""

    recorded: RecordedExhibit
    title: str
    note: str
    alt: str
    folder: Path
    lang: Lang

    @property
    def id(self) -> str:
        """The exhibit's id."""
        return self.recorded.exhibit.id

    def picture(self, suffix: str) -> Path:
        """Path of the picture in a format: png, svg or pdf."""
        return self.folder / f"{self.id}.{suffix}"


@dataclass(frozen=True)
class TablePart:
    """A table in words of one language."""

    recorded: RecordedExhibit
    grid: Grid

    @property
    def id(self) -> str:
        """The exhibit's id."""
        return self.recorded.exhibit.id

    @property
    def title(self) -> str:
        """The title."""
        return self.grid.title

    @property
    def note(self) -> str:
        """The note below it; empty when there is none."""
        return self.grid.note


@dataclass(frozen=True)
class TestPart:
    """A test of a claim in words of one language.

    Attributes
    ----------
    mark
        Blind or seen, and what keeps it from counting as it stands: its role, simulated data.
    estimate
        What it was judged by; None when it was not run.
    sentence
        What was found, in a sentence.
    """

    __test__ = False

    result: TestResult
    sentence: str
    label: str
    outcome: str
    predicate: str
    mark: str
    why: str
    known: str
    estimate: Estimate | None

    @property
    def id(self) -> str:
        """The test's id."""
        return self.result.test.id

    @property
    def notebook(self) -> str:
        """The notebook that records its estimate."""
        return self.result.test.notebook


@dataclass(frozen=True)
class ClaimPart:
    """A claim in words of one language.

    Attributes
    ----------
    finding
        What was found, in one plain sentence with its number; empty where the plan says none.
    summary
        The claim summed up in sentences.
    turning
        Sentences on which single outcomes would give another verdict.
    exhibits
        Ids of the recorded exhibits that speak to the claim.
    """

    result: ClaimResult
    id: str
    statement: str
    finding: str
    summary: str
    verdict: str
    strength: str
    rests_on: str
    limits: str
    tests: tuple[TestPart, ...]
    turning: tuple[str, ...]
    exhibits: tuple[str, ...]


@dataclass(frozen=True)
class Chapter:
    """A notebook with what it recorded."""

    notebook: str
    title: str
    exhibits: tuple[FigurePart | TablePart, ...]


@dataclass(frozen=True)
class Contents:
    """What a report of the last run says, in one language; read once, then pure.

    Attributes
    ----------
    stars
        Which stars tables show in place of intervals and p-values; none where it is empty.

    Raises
    ------
    UserError
        On first use of a part: nothing was recorded yet, or what was recorded can't be read.
    """

    root: Path
    lang: Lang
    stars: Manner = ""

    @property
    def reports(self) -> Path:
        """The folder of the results."""
        return self.root / "reports"

    @cached_property
    def plan(self) -> Plan:
        """The analysis plan."""
        return load_plan(self.root)

    @cached_property
    def ledger(self) -> Mapping[str, Estimate]:
        """Every estimate by its id."""
        return read_ledger(self.reports / LEDGER, self.plan.renamed)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words of codes."""
        return Vocabulary(self.root, self.plan)

    @cached_property
    def methods(self) -> tuple[Method, ...]:
        """Methods that explain how an estimate of the ledger was made."""
        used = {estimate.method_codes for estimate in self.ledger.values()}
        return tuple(m for m in methods(self.root) if any(map(m.explains, used)))

    @cached_property
    def bibliography(self) -> tuple[Entry, ...]:
        """Every entry of the bibliography, in the order of the file."""
        return tuple(bibliography(self.root).values())

    @property
    def tested(self) -> str:
        """The article whose claims are tested, in a line; empty where none is named."""
        named = article(self.root)
        return TESTED[self.lang].format(named.words(self.lang)) if named else ""

    @property
    def imprint(self) -> tuple[str, ...]:
        """Lines below the title: the article that is tested, the date of the data."""
        lang, about = self.lang, self.plan.about
        said = (
            self.tested,
            f"{DATA_AS_OF[lang]}{COLON[lang]}{about.data_as_of[lang]}" if about.data_as_of else "",
        )
        return tuple(filter(None, said))

    @cached_property
    def wording(self) -> Wording:
        """Sentences over the ledger."""
        return Wording(self.plan, self.ledger, self.lang)

    @cached_property
    def claims(self) -> tuple[ClaimPart, ...]:
        """The claims in the order of the plan."""
        return tuple(self._claim(result) for result in judge_claims(self.plan, self.ledger))

    @cached_property
    def chapters(self) -> tuple[Chapter, ...]:
        """Notebooks that recorded an exhibit or an estimate, in the order of the plan."""
        recorded = {estimate.notebook for estimate in self.ledger.values()}
        found = (
            Chapter(name, planned.title[self.lang], tuple(self._parts(name)))
            for name, planned in self.plan.notebooks.items()
        )
        return tuple(c for c in found if c.exhibits or c.notebook in recorded)

    @cached_property
    def exhibits(self) -> dict[str, FigurePart | TablePart]:
        """Every recorded exhibit by its id, in the order of the plan."""
        return {part.id: part for chapter in self.chapters for part in chapter.exhibits}

    def _parts(self, notebook: str) -> Iterator[FigurePart | TablePart]:
        defaults = {name: known.default for name, known in self.plan.parameters.items()}
        for planned in self.plan.exhibits_of(notebook):
            if is_recorded(self.reports, planned.id):
                yield self.part(read_recorded(self.reports, planned, defaults))

    def part(self, recorded: RecordedExhibit) -> FigurePart | TablePart:
        """Put a recorded exhibit into words."""
        exhibit, lang = recorded.exhibit, self.lang
        labels = self.vocabulary.labels(exhibit.notebook)
        if exhibit.kind == "table":
            grid = table_grid(
                recorded.frame, exhibit, labels, lang, recorded.colophon, manner=self.stars
            )
            return TablePart(
                recorded, starred(grid, recorded.frame, self.stars) if self.stars else grid
            )
        alt = describe(recorded.frame, exhibit, labels, lang)
        folder = self.reports / lang / "figures"
        return FigurePart(recorded, exhibit.title[lang], exhibit.note[lang], alt, folder, lang)

    def _claim(self, result: ClaimResult) -> ClaimPart:
        claim, lang = result.claim, self.lang
        kinds = [EVIDENCE_WORDS[kind] for kind in result.rests_on] or [RESTS_ON_WORDS["none"]]
        exhibits = (e.id for e in self.plan.exhibits.values() if claim.id in e.claims)
        return ClaimPart(
            result=result,
            id=claim.id,
            statement=claim.statement[lang],
            finding=self.wording.finding(claim.id),
            summary=self.wording.of_claim(claim.id),
            verdict=result.words(result.reads, lang),
            strength=result.words(result.strength, lang),
            rests_on=SEPARATOR[lang].join(kind[lang] for kind in kinds),
            limits=claim.limits[lang],
            tests=tuple(self._test(test) for test in result.results),
            turning=turning_words(result, lang),
            exhibits=tuple(name for name in exhibits if is_recorded(self.reports, name)),
        )

    def _test(self, result: TestResult) -> TestPart:
        test, lang = result.test, self.lang
        return TestPart(
            result=result,
            sentence=self.wording.of_test(test.id),
            label=test.label[lang],
            outcome=OUTCOME_WORDS[result.outcome][lang],
            predicate=test.asks[lang],
            mark=SEPARATOR[lang].join(mark[lang] for mark in result.marks),
            why=test.why[lang],
            known=test.known[lang],
            estimate=result.estimate,
        )


def turning_words(result: ClaimResult, lang: Lang) -> tuple[str, ...]:
    """Say which single outcomes would give another verdict."""
    turns = turning_outcomes(result)
    if not turns:
        return (NOTHING_TURNS[lang],)
    return tuple(
        (TURNS if i == 0 else ALSO_TURNS)[lang].format(
            verdict=VERDICT_WORDS[verdict][lang],
            tests=SEPARATOR[lang].join(
                f"{test.label[lang]} → {OUTCOME_WORDS[outcome][lang]}" for test, outcome in changes
            ),
        )
        for i, (verdict, changes) in enumerate(turns.items())
    )
