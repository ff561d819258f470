"""Where the modules of the first edition are now: an import of one says the new name."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

MOVED = {
    "measures.sources": "grassroots.sources",
    "measures.survey_tables": "grassroots.survey_tables",
    "survey.standin": "grassroots.standin",
    "survey.truth": "grassroots.simulated",
    "survey.draws": "grassroots.draws",
    "inference.multiverse.sources": "grassroots.universes",
    "inference.calibration.diagnosis": "compendium.inference.diagnosis",
    "inference.calibration.least_squares": "compendium.inference.least_squares",
    "inference.calibration": "grassroots.calibration",
    "data.crossrules.base": "compendium.data.rules",
    "data.crossrules": "grassroots.rules",
    "exhibits.ledger": "compendium.claims.ledger",
    "exhibits.verdicts": "compendium.claims.verdicts",
    "exhibits.wording": "compendium.claims.wording",
    "pipeline.run": "compendium.run.conduct",
    "pipeline": "compendium.run",
    "models": "compendium.stats",
}
"""First edition -> now, below `grassroots`; a package stands for all that it holds."""

ROOMS = ("compendium", "compendium.measurement", "grassroots")
"""Where everything else is looked for: under its name, or without `measures` before it."""

_OLD = """
commands data data.crossrules exhibits exhibits.forms inference inference.calibration
inference.confounding inference.multiverse measures models pipeline plan qca report report.pdf
report.site report.word review survey survey.formats survey.importing
"""
PACKAGES = frozenset(_OLD.split())
"""Packages of the first edition: empty ones, whose every content says where it is."""


class Moved(Loader):
    """Finder that comes last: what no other found is of the first edition, or is nothing."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find the old packages; for a moved module say where it is.

        Raises
        ------
        ModuleNotFoundError
            The module has another name now.
        """
        del path, target
        package, _, old = name.partition(".")
        if package != "grassroots" or not old:
            return None
        if old in PACKAGES:
            return ModuleSpec(name, self, is_package=True)
        if new := now(old):
            raise ModuleNotFoundError(f"'{name}' is '{new}' now: use that name", name=name)
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Let whatever is asked of an old package say where that is."""
        new = now(module.__name__.removeprefix("grassroots."))

        def missing(name: str) -> None:
            if name.startswith("__"):
                raise AttributeError(name)
            raise ImportError(f"'{module.__name__}' is '{new}' now: take '{name}' from there")

        module.__dict__["__getattr__"] = missing


def now(old: str) -> str | None:
    """Name of a module of the first edition today, None where there was none; `old` is relative."""
    for known, new in MOVED.items():
        if old == known or old.startswith(f"{known}."):
            return new + old.removeprefix(known)
    if old == "measures":
        return "compendium.measurement"
    bare = old.removeprefix("measures.")
    places = (f"{room}.{bare}" for room in ROOMS if room != "grassroots" or bare != old)
    return next((place for place in places if _exists(place)), None)


def _exists(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False
