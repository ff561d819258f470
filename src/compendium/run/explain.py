"""Why a step would run, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compendium.run.session import Reason, Result
    from compendium.run.steps import Step

HASH_LENGTH = 64
"""A state of this length is a hash, which tells a person nothing; a shorter one is the value."""


def explain(
    steps: Mapping[str, Step], results: Mapping[str, Result], *, with_reasons: bool
) -> Iterator[str]:
    """Lines that say what would run and, when asked, why."""
    for name, step in steps.items():
        result = results[name]
        if result.outcome == "unchanged":
            yield f"{name}: up to date"
        elif _waits(result):
            before = ", ".join(n for n in step.needs if results[n].outcome != "unchanged")
            yield f"{name}: would run if what it reads of {before} comes out changed"
        else:
            yield f"{name}: would run"
            yield from (f"  - {line}" for line in words(result.reasons) if with_reasons)


def words(reasons: tuple[Reason, ...]) -> list[str]:
    """Reasons in words, without those that follow from another."""
    if any(reason.reason == "forced" for reason in reasons):
        return ["--force was given"]
    if any(reason.kind == "source" and reason.reason == "not_in_db" for reason in reasons):
        return ["it has never run to its end"]
    return sorted(_one(reason) for reason in reasons)


def _one(reason: Reason) -> str:
    name = reason.name
    if reason.kind == "product":
        missing = reason.reason == "missing"
        return f"{name} is missing" if missing else f"{name} is not as the last run wrote it"
    if reason.reason == "missing":
        return f"{name} is missing"
    if reason.reason == "not_in_db":
        return f"new: {name}"
    if max(len(reason.before), len(reason.after)) < HASH_LENGTH:
        return f"{name}: {reason.before} -> {reason.after}"
    return f"changed: {name}"


def _waits(result: Result) -> bool:
    return any(reason.reason == "cascade" for reason in result.reasons) or (
        result.outcome == "would run" and not result.reasons
    )
