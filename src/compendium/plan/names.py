"""Ids of the plan as its files write them, so that a fault in one entry hides no other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from compendium.strict_yaml import Document, KeyPath

Entry = tuple[KeyPath, Mapping[str, Any]]


@dataclass(frozen=True)
class Files:
    """The plan's files; one that a study need not have is None where it has none."""

    claims: Document
    exhibits: Document
    profiles: Document
    sentences: Document | None = None
    estimates: Document | None = None
    multiverse: Document | None = None
    calibration: Document | None = None
    renamed: Document | None = None
    about: Document | None = None


@dataclass(frozen=True)
class Names:
    """Where each id stands, by what it is of; an id that stands twice has its last place."""

    claims: Mapping[str, KeyPath]
    tests: Mapping[str, KeyPath]
    families: Mapping[str, KeyPath]
    notebooks: Mapping[str, KeyPath]
    exhibits: Mapping[str, KeyPath]
    conditions: Mapping[str, KeyPath]
    sentences: Mapping[str, KeyPath]


def entries(document: Document | None, *keys: str | int) -> Iterator[Entry]:
    """Mappings of a list, or of the lists in a mapping, with the keys that lead to each."""
    value = document.at(*keys) if document else None
    if isinstance(value, dict):
        for key in value:
            yield from entries(document, *keys, key)
    elif isinstance(value, list):
        yield from (((*keys, i), item) for i, item in enumerate(value) if isinstance(item, dict))


def named(document: Document | None, *keys: str | int) -> Iterator[Entry]:
    """Mappings of a mapping, with the keys that lead to each."""
    value = document.at(*keys) if document else None
    if isinstance(value, dict):
        yield from (((*keys, name), item) for name, item in value.items() if isinstance(item, dict))


def tests_of(document: Document) -> Iterator[Entry]:
    """Every test of every claim."""
    for keys, _ in entries(document, "claims"):
        yield from entries(document, *keys, "tests")  # type: ignore[arg-type]


def names_of(files: Files) -> Names:
    """Collect the ids."""
    return Names(
        claims=_ids(entries(files.claims, "claims")),
        tests=_ids(tests_of(files.claims)),
        families=_ids(entries(files.claims, "families")),
        notebooks=_ids(entries(files.exhibits, "notebooks"), "name"),
        exhibits=_ids(entries(files.exhibits, "exhibits")),
        conditions={str(keys[-1]): keys for keys, _ in named(files.sentences, "conditions")},
        sentences={str(keys[-1]): keys for keys, _ in named(files.sentences, "sentences")},
    )


def _ids(found: Iterable[Entry], key: str = "id") -> dict[str, KeyPath]:
    return {str(entry[key]): keys for keys, entry in found if key in entry}


def doubles(found: Iterable[Entry], key: str = "id") -> list[tuple[str, KeyPath]]:
    """Ids that stand more than once, with the last place of each."""
    listed = [(str(entry[key]), keys) for keys, entry in found if key in entry]
    counts = Counter(name for name, _ in listed)
    return [(name, keys) for name, keys in dict(listed).items() if counts[name] > 1]


def strings(entry: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Texts of a list in an entry; none where it is no list."""
    value = entry.get(key)
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which known name was meant, if any is near, and which there are."""
    known = list(known)
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    guess = f"did you mean '{near[0]}'? " if near else ""
    return f"{guess}use one of: {', '.join(known)}"
