"""From decisions to universes: every admissible combination, and stress tests one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from compendium.plan.multiverse import (
    ADMISSIBILITIES,
    Admissibility,
    Base,
    Decision,
    Exclusion,
    MultiversePlan,
    Option,
)


@dataclass(frozen=True)
class Model:
    """What one universe estimates.

    Attributes
    ----------
    outcome, predictor
        Columns; the predictor may be "(mean)".
    controls
        Further terms: columns, or products "a:b".
    fixed_effects, weights
        Columns, or None.
    samples
        0/1 columns: rows with 1 in all of them stay.
    also
        Columns in which rows must be complete although no term uses them.
    missing
        Missing controls: "drop" the row or give it an "indicator".
    per_sd_of
        Column by whose standard deviation the coefficient is multiplied, or None.
    mediator
        Column of a mediator, or None: the estimate is then the product of the predictor's path to
        it and its own to the outcome.
    """

    outcome: str
    predictor: str
    controls: tuple[str, ...] = ()
    fixed_effects: str | None = None
    weights: str | None = None
    samples: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    missing: str = "drop"
    family: str = "ols"
    per_sd_of: str | None = None
    mediator: str | None = None


@dataclass(frozen=True)
class Universe:
    """One combination of choices.

    Attributes
    ----------
    name
        "u0001" and so on, in the order of the plan.
    choices
        Option by decision.
    admissibility
        That of its worst option.
    """

    name: str
    choices: Mapping[str, str]
    model: Model
    admissibility: Admissibility
    main: bool


def expand(plan: MultiversePlan) -> tuple[Universe, ...]:
    """All universes of a plan, in the order of its options.

    Every combination of equivalent and uncertain options that is not excluded; then each stress
    option alone, all else as in the article, for stress options are shown and never counted.
    """
    combinations = [
        *product(*([o for o in d.options if o.admissibility != "stress"] for d in plan.decisions)),
        *_stressed(plan.decisions),
    ]
    width = max(4, len(str(len(combinations))))
    universes: list[Universe] = []
    for options in combinations:
        choices = {d.id: o.id for d, o in zip(plan.decisions, options, strict=True)}
        if not excluded(plan.excluded, choices):
            universes.append(
                Universe(
                    name=f"u{len(universes) + 1:0{width}d}",
                    choices=choices,
                    model=_model(plan.base, plan.decisions, options),
                    admissibility=max(
                        (option.admissibility for option in options), key=ADMISSIBILITIES.index
                    ),
                    main=all(option.main for option in options),
                )
            )
    return tuple(universes)


def excluded(exclusions: tuple[Exclusion, ...], choices: Mapping[str, str]) -> bool:
    """Whether a combination of choices is excluded by the plan."""
    return any(exclusion.covers(choices) for exclusion in exclusions)


def _stressed(decisions: tuple[Decision, ...]) -> Iterator[tuple[Option, ...]]:
    main = [decision.main for decision in decisions]
    for i, decision in enumerate(decisions):
        for option in decision.options:
            if option.admissibility == "stress":
                yield (*main[:i], option, *main[i + 1 :])


def _model(base: Base, decisions: tuple[Decision, ...], options: tuple[Option, ...]) -> Model:
    made: dict[str, Any] = {
        "outcome": base.outcome,
        "predictor": base.predictor,
        "fixed_effects": base.fixed_effects,
        "weights": base.weights,
        "per_sd_of": base.per_sd_of,
        "mediator": base.mediator,
    }
    controls, samples, also = [*base.controls], [*base.samples], [*base.also]
    for decision, option in zip(decisions, options, strict=True):
        controls += option.columns
        also += option.also
        match decision.kind:
            case "sample":
                samples += [] if option.column is None else [option.column]
            case "missing":
                made["missing"] = option.treat
            case "family":
                made["family"] = option.family
            case "predictor":
                made |= {"predictor": option.column, "per_sd_of": option.per_sd_of}
            case "outcome" | "mediator" | "fixed_effects" | "weights":
                made[decision.kind] = option.column
    terms = tuple(term for term in dict.fromkeys(controls) if term != made["predictor"])
    return Model(**made, controls=terms, samples=tuple(samples), also=tuple(dict.fromkeys(also)))
