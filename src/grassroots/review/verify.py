"""Compares a run with the committed reference results, exhibit by exhibit."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from grassroots.errors import UserError
from grassroots.files import write_atomic
from grassroots.review.compare import Comparison, Status, compare_csv, compare_rows, read_rows

REPORTS = Path("reports")
REFERENCE = REPORTS / "reference"
LEDGER = "estimates.csv"
README_FIGURES = ("fig-tiers", "fig-fiscal")
"""Figures that the README shows; they are kept beside the reference and never compared."""
FAILING: tuple[Status, ...] = ("different", "missing", "new")


@dataclass(frozen=True)
class Verified:
    """One exhibit, or one notebook's part of the ledger, against its reference.

    Attributes
    ----------
    name
        Exhibit id, or "estimates of <notebook>".
    comparison
        What was found.
    reasons
        What else is known to differ: the exhibit's parameters, its data, the version.
    """

    name: str
    comparison: Comparison
    reasons: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether the reference is reproduced."""
        return self.comparison.status not in FAILING


def verify(root: Path) -> tuple[Verified, ...]:
    """Compare `reports/` with `reports/reference/`.

    Raises
    ------
    UserError
        There is no run, or no reference, to compare.
    """
    run, reference = root / REPORTS, root / REFERENCE
    if not (reference / LEDGER).is_file():
        raise UserError(
            "there are no reference results", "restore the folder from the repository", reference
        )
    if not (run / LEDGER).is_file():
        raise UserError("nothing has been run yet", "run 'grassroots run' first", run / LEDGER)
    return (*_ledger(reference / LEDGER, run / LEDGER), *_exhibits(reference, run))


def accept(root: Path) -> tuple[Path, ...]:
    """Make the run's results the reference; returns the files written.

    Files of exhibits that the run no longer has are removed.
    """
    run, reference = root / REPORTS, root / REFERENCE
    pictures = [path for name in README_FIGURES for path in run.glob(f"*/figures/{name}.png")]
    sources = [run / LEDGER, *sorted((run / "exhibits").glob("*")), *sorted(pictures)]
    if not sources[0].is_file():
        raise UserError("nothing has been run yet", "run 'grassroots run' first", sources[0])
    for old in sorted((reference / "exhibits").glob("*")):
        if not (run / "exhibits" / old.name).is_file():
            old.unlink()
    written = []
    for source in sources:
        target = reference / source.relative_to(run)
        write_atomic(target, source.read_bytes())
        written.append(target)
    return tuple(written)


def report_json(results: Iterable[Verified]) -> str:
    """The comparison as JSON, with every differing cell."""
    entries = [
        {"name": r.name, "agrees": r.agrees, "reasons": list(r.reasons), **asdict(r.comparison)}
        for r in results
    ]
    return json.dumps(entries, ensure_ascii=False, indent=1) + "\n"


def _ledger(reference: Path, found: Path) -> list[Verified]:
    before, after = read_rows(reference, "id"), read_rows(found, "id")
    notebooks = sorted({row["notebook"] for row in (*before.values(), *after.values())})
    results = []
    for notebook in notebooks:
        one = {name: row for name, row in before.items() if row["notebook"] == notebook}
        two = {name: row for name, row in after.items() if row["notebook"] == notebook}
        comparison = compare_rows(one, two)
        if not one or not two:
            comparison = Comparison("new" if two else "missing")
        results.append(Verified(f"estimates of {notebook}", comparison))
    return results


def _exhibits(reference: Path, run: Path) -> list[Verified]:
    names = {path.stem for folder in (reference, run) for path in folder.glob("exhibits/*.csv")}
    results = []
    for name in sorted(names):
        before, after = (folder / "exhibits" / f"{name}.csv" for folder in (reference, run))
        comparison = compare_csv(before, after)
        reasons = _reasons(before.with_suffix(".json"), after.with_suffix(".json"))
        results.append(Verified(name, comparison, reasons))
    return results


def _reasons(reference: Path, found: Path) -> tuple[str, ...]:
    if not (reference.is_file() and found.is_file()):
        return ()
    before, after = (json.loads(path.read_text(encoding="utf-8")) for path in (reference, found))
    return (
        *_changed("parameter", before.get("parameters", {}), after.get("parameters", {})),
        *_changed_data(before.get("data", {}), after.get("data", {})),
    )


def _changed(what: str, before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [
        f"{what} {name} is {after.get(name, 'absent')}, reference {before.get(name, 'absent')}"
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]


def _changed_data(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return [
        f"data table {name} differs from the one behind the reference"
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]
