"""The words of every code that an exhibit can show, for notebooks and for reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from compendium.claims.verdicts import (
    EVIDENCE_WORDS,
    KNOWN_WORDS,
    OUTCOME_WORDS,
    PATTERNS,
    RESTS_ON_WORDS,
    VERDICT_WORDS,
    cases_words,
)
from compendium.data import Codebook, Series, load_books
from compendium.data.external import ExternalSet, find_external, load_registry
from compendium.exhibits.labels import Labels
from compendium.exhibits.sources import OF, WITHIN
from compendium.plan import NotebookPlan, Plan, load_multiverses
from compendium.plan.multiverse import multiverse_words
from compendium.registry import registered
from compendium.survey import load_instrument
from compendium.text import Text

IN_METHOD = "method:"
"""How the code of a name begins that stands in a method."""


@dataclass(frozen=True)
class Vocabulary:
    """Labels of each notebook's exhibits, with every codebook read once."""

    root: Path
    plan: Plan

    def labels(self, notebook: str) -> Labels:
        """Labels as the notebook itself has them: its own external data and survey."""
        if notebook not in self._made:
            self._made[notebook] = self._labels(notebook)
        return replace(self._made[notebook], asked=set())

    @cached_property
    def _made(self) -> dict[str, Labels]:
        return {}

    def _labels(self, notebook: str) -> Labels:
        planned = self.plan.notebooks[notebook]
        external = [find_external(self._registry, name) for name in planned.external]
        words = self._questionnaire if planned.survey else {}
        choices = choice_words(self.root, self.plan, planned)
        return labels_of(self.plan, self.books, external, choices | words)

    def external(self, name: str) -> ExternalSet:
        """A registered external data set."""
        return find_external(self._registry, name)

    @cached_property
    def books(self) -> tuple[Codebook, ...]:
        """The codebooks of all data folders."""
        return tuple(load_books(self.root))

    @cached_property
    def _registry(self) -> dict[str, ExternalSet]:
        return load_registry(self.root)

    @cached_property
    def _questionnaire(self) -> dict[str, Text]:
        return _words_asked(self.root)


def labels_of(
    plan: Plan,
    books: Iterable[Codebook],
    external: Iterable[ExternalSet] = (),
    survey: Mapping[str, Text] | None = None,
) -> Labels:
    """Collect the words of every code that an exhibit can show, each from its one place."""
    books = tuple(books)
    tables = {name: table for book in books for name, table in book.tables.items()}
    own: dict[str, Text] = {
        **{name: series.label for book in books for name, series in book.series.items()},
        **{f"{s.name}:unit": _with_unit(s) for book in books for s in book.series.values()},
        **{name: table.label for name, table in tables.items()},
        **{OF + name: table.label for name, table in tables.items()},
        **{WITHIN + name: book.title for book in books for name in book.tables},
        **{OF + one.id: one.title for one in external},
        **EVIDENCE_WORDS,
        **RESTS_ON_WORDS,
        **KNOWN_WORDS,
        **PATTERNS,
        **{str(code): words for code, words in OUTCOME_WORDS.items()},
        **{str(code): words for code, words in VERDICT_WORDS.items()},
        **{name: notebook.title for name, notebook in plan.notebooks.items()},
        **{claim.id: claim.statement for claim in plan.claims.values()},
        **cases_words(plan.tests.values()),
        **{test.id: test.label for test in plan.tests.values()},
        **{f"{test.id}:predicate": test.asks for test in plan.tests.values()},
        **{IN_METHOD + name: Text(name, zh) for name, zh in plan.method_names.items()},
        **(survey or {}),
        **plan.labels,
    }
    columns = {name: table.columns for name, table in tables.items()}
    foreign = {name: t.columns for found in external for name, t in found.tables.items()}
    return Labels(own, {**columns, **foreign})


def survey_words(root: Path, notebook: NotebookPlan) -> dict[str, Text]:
    """Words of the questionnaire, for a notebook that loads the survey."""
    return _words_asked(root) if notebook.survey else {}


def _words_asked(root: Path) -> dict[str, Text]:
    words_of = registered().part("scale_words")  # brings SciPy, which few exhibits need

    return words_of(load_instrument(root)) if words_of else {}


def choice_words(root: Path, plan: Plan, notebook: NotebookPlan) -> dict[str, Text]:
    """Words that one notebook alone needs: names of its cases, choices of the multiverse."""
    names_of = registered().part("names") if notebook.data else None
    names: dict[str, Text] = names_of(root, notebook.data) if names_of else {}
    if not notebook.multiverse:
        return names
    from compendium.inference.multiverse.words import MULTIVERSE_WORDS

    return names | MULTIVERSE_WORDS | multiverse_words(load_multiverses(root, plan))


def _with_unit(series: Series) -> Text:
    label, unit = series.label, series.unit
    return Text(f"{label.en} ({unit.en})", f"{label.zh}\uff08{unit.zh}\uff09")
