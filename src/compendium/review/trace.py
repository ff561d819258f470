"""From a number, estimate, exhibit, test or claim to its cell and sources; from a row onward."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import Any

from compendium.claims.ledger import Estimate, read_ledger
from compendium.claims.wording import Wording
from compendium.data import Table, load_books
from compendium.data.codebook import tables_of
from compendium.data.external import REGISTRY, ExternalSet, load_registry
from compendium.data.sheet import Sheet, reading_once
from compendium.data.source_pages import source_pages
from compendium.errors import UserError
from compendium.exhibits.recorded import is_recorded, read_origin
from compendium.plan import Plan, Test, load_plan
from compendium.registry import program
from compendium.run_record import LEDGER
from compendium.text import LANGS

PRINTED = re.compile(r"([-−]?[\d,]*\.?\d+)\s*(%|％)?")
Node = dict[str, Any]
"""What is known of one thing, by name; made of what JSON can hold."""


@dataclass(frozen=True)
class Trail:
    """The plan, the data and the last run of a project, read once for following numbers.

    Attributes
    ----------
    root
        The project.
    """

    root: Path

    @cached_property
    def plan(self) -> Plan:
        """The plan."""
        return load_plan(self.root)

    @cached_property
    def tables(self) -> dict[str, Table]:
        """Tables of all codebooks by name."""
        return tables_of(load_books(self.root))

    @cached_property
    def ledger(self) -> Mapping[str, Estimate]:
        """Estimates of the last run by id."""
        path = self.root / "reports" / LEDGER
        if not path.is_file():
            mend = f"run '{program()} run' first"
            raise UserError("nothing has been run yet", mend, path)
        return read_ledger(path, self.plan.renamed)

    def follow(self, what: str) -> tuple[Node, ...]:
        """Follow one thing.

        Parameters
        ----------
        what
            Id of an estimate, exhibit, test or claim; TABLE:KEY or FILE:LINE of a data row; or a
            number as it is printed, such as "41.6 %".

        Returns
        -------
        tuple of dict
            One node; for a number one for each estimate that is printed so.

        Raises
        ------
        UserError
            Nothing of the project is called or printed so.
        """
        plan = self.plan
        what = plan.renamed.estimates.get(what, what)
        if what in self.ledger:
            return (self._estimate(self.ledger[what]),)
        if what in plan.exhibits:
            return (self._exhibit(what),)
        if what in plan.tests:
            return (self._test(plan.tests[what]),)
        if what in plan.claims:
            return (self._claim(what),)
        if (row := self._row_of(what)) is not None:
            return (row,)
        if printed := PRINTED.fullmatch(what.strip()):
            found = self._printed(printed[1], bool(printed[2]))
            if found:
                return tuple(map(self._estimate, found))
        raise UserError(
            f"nothing is called or printed '{what}'",
            "give the id of an estimate, exhibit, test or claim, TABLE:KEY or FILE:LINE of a data "
            "row, or a number as printed, such as '41.6 %'",
        )

    def _estimate(self, one: Estimate) -> Node:
        tests = [test for test in self.plan.tests.values() if test.estimate == one.id]
        cell = self._cell(one.notebook, one.cell)
        return {
            "kind": "estimate",
            "id": one.id,
            "says": {lang: one.words(lang) for lang in LANGS},
            "value": one.value,
            "interval": [one.ci_low, one.ci_high] if isfinite(one.ci_low) else None,
            "rows used": one.n,
            "clusters": one.n_clusters,
            "method": {lang: one.method_in(lang) for lang in LANGS},
            "evidence": one.evidence,
            **cell,
            "data": [self.data(name) for name in _listed(one.dataset)],
            "tests": [test.id for test in tests],
            "claims": [c.id for c in self.plan.claims.values() if {*c.tests} & {*tests}]
            if tests
            else [],
            "exhibits": self._exhibits_of(one, cell.get("code", ())),
            "sentences": [
                name
                for name, sentence in self.plan.sentences.items()
                if f"{{{one.id}|" in sentence.text.en or f"{{{one.id}}}" in sentence.text.en
            ],
        }

    def _exhibits_of(self, one: Estimate, code: Sequence[str]) -> list[str]:
        """Exhibits that the cell of an estimate makes, and those whose words have its number."""
        shown = "\n".join(code)
        return [
            name
            for name, exhibit in self.plan.exhibits.items()
            if f'"{name}"' in shown or f"{{{one.id}|" in exhibit.title.en + exhibit.note.en
        ]

    def _exhibit(self, name: str) -> Node:
        exhibit, reports = self.plan.exhibits[name], self.root / "reports"
        told = (
            read_origin(reports / "exhibits" / f"{name}.json") if is_recorded(reports, name) else {}
        )
        cell = self._cell_with(exhibit.notebook, f'"{name}"')
        at = cell.get("cell")
        estimates = [
            one.id
            for one in self.ledger.values()
            if (one.notebook, one.cell) == (exhibit.notebook, at)
        ]
        return {
            "kind": "exhibit",
            "id": name,
            "says": told.get("title") or {lang: exhibit.title[lang] for lang in LANGS},
            **cell,
            "evidence": list(told.get("evidence", exhibit.evidence)),
            "data": [self.data(table) for table in told.get("data", {})],
            "claims": list(exhibit.claims),
            "estimates": estimates,
        }

    def _test(self, test: Test) -> Node:
        estimate = self.ledger.get(test.estimate)
        claim = next(c.id for c in self.plan.claims.values() if test in c.tests)
        return {
            "kind": "test",
            "id": test.id,
            "says": {lang: test.label[lang] for lang in LANGS},
            "predicate": {lang: test.asks[lang] for lang in LANGS},
            "claims": [claim],
            "estimate": self._estimate(estimate) if estimate else test.estimate,
        }

    def _claim(self, name: str) -> Node:
        claim = self.plan.claims[name]
        return {
            "kind": "claim",
            "id": name,
            "says": {lang: claim.statement[lang] for lang in LANGS},
            "tests": [self._test(test) for test in claim.tests],
            "exhibits": [e.id for e in self.plan.exhibits.values() if name in e.claims],
        }

    def data(self, name: str) -> Node:
        """A table with its file, rows and the pages that it names as its sources."""
        table = self.tables.get(name)
        if name in self._registry:
            return {"table": name, "sources": [self._registry[name].address]}
        if table is None or not table.path.is_file():
            return {"table": name}
        file, pages = table.path.relative_to(self.root).as_posix(), self._pages(table)
        told = {"table": name, "file": file, "rows": len(self._sheet(table).raw)}
        return told | {"source pages": len(pages), "sources": list(pages)}

    @cached_property
    def _registry(self) -> Mapping[str, ExternalSet]:
        return load_registry(self.root) if (self.root / REGISTRY).is_file() else {}

    def _pages(self, table: Table) -> dict[str, tuple[str, ...]]:
        if table.name not in self._named:
            self._named[table.name] = source_pages(table, self.tables, self._sheet)
        return self._named[table.name]

    @cached_property
    def _named(self) -> dict[str, dict[str, tuple[str, ...]]]:
        return {}

    @cached_property
    def _sheet(self) -> Callable[[Table], Sheet]:
        return reading_once()

    def _row_of(self, what: str) -> Node | None:
        """Find the data row that TABLE:KEY or FILE:LINE names; None where it names none."""
        place, _, key = what.rpartition(":")
        for table in self.tables.values():
            if not place or not table.path.is_file():
                continue
            file = table.path.relative_to(self.root).as_posix()
            if place not in (table.name, file):
                continue
            sheet = self._sheet(table)
            for line, named in zip(sheet.lines, sheet.keys, strict=True):
                if (place == file and key == str(line)) or (place == table.name and key == named):
                    return self._row(table, f"{file}:{line}", named)
            raise UserError(f"no row of {place} is called '{key}'", "give its key", value=key)
        return None

    def _row(self, table: Table, place: str, named: str) -> Node:
        """What a data row says of itself, and all that rests on its table."""
        estimates = [e for e in self.ledger.values() if table.name in _listed(e.dataset)]
        ids = {one.id for one in estimates}
        tests = [test for test in self.plan.tests.values() if test.estimate in ids]
        reports = self.root / "reports"
        exhibits = [
            name
            for name in self.plan.exhibits
            if is_recorded(reports, name)
            and table.name in read_origin(reports / "exhibits" / f"{name}.json").get("data", {})
        ]
        return {
            "kind": "row",
            "id": f"{table.name}:{named}",
            "file": place,
            "sources": [page for page, keys in self._pages(table).items() if named in keys],
            "notebooks": [n for n, one in self.plan.notebooks.items() if table.name in one.data],
            "estimates": sorted(ids),
            "tests": [test.id for test in tests],
            "claims": [c.id for c in self.plan.claims.values() if any(t in c.tests for t in tests)],
            "exhibits": exhibits,
        }

    def _printed(self, digits: str, percent: bool) -> list[Estimate]:
        """Estimates whose value is printed so, those that sentences print so first."""
        plain = digits.replace(",", "").replace("−", "-")
        places, wanted = len(plain.partition(".")[2]), float(plain)
        scale = 100 if percent else 1
        found = [
            one
            for one in self.ledger.values()
            if isfinite(one.value) and f"{one.value * scale:.{places}f}" == f"{wanted:.{places}f}"
        ]
        said = {one.id for one in found if self._is_said(one, digits)}
        return sorted(found, key=lambda one: (one.id not in said, one.id))

    @cached_property
    def _wording(self) -> Wording:
        return Wording(self.plan, self.ledger, "en")

    def _is_said(self, one: Estimate, digits: str) -> bool:
        """Whether a sentence of the plan prints an estimate with these digits."""
        return any(
            f"{{{one.id}|" in sentence.text.en and digits in self._wording.sentence(name)
            for name, sentence in self.plan.sentences.items()
        )

    def _cell(self, notebook: str, cell: str) -> Node:
        """Where a notebook's cell stands, and its code."""
        return next((n for n in self._cells(notebook) if n["cell"] == cell), {"notebook": notebook})

    def _cell_with(self, notebook: str, words: str) -> Node:
        cells = (n for n in self._cells(notebook) if any(words in line for line in n["code"]))
        return next(cells, {"notebook": notebook})

    def _cells(self, notebook: str) -> Iterator[Node]:
        path = self.root / "notebooks" / f"{notebook}.ipynb"
        if not path.is_file():
            return
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines()
        for cell in json.loads(text)["cells"]:
            if cell["cell_type"] == "code":
                line = next(
                    (i for i, one in enumerate(lines, 1) if f'"id": "{cell["id"]}"' in one), 0
                )
                code = "".join(cell["source"]).splitlines()
                place = {"notebook": notebook, "cell": cell["id"]}
                yield {**place, "file": f"notebooks/{notebook}.ipynb:{line}", "code": code}


def _listed(names: str) -> list[str]:
    return [name for part in names.split(",") if (name := part.strip())]
