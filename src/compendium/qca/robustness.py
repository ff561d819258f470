"""Over which anchors and cut-offs a solution stays the same.

One parameter is moved at a time, the others stay. Source: Oana and Schneider (2024), Oana,
Schneider and Thomann (2021, chapter 5), for sensitivity ranges; Skaaning (2011) for the idea.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from compendium.errors import UserError
from compendium.qca.calibration import Bell, Calibration, Crisp, Direct, Indirect, Linear, calibrate
from compendium.qca.expression import Term
from compendium.qca.minimisation import Kind, Options, Solution, minimise
from compendium.qca.truthtable import Cuts, TruthTable, truth_table

Models = frozenset[frozenset[Term]]
# Places looked at on each side of an anchor, over the range of the data.
GRID = 25
# Halvings between the last place with the same solution and the first with another one.
HALVINGS = 12


@dataclass(frozen=True)
class Analysis:
    """Everything from measured values to a solution.

    Attributes
    ----------
    frame
        Measured values or memberships, one row a case, names in the index.
    calibrations
        How columns become memberships; those not named are taken as they are.
    """

    frame: pd.DataFrame = field(repr=False, compare=False)
    outcome: str
    conditions: tuple[str, ...]
    cuts: Cuts = field(default_factory=Cuts)
    calibrations: Mapping[str, Calibration] = field(default_factory=dict)
    kind: Kind = "conservative"
    expectations: Mapping[str, bool | None] | None = None
    exclude: tuple[int, ...] = ()
    options: Options = field(default_factory=Options)

    def table(self) -> TruthTable:
        """Truth table after calibration."""
        sets = calibrate(self.frame, self.calibrations)
        return truth_table(sets, self.outcome, self.conditions, self.cuts, exclude=self.exclude)

    def solution(self) -> Solution:
        """Solution of the truth table."""
        return minimise(
            self.table(), self.kind, expectations=self.expectations, options=self.options
        )


@dataclass(frozen=True)
class Range:
    """Range of one parameter around its value over which the solution stays the same.

    Attributes
    ----------
    parameter
        `consistency`, `pri`, `frequency`, or a column and its anchor, e.g. `DEV.crossover`.
    value
        Where the analysis has it.
    low, high
        The range. For cut-offs it is exact: the solution stays from just above `low` (frequency:
        from `low`) up to and including `high`. For anchors the ends are within the step named in
        `precision`.
    below, above
        The models beyond each end, joined by `; `, or why there are none; empty where the range
        reaches the end of what was looked at.
    precision
        0 where exact.
    """

    parameter: str
    value: float
    low: float
    high: float
    below: str
    above: str
    precision: float = 0.0


@dataclass
class Solver:
    """Solves tables, remembering the models of each pattern of rows."""

    analysis: Analysis
    known: dict[tuple[tuple[int, ...], ...], tuple[Models | None, str]] = field(
        default_factory=dict
    )

    def models(self, table: TruthTable) -> tuple[Models | None, str]:
        """Models as sets and as text; None and the reason where there are none."""
        pattern = (table.positive, table.negative, table.contradictory)
        if pattern not in self.known:
            a = self.analysis
            try:
                found = minimise(table, a.kind, expectations=a.expectations, options=a.options)
                self.known[pattern] = (found.as_sets, "; ".join(found.expressions))
            except UserError as error:
                self.known[pattern] = (None, error.problem)
        return self.known[pattern]

    def of(self, analysis: Analysis) -> tuple[Models | None, str]:
        """Models of an analysis that differs in a parameter."""
        return self.models(analysis.table())


def robustness_ranges(analysis: Analysis) -> tuple[Range, ...]:
    """Ranges of both cut-offs, of the frequency, and of every anchor.

    Raises
    ------
    UserError
        Where the analysis itself has no solution.

    Notes
    -----
    Blind spots: parameters are moved one at a time; between two places of the grid an anchor may
    leave and re-enter the solution unseen; where a list of models is cut, only the listed ones
    are compared.
    """
    analysis.solution()
    solver = Solver(analysis)
    cuts = [cut_range(solver, name) for name in ("consistency", "pri")]
    anchors = (
        anchor_range(solver, column, place)
        for column, calibration in analysis.calibrations.items()
        for place in anchor_places(calibration)
    )
    return (*cuts, frequency_range(solver), *anchors)


def cut_range(solver: Solver, name: str) -> Range:
    """Exact range of the consistency or the PRI cut-off: only the rows' own values matter."""
    analysis = solver.analysis
    value = float(getattr(analysis.cuts, name))
    rows = analysis.table().rows
    found = sorted({float(getattr(row, name)) for row in rows})
    floor = (analysis.cuts.contradiction or 0.0) if name == "consistency" else 0.0
    steps = [v for v in found if floor <= v <= 1.0]

    def at(cut: float) -> tuple[Models | None, str]:
        cuts = analysis.cuts
        moved = replace(cuts, consistency=cut) if name == "consistency" else replace(cuts, pri=cut)
        return solver.of(replace(analysis, cuts=moved))

    same = at(value)[0]
    high, above = walk([*(v for v in steps if v > value), 1.0], at, same, value)
    low, below = floor, ""
    for cut in [*(v for v in reversed(steps) if v < value), floor]:
        models, text = at(cut)
        if models != same:
            low, below = cut, text
            break
    return Range(name, value, low, high, below, above)


def walk(
    places: Sequence[float],
    at: Callable[[float], tuple[Models | None, str]],
    same: Models | None,
    start: float,
) -> tuple[float, str]:
    """Last place before the solution changes, and what it changes to."""
    last = start
    for place in places:
        models, text = at(place)
        if models != same:
            return last, text
        last = place
    return last, ""


def frequency_range(solver: Solver) -> Range:
    """Range of the frequency cut-off, up to the largest number of cases in a row."""
    analysis = solver.analysis
    value = analysis.cuts.frequency
    most = max(row.n for row in analysis.table().rows)

    def at(cut: float) -> tuple[Models | None, str]:
        return solver.of(replace(analysis, cuts=replace(analysis.cuts, frequency=int(cut))))

    same = at(value)[0]
    high, above = walk(range(value + 1, most + 1), at, same, value)
    low, below = walk(range(value - 1, 0, -1), at, same, value)
    return Range("frequency", value, low, high, below, above)


@dataclass(frozen=True)
class Place:
    """One anchor of a calibration and how to move it."""

    name: str
    value: float
    move: Callable[[float], Calibration]


def anchor_places(calibration: Calibration) -> Iterator[Place]:
    """Anchors of a calibration."""
    if isinstance(calibration, Direct | Linear):
        for name in ("exclusion", "crossover", "inclusion"):
            yield Place(name, getattr(calibration, name), mover(calibration, name))
    elif isinstance(calibration, Bell):
        for i, value in enumerate(calibration.anchors):
            yield Place(f"anchors[{i + 1}]", value, mover(calibration, "anchors", i))
    elif isinstance(calibration, Crisp | Indirect):
        for i, value in enumerate(calibration.thresholds):
            yield Place(f"thresholds[{i + 1}]", value, mover(calibration, "thresholds", i))


def mover(
    calibration: Calibration, name: str, i: int | None = None
) -> Callable[[float], Calibration]:
    """Make the function that puts one anchor elsewhere."""

    def move(value: float) -> Calibration:
        old = getattr(calibration, name)
        new = value if i is None else (*old[:i], value, *old[i + 1 :])
        moved: Calibration = type(calibration)(**{**vars(calibration), name: new})
        return moved

    return move


def anchor_range(solver: Solver, column: str, place: Place) -> Range:
    """Range of one anchor, by a grid over the data's range and halving at each end."""
    analysis = solver.analysis
    values = analysis.frame[column].to_numpy(dtype=np.float64, na_value=np.nan)
    width = float(np.nanmax(values) - np.nanmin(values))

    def at(value: float) -> tuple[Models | None, str]:
        try:
            moved = {**analysis.calibrations, column: place.move(value)}
        except UserError as error:
            return None, error.problem
        return solver.of(replace(analysis, calibrations=moved))

    same = at(place.value)[0]
    steps = np.arange(1, GRID + 1) / GRID * width
    low, below = halved(place.value - steps, at, same, place.value)
    high, above = halved(place.value + steps, at, same, place.value)
    precision = width / GRID / 2**HALVINGS
    return Range(f"{column}.{place.name}", place.value, low, high, below, above, precision)


def halved(
    places: Sequence[float] | np.ndarray,
    at: Callable[[float], tuple[Models | None, str]],
    same: Models | None,
    start: float,
) -> tuple[float, str]:
    """As `walk`, then the end is brought closer by halving."""
    last, text = walk([float(p) for p in places], at, same, start)
    if not text:
        return last, ""
    beyond = next(float(p) for p in places if abs(p - start) > abs(last - start))
    for _ in range(HALVINGS):
        middle = (last + beyond) / 2.0
        models, found = at(middle)
        if models == same:
            last = middle
        else:
            beyond, text = middle, found
    return last, text
