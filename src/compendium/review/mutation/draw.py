"""Drawing defects: an operator in turn, then a file, then a place in it, all by one seed."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from compendium.errors import UserError
from compendium.strict_yaml import load_strict

CLASSES = ("data", "code", "notebooks", "plan", "outputs", "wording")
TRIES = 25
"""Draws of an operator before it is the next one's turn: it may have no place that is left."""
SHOWN = 160
"""Characters of a text that a result shows."""

Draw = random.Random


class Change(NamedTuple):
    """What stood at a place, what stands there now, and the whole file that comes of it.

    `content` is None where the file is removed; `where` says it more closely than the place does.
    """

    before: str
    after: str
    content: bytes | None
    where: str = ""


@dataclass(frozen=True)
class Place:
    """Somewhere a defect can be put.

    Attributes
    ----------
    file
        Relative to the project's folder.
    where
        Line, cell, row and column, or name: as a reader looks for it.
    make
        Makes the change; None where there is none to be made.
    """

    operator: str
    file: str
    where: str
    make: Callable[[Draw], Change | None] = field(repr=False, compare=False)


@dataclass(frozen=True)
class Mutant:
    """One defect, by the class, the seed and its number."""

    id: str
    kind: str
    operator: str
    file: str
    place: str
    before: str
    after: str
    content: bytes | None = field(repr=False, compare=False)

    def told(self) -> dict[str, str]:
        """What a result keeps of it."""
        names = ("id", "kind", "operator", "file", "place", "before", "after")
        return {name: str(getattr(self, name)) for name in names}


class Drawn(NamedTuple):
    """Defects of a class, and how many draws were left out because they change nothing."""

    mutants: tuple[Mutant, ...]
    equivalent: int


@cache
def operators() -> Mapping[str, Any]:
    """The operators of each class with what they do, and the words that some of them use."""
    value: Mapping[str, Any] = load_strict(Path(__file__).with_name("operators.yml")).value
    return value


def draw(kind: str, places: Iterable[Place], seed: int, count: int) -> Drawn:
    """Draw defects of one class: each operator in turn, each file of it alike, each place alike.

    A change of a class is equivalent, by a rule fixed beforehand, where the file's content stays
    the same to a reader of its kind (`equivalent`); such draws are counted and drawn again.

    Raises
    ------
    UserError
        The class has fewer places than defects asked for.
    """
    rng = random.Random(f"{seed} {kind}")
    by_operator: dict[str, dict[str, list[Place]]] = defaultdict(lambda: defaultdict(list))
    for place in places:
        by_operator[place.operator][place.file].append(place)
    names = [name for name in operators()[kind] if name in by_operator]
    mutants: list[Mutant] = []
    seen: set[tuple[str, bytes | None]] = set()
    same = turn = tried = 0
    while len(mutants) < count:
        tried += 1
        turn += tried % TRIES == 0
        if tried > TRIES * len(names):
            mend = "ask for fewer with --per-class"
            raise UserError(f"the class {kind} has too few places", mend, value=len(mutants))
        files = by_operator[names[turn % len(names)]]
        place = rng.choice(files[rng.choice(sorted(files))])
        change = place.make(rng)
        if change is None:
            continue
        if change.before == change.after or _blank_only(change):
            same += 1
            continue
        key = (place.file, change.content)
        if key in seen:
            continue
        seen.add(key)
        turn, tried = turn + 1, 0
        name = f"{kind}-{len(mutants) + 1:03d}"
        before, after = (" ".join(text.split())[:SHOWN] for text in change[:2])
        where = ", ".join(filter(None, (change.where, place.where)))
        told = (place.operator, place.file, where, before, after)
        mutants.append(Mutant(name, kind, *told, change.content))
    return Drawn(tuple(mutants), same)


def _blank_only(change: Change) -> bool:
    return change.content is not None and change.before.split() == change.after.split()


def spliced(text: str, *edits: tuple[int, int, str]) -> str:
    """Replace spans of a text, given as start, end and what stands there then."""
    for start, end, after in sorted(edits, reverse=True):
        text = text[:start] + after + text[end:]
    return text


def edit(text: str, start: int, end: int, after: str) -> Change:
    """Replace one span of a file's text."""
    return Change(text[start:end], after, spliced(text, (start, end, after)).encode())


def line_of(text: str, position: int) -> str:
    """Line of a position, as results name it."""
    return f"line {text.count(chr(10), 0, position) + 1}"
