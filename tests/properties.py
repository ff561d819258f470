"""What every estimator must hold: units, order of rows, indexes, and data that break it.

An estimator is a function of two frames of the same rows that returns a `Result`: numbers in units
of the outcome over the term, numbers without a unit, and what its method strings say. The outcome
and all that belongs to it comes from the first frame, the rest from the second.
"""

import ast
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError

REASONS = (
    "undefined",
    "no interval",
    "no end of the interval",
    "no error",
    "alone decides",
    "does not exist without",
    "no degree of freedom",
)
"""What a method string or a table says where a number is missing."""


@dataclass(frozen=True)
class Result:
    """Numbers that follow the unit of the outcome (times) and term (over), numbers without one."""

    scaled: tuple[float, ...]
    free: tuple[float, ...]
    said: str = ""


Estimator = Callable[[pd.DataFrame, pd.DataFrame], Result]


def tidy(*lines):
    """Result of lines in units of the outcome over the term."""
    scaled = [x for t in lines for x in (t.value, t.se, t.ci_low, t.ci_high)]
    free = [x for t in lines for x in (t.p, t.n, t.n_clusters)]
    return Result(tuple(scaled), tuple(free), "; ".join(str(t.method) for t in lines))


def unitless(*lines):
    """Result of lines without a unit."""
    found = tidy(*lines)
    return Result((), found.scaled + found.free, found.said)


def numbers_of(frame):
    """All numbers of a table, by row."""
    return tuple(frame.select_dtypes("number").to_numpy(dtype=float).ravel())


def holes_are_explained(found, usual):
    """Whether each missing number is one that is always missing, or has its reason."""
    if any(reason in str(found.said) for reason in REASONS):
        return True
    pairs = zip(found.scaled + found.free, usual.scaled + usual.free, strict=False)
    return all(np.isfinite(value) or not np.isfinite(other) for value, other in pairs)


def check_broken(estimator, frame, usual):
    """A clear refusal, or numbers that are there or explained; anything else raises."""
    try:
        found = estimator(frame, frame)
    except UserError:
        return
    assert holes_are_explained(found, usual), found


def public_functions(package):
    """All functions that the package's modules define without a leading underscore."""
    root = import_module(package)
    modules = [
        root,
        *(import_module(m.name) for m in pkgutil.walk_packages(root.__path__, package + ".")),
    ]
    return {
        f"{module.__name__.removeprefix('grassroots.')}.{name}"
        for module in modules
        for name, value in vars(module).items()
        if inspect.isfunction(value)
        and value.__module__ == module.__name__
        and not name.startswith("_")
    }


def called_in(path):
    """Names that a file of tests calls or passes on."""
    tree = ast.parse(path.read_text("utf-8"))
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def missing_from(package, path, excluded):
    """Public functions that no property test calls and that are not excluded with a reason."""
    known = called_in(path)
    found = [name.removeprefix("compendium.") for name in public_functions(package)]
    stale = [key for key in excluded if not any(f == key or f.startswith(f"{key}.") for f in found)]
    assert not stale, f"excluded, but not there: {stale}"
    return sorted(
        f
        for f in found
        if f.rsplit(".", 1)[1] not in known
        and not any(f == key or f.startswith(f"{key}.") for key in excluded)
    )


def check_limit(call: Callable[[object], object], taken: object, refused: object, why: str) -> None:
    """The last input that is taken is, and the first that is refused says why."""
    call(taken)
    with pytest.raises(UserError, match=why):
        call(refused)
