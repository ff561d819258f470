"""The multiverse as typed objects: every choice with its options, reasons and exclusions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from compendium.errors import UserError
from compendium.plan.base import Identifier, Strict
from compendium.plan.predicates import REGION_KINDS
from compendium.plan.types import Test
from compendium.strict_yaml import Document, Key
from compendium.text import Text

MULTIVERSE_FILE = "multiverse.yml"

MEAN = "(mean)"
"""Predictor of a multiverse whose estimand is the mean of the outcome."""
MAX_UNIVERSES = 50_000
"""More say nothing that these do not, and no longer fit a figure."""

Kind = Literal[
    "outcome",
    "predictor",
    "mediator",
    "controls",
    "fixed_effects",
    "sample",
    "weights",
    "missing",
    "family",
]
Admissibility = Literal["equivalent", "uncertain", "stress"]
ADMISSIBILITIES: tuple[Admissibility, ...] = ("equivalent", "uncertain", "stress")
Family = Literal["ols", "logit", "poisson", "negative_binomial"]
Source = Literal[
    "survey",
    "notices",
    "ranks",
    "officials",
    "phases",
    "prefectures",
    "mailbox",
    "one_province",
]

SINGLE: tuple[Kind, ...] = (
    *("outcome", "predictor", "mediator", "fixed_effects", "weights", "missing", "family"),
)
"""Kinds of which a multiverse has one decision at most; controls and samples add up."""
_OWN = {"id", "label", "why", "admissibility", "main"}
_KEYS: dict[str, tuple[set[str], set[str]]] = {
    "outcome": ({"column"}, {"also"}),
    "predictor": ({"column"}, {"columns", "per_sd_of", "also"}),
    "mediator": ({"column"}, set()),
    "controls": ({"columns"}, set()),
    "fixed_effects": ({"column"}, set()),
    "sample": ({"column"}, set()),
    "weights": ({"column"}, set()),
    "missing": ({"treat"}, {"also"}),
    "family": ({"family"}, set()),
}
"""Keys that an option of each kind must and may have beside its own."""


class Option(Strict):
    """One way to take a decision.

    Attributes
    ----------
    why
        Why somebody would choose it.
    admissibility
        "equivalent": as good as the article's own; "uncertain": it may be worse, or answer a
        somewhat different question; "stress": worse, only shown and never counted.
    main
        Whether the article takes it.
    column
        Column of the outcome, predictor, mediator, fixed effects or weights, or the 0/1 flag of the
        rows kept; null for none.
    columns
        Controls; of a predictor, terms that come with it (the parts of a product).
    per_sd_of
        Report the predictor's coefficient per standard deviation of this column.
    also
        Rows must be complete in these columns too, though no term uses them.
    treat
        Missing controls: "drop" the row, or keep it with an "indicator".
    """

    id: Identifier
    label: Text
    why: Text
    admissibility: Admissibility
    main: bool = False
    column: str | None = None
    columns: tuple[str, ...] = ()
    per_sd_of: str | None = None
    also: tuple[str, ...] = ()
    treat: Literal["drop", "indicator"] = "drop"
    family: Family = "ols"


class Decision(Strict):
    """A decision that could have been taken otherwise."""

    id: Identifier
    kind: Kind
    label: Text
    options: Annotated[tuple[Option, ...], Field(min_length=2)]

    @property
    def main(self) -> Option:
        """The article's own option."""
        return next(option for option in self.options if option.main)

    @model_validator(mode="after")
    def _options_fit_kind(self) -> Decision:
        needed, allowed = _KEYS[self.kind]
        for option in self.options:
            given = option.model_fields_set - _OWN
            if missing := needed - given:
                raise ValueError(f"option '{option.id}' needs '{sorted(missing)[0]}'")
            if strange := given - needed - allowed:
                raise ValueError(f"option '{option.id}' of {self.kind} has no '{min(strange)}'")
        if sum(option.main for option in self.options) != 1:
            raise ValueError("exactly one option is the article's own: main: true")
        if self.main.admissibility != "equivalent":
            raise ValueError("the article's own option is 'equivalent' to itself")
        return self


class Base(Strict):
    """What no decision varies."""

    outcome: str | None = None
    predictor: str | None = None
    per_sd_of: str | None = None
    mediator: str | None = None
    controls: tuple[str, ...] = ()
    fixed_effects: str | None = None
    weights: str | None = None
    samples: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


class Exclusion(Strict):
    """Combinations that make no sense: all of `when` together."""

    when: Annotated[dict[str, str | tuple[str, ...]], Field(min_length=1)]
    why: Text

    def covers(self, choices: Mapping[str, str]) -> bool:
        """Whether a combination of choices is excluded."""
        return all(
            choices[decision] in _several(options) for decision, options in self.when.items()
        )


class MultiversePlan(Strict):
    """The multiverse of one test of a claim.

    Attributes
    ----------
    data
        The prepared columns that the options name.
    cluster
        Column of the clusters, and what the method calls them.
    errors
        "CR1" with t(G - 1), or "CR2" with Satterthwaite's degrees of freedom.
    unit
        Of the curve. "own": the unit of the test's estimate. "standardised": standard deviations of
        the outcome per standard deviation of the predictor, where constructions differ in scale.
    tests_in_family
        The interval is widened for so many tests (Bonferroni), as in the article's own.
    """

    test: Identifier
    data: Source
    cluster: str
    cluster_word: str
    errors: Literal["CR1", "CR2"] = "CR1"
    unit: Literal["own", "standardised"] = "own"
    tests_in_family: Annotated[int, Field(ge=1)] = 1
    base: Base = Base()
    decisions: Annotated[tuple[Decision, ...], Field(min_length=1)]
    excluded: tuple[Exclusion, ...] = ()

    @property
    def size(self) -> int:
        """Combinations of the options that are not stress, before exclusions."""
        return prod(sum(o.admissibility != "stress" for o in d.options) for d in self.decisions)

    def decision(self, name: str) -> Decision:
        """The decision of that name."""
        return next(decision for decision in self.decisions if decision.id == name)


class Without(Strict):
    """A test that has no multiverse, and why."""

    test: Identifier
    why: Text


class MultiverseFile(Strict):
    """Everything that `multiverse.yml` says."""

    multiverses: tuple[MultiversePlan, ...]
    without: tuple[Without, ...] = ()


def multiverse_faults(
    document: Document, plans: MultiverseFile, tests: Mapping[str, Test | None]
) -> Iterator[UserError]:
    """Find what is wrong between entries.

    An unknown test, a test named twice or not at all, a decision or option named twice, an
    exclusion of something unknown or of the article's own choices, controls beside a mean, an
    outcome or predictor that nobody names, too many universes, one word with two meanings.

    Parameters
    ----------
    tests
        Every test of the claims; None where its own entry can't be read.
    """
    yield from _test_faults(document, plans, tests)
    for i, plan in enumerate(plans.multiverses):
        yield from _name_faults(document, plan, i)
        yield from _exclusion_faults(document, plan, i)
        yield from _model_faults(document, plan, i)
    yield from _word_faults(document, plans)


def multiverse_words(plans: Mapping[str, MultiversePlan]) -> dict[str, Text]:
    """Words of decisions and of their options (`decision:option`)."""
    words: dict[str, Text] = {}
    for plan in plans.values():
        for decision in plan.decisions:
            words[decision.id] = decision.label
            words |= {f"{decision.id}:{option.id}": option.label for option in decision.options}
    return words


def _several(options: str | tuple[str, ...]) -> tuple[str, ...]:
    return (options,) if isinstance(options, str) else options


def _test_faults(
    document: Document, plans: MultiverseFile, tests: Mapping[str, Test | None]
) -> Iterator[UserError]:
    named: set[str] = set()
    for keys, test in _named_tests(plans):
        if test not in tests:
            yield _fault(document, f"unknown test '{test}'", "use a test of claims.yml", *keys)
        if test in named:
            yield _fault(document, f"the test '{test}' stands here twice", "keep one", *keys)
        named.add(test)
    for i, plan in enumerate(plans.multiverses):
        found = tests.get(plan.test)
        if found is not None and found.predicate.kind not in REGION_KINDS[:2]:
            problem = f"the test '{plan.test}' predicts no direction ('{found.predicate.kind}')"
            yield _fault(document, problem, "list it under 'without'", "multiverses", i, "test")
    for test in tests:
        if test not in named:
            yield _fault(
                document,
                f"the test '{test}' has no multiverse and no reason why",
                "add it to 'multiverses' or, with its reason, to 'without'",
                "without",
            )


def _named_tests(plans: MultiverseFile) -> Iterator[tuple[tuple[Key, ...], str]]:
    for i, plan in enumerate(plans.multiverses):
        yield ("multiverses", i, "test"), plan.test
    for i, entry in enumerate(plans.without):
        yield ("without", i, "test"), entry.test


def _name_faults(document: Document, plan: MultiversePlan, i: int) -> Iterator[UserError]:
    seen: set[str] = set()
    for j, decision in enumerate(plan.decisions):
        keys: tuple[Key, ...] = ("multiverses", i, "decisions", j)
        if decision.id in seen:
            yield _fault(document, f"two decisions '{decision.id}'", "rename one", *keys)
        seen.add(decision.id)
        options: set[str] = set()
        for m, option in enumerate(decision.options):
            if option.id in options:
                problem = f"two options '{option.id}' of '{decision.id}'"
                yield _fault(document, problem, "rename one", *keys, "options", m)
            options.add(option.id)
    if plan.size > MAX_UNIVERSES:
        problem = f"{plan.size:,} universes are more than {MAX_UNIVERSES:,}"
        yield _fault(document, problem, "drop options", "multiverses", i)


def _exclusion_faults(document: Document, plan: MultiversePlan, i: int) -> Iterator[UserError]:
    options = {d.id: {option.id for option in d.options} for d in plan.decisions}
    main = {d.id: d.main.id for d in plan.decisions}
    for j, exclusion in enumerate(plan.excluded):
        keys: tuple[Key, ...] = ("multiverses", i, "excluded", j)
        for decision, named in exclusion.when.items():
            unknown = next((o for o in _several(named) if o not in options.get(decision, ())), None)
            if decision not in options:
                problem = f"the exclusion names the unknown decision '{decision}'"
                yield _fault(document, problem, f"use one of: {', '.join(options)}", *keys)
            elif unknown is not None:
                problem = f"the exclusion names the unknown option '{unknown}' of '{decision}'"
                known = ", ".join(sorted(options[decision]))
                yield _fault(document, problem, f"use one of: {known}", *keys)
        if set(exclusion.when) <= set(options) and exclusion.covers(main):
            yield _fault(document, "this excludes the article's own choices", "narrow it", *keys)


def _model_faults(document: Document, plan: MultiversePlan, i: int) -> Iterator[UserError]:
    kinds = {decision.kind for decision in plan.decisions}
    for part in ("outcome", "predictor"):
        if (getattr(plan.base, part) is None) == (part not in kinds):
            problem = f"the {part} is named {'nowhere' if part not in kinds else 'twice'}"
            mend = f"name it in 'base' or by one decision of kind {part}"
            yield _fault(document, problem, mend, "multiverses", i)
    for kind in SINGLE:
        if sum(decision.kind == kind for decision in plan.decisions) > 1:
            problem = f"two decisions of the kind '{kind}'"
            yield _fault(document, problem, "join their options", "multiverses", i)
    terms = plan.base.controls or plan.base.fixed_effects or kinds & {"controls", "fixed_effects"}
    if plan.base.predictor == MEAN and terms:
        problem = "a mean has no controls and no fixed effects"
        yield _fault(document, problem, "drop them", "multiverses", i)
    others = {o.family for d in plan.decisions if d.kind == "family" for o in d.options} - {"ols"}
    if plan.errors == "CR2" and others:
        problem = f"CR2 errors exist for least squares only, not for {min(others)}"
        yield _fault(document, problem, "use errors: CR1", "multiverses", i)


def _word_faults(document: Document, plans: MultiverseFile) -> Iterator[UserError]:
    """Find a name with two labels: exhibits look words up by `decision:option`."""
    words: dict[str, Text] = {}
    for i, plan in enumerate(plans.multiverses):
        for code, label in multiverse_words({plan.test: plan}).items():
            if words.setdefault(code, label) != label:
                problem = f"'{code}' has one label here and another above"
                yield _fault(document, problem, "use one label or two names", "multiverses", i)


def _fault(document: Document, problem: str, mend: str, *keys: Key) -> UserError:
    return UserError(problem, mend, file=Path(document.path), line=document.line(*keys))
