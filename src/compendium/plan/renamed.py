"""Estimates and notebooks that had another id before, so that what cites the old one goes on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from pathlib import Path

from pydantic import Field

from compendium.errors import UserError
from compendium.plan.base import Identifier, Strict
from compendium.strict_yaml import Document

RENAMED_FILE = "renamed.yml"


class Renamed(Strict):
    """What `notebooks/plan/renamed.yml` holds: the id of before, and that of now.

    Attributes
    ----------
    estimates, notebooks
        The id of today by the one of before; what was renamed twice has two entries.
    """

    estimates: dict[Identifier, Identifier] = Field(default_factory=dict)
    notebooks: dict[Identifier, Identifier] = Field(default_factory=dict)

    @cached_property
    def of_new(self) -> Mapping[str, tuple[str, ...]]:
        """The ids that an estimate had before, by that of today."""
        return {
            new: tuple(old for old, other in self.estimates.items() if other == new)
            for new in self.estimates.values()
        }

    def rows(self, rows: Mapping[str, Mapping[str, str]], path: Path) -> dict[str, dict[str, str]]:
        """Rows of a ledger of any edition, with the ids of today.

        Raises
        ------
        UserError
            The ledger has an estimate under both ids.
        """
        found: dict[str, dict[str, str]] = {}
        for name, row in rows.items():
            now = self.estimates.get(name, name)
            if now in found or (now != name and now in rows):
                problem = f"estimate '{now}' stands here under its id of before too"
                raise UserError(problem, f"correct {RENAMED_FILE}", file=path, value=name)
            notebook = row.get("notebook", "")
            told = {"id": now, "notebook": self.notebooks.get(notebook, notebook)}
            found[now] = {**row, **{key: new for key, new in told.items() if key in row}}
        return found


def renamed_faults(
    document: Document, found: Renamed, notebooks: Collection[str]
) -> Iterator[UserError]:
    """Find ids that lead nowhere, or to another id of before."""
    for part, ids in (("estimates", found.estimates), ("notebooks", found.notebooks)):
        for old, new in ids.items():
            if new in ids:
                problem = f"'{old}' leads to '{new}', which is an id of before itself"
                yield document.error(problem, f"write {ids[new]}", part, old)
    for old, new in found.notebooks.items():
        if new not in notebooks:
            problem = f"'{old}' leads to the unknown notebook '{new}'"
            yield document.error(problem, "correct it", "notebooks", old)
        elif old in notebooks:
            problem = f"there is a notebook '{old}' still"
            yield document.error(problem, "delete the entry", "notebooks", old)
