"""The file of exhibits: what a short entry leaves out is filled in from its place and its id.

An entry stands under its notebook. Its kind is that of its id (`fig-`, `tab-`), its evidence that
of what the notebook loads, where that is of one kind; a column is what the file's `columns` say of
its name, unless its table says otherwise; `columns: regression` is the form of that name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from compendium.plan.base import Identifier, Strict
from compendium.plan.types import REGRESSION, SURVEY, ColumnPlan, ExhibitPlan, NotebookPlan
from compendium.strict_model import read_typed
from compendium.strict_yaml import Document, KeyPath
from compendium.text import Text

RESPONSES = "survey_responses"
"""Table of the survey, the source of what rests on it."""
KINDS = {"fig": "figure", "tab": "table"}
"""Head of an id -> kind of the exhibit."""


class _Head(Strict):
    notebooks: tuple[NotebookPlan, ...]
    labels: dict[str, Text]
    columns: dict[str, ColumnPlan] = Field(default_factory=dict)


class _Nested(_Head):
    exhibits: dict[Identifier, tuple[ExhibitPlan, ...]]


class _Listed(_Head):
    exhibits: tuple[ExhibitPlan, ...]


class ExhibitsFile(Strict):
    """What the file says, its exhibits in their order with the place of each in the file."""

    notebooks: tuple[NotebookPlan, ...]
    labels: dict[str, Text]
    exhibits: tuple[ExhibitPlan, ...]
    places: tuple[KeyPath, ...]


def read_exhibits(document: Document) -> ExhibitsFile:
    """Read the file, its exhibits under their notebooks or in one list that names them.

    Raises
    ------
    UserError
        With file and line: what `read_typed` raises, or an entry that names another notebook than
        the one it stands under.
    """
    value = document.value
    exhibits = document.at("exhibits")
    if isinstance(value, dict):
        value = {**value, "columns": _named(value.get("columns", {}))}
        value |= {"exhibits": _filled(document, exhibits)} if "exhibits" in value else {}
    places: list[KeyPath]
    if isinstance(exhibits, dict):
        nested = read_typed(document, _Nested, value=value)
        made: _Head = nested
        found = tuple(one for entries in nested.exhibits.values() for one in entries)
        counts = {name: len(entries) for name, entries in nested.exhibits.items()}
        places = [("exhibits", name, i) for name, n in counts.items() for i in range(n)]
    else:
        made = listed = read_typed(document, _Listed, value=value)
        found = listed.exhibits
        places = [("exhibits", i) for i in range(len(found))]
    return ExhibitsFile(
        notebooks=made.notebooks, labels=made.labels, exhibits=found, places=tuple(places)
    )


def _named(columns: Any) -> Any:
    if not isinstance(columns, dict):
        return columns
    return {
        name: {"name": name, **said} if isinstance(said, dict) else said
        for name, said in columns.items()
    }


def _filled(document: Document, exhibits: Any) -> Any:
    columns, loads = document.at("columns", default={}), _evidence(document)
    sources = {str(one.get("name")): sources_of(one) for one in _notebooks(document)}
    if isinstance(exhibits, dict):
        known = [str(one.get("name")) for one in _notebooks(document)]
        for name, entries in exhibits.items():
            if name not in known:
                mend = f"use one of: {', '.join(known)}"
                problem = f"exhibits of the unknown notebook '{name}'"
                raise document.error(problem, mend, "exhibits", name)
            for i, entry in enumerate(entries if isinstance(entries, list) else ()):
                other = entry.get("notebook", name) if isinstance(entry, dict) else name
                if other != name:
                    problem = f"the exhibit stands under '{name}' and names '{other}'"
                    place = ("exhibits", name, i, "notebook")
                    raise document.error(problem, "leave its notebook out", *place)
        return {
            name: [_entry(one, name, columns, loads, sources) for one in entries]
            if isinstance(entries, list)
            else entries
            for name, entries in exhibits.items()
        }
    if not isinstance(exhibits, list):
        return exhibits
    return [_entry(one, None, columns, loads, sources) for one in exhibits]


def _evidence(document: Document) -> dict[str, str]:
    """Notebook -> kind of evidence that it loads, where that is one; tests' verdicts are seen."""
    kinds = (("data", "observed"), ("external", "external"), ("survey", SURVEY))
    found = {}
    for entry in _notebooks(document):
        loaded = [kind for key, kind in kinds if entry.get(key)] or ["observed"]
        if len(loaded) == 1:
            found[str(entry.get("name"))] = loaded[0]
    return found


def sources_of(notebook: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of what a notebook may load, as the sources of its exhibits name it."""
    listed = [*(notebook.get("data") or ()), *(notebook.get("external") or ())]
    return tuple(map(str, listed)) + ((RESPONSES,) if notebook.get("survey") else ())


def _notebooks(document: Document) -> list[dict[str, Any]]:
    """The notebooks as they are written, as far as they are mappings; reading says the rest."""
    written = document.at("notebooks", default=())
    return [one for one in written if isinstance(one, dict)] if isinstance(written, list) else []


def _entry(
    entry: Any,
    notebook: str | None,
    columns: Mapping[str, Any],
    loads: Mapping[str, str],
    sources: Mapping[str, tuple[str, ...]],
) -> Any:
    if not isinstance(entry, dict):
        return entry
    filled = {"notebook": notebook, **entry} if notebook else dict(entry)
    if len(only := sources.get(str(filled.get("notebook")), ())) == 1:
        filled.setdefault("sources", list(only))
    if (kind := KINDS.get(str(entry.get("id")).partition("-")[0])) is not None:
        filled.setdefault("kind", kind)
    if (evidence := loads.get(str(filled.get("notebook")))) is not None:
        filled.setdefault("evidence", [evidence])
    if filled.get("columns") == REGRESSION:
        filled.pop("columns")
        filled["form"] = REGRESSION
    elif isinstance(filled.get("columns"), list):
        filled["columns"] = [_column(one, columns) for one in filled["columns"]]
    return filled


def _column(column: Any, columns: Mapping[str, Any]) -> Any:
    """A column written as its name, or as what differs from the file's column of that name."""
    own = {"name": column} if isinstance(column, str) else column
    if not isinstance(own, dict) or not isinstance(columns, dict):
        return own
    shared = columns.get(own.get("name"))
    return {**shared, **own} if isinstance(shared, dict) else own
