"""Compares a run with the committed reference, or an earlier run: numbers, exhibits, words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from compendium.errors import UserError
from compendium.exhibits.recorded import read_origin
from compendium.files import write_atomic
from compendium.outputs import refuse_links
from compendium.plan import load_renamed
from compendium.registry import program
from compendium.review.compare import (
    Comparison,
    Difference,
    Status,
    compare_csv,
    compare_rows,
    compare_words,
    read_rows,
    same_but_for_order,
    without_cells,
)
from compendium.review.tables import compare_tables, tables_csv
from compendium.review.words import FILLED, KEY, Said, of_absent, words_csv, words_said
from compendium.root import MARK
from compendium.run_record import check_ledger, read
from compendium.text import LANGS

if TYPE_CHECKING:
    from compendium.review.remade import FileCheck

REPORTS = Path("reports")
REFERENCE = REPORTS / "reference"
LEDGER = "estimates.csv"
ABSENT = "absent"
README_FIGURES = re.compile(r"/figures/([\w-]+)\.png")
"""Figures that a README shows; they are kept beside the reference and never compared."""
WORDS = "words.csv"
DATA = "data.csv"
"""Hashes of the rows of data tables, beside the reference."""
WORDING = ("title", "subtitle", "note", "source", "alt")
"""Texts of an exhibit, as its run filled them, that are compared."""
FACTS = ("evidence", "claims", "notebook", "plot", "version")
"""What else an exhibit's record says of it that is compared."""
REORDERED = "same rows in another order"
Rows = dict[str, dict[str, str]]
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


def verify(
    root: Path, run: Path | None = None, reference: Path | None = None
) -> tuple[Verified, ...]:
    """Compare a run with the reference: its ledger, its exhibits, and what the study says.

    Parameters
    ----------
    run
        Folder of results, by default `reports/`.
    reference
        What it is compared with, by default `reports/reference/`; the folder of an earlier run
        will do, whose words beside the exhibits' are not known.

    Raises
    ------
    UserError
        There is no run, or no reference, to compare, or the ledger has an id twice.
    """
    run, reference = run or root / REPORTS, reference or root / REFERENCE
    if not (reference / LEDGER).is_file():
        raise UserError(
            "there are no reference results", "restore the folder from the repository", reference
        )
    if not (run / LEDGER).is_file():
        raise UserError("nothing has been run yet", f"run '{program()} run' first", run / LEDGER)
    if run == root / REPORTS:
        check_ledger(run)
    absent = absent_external(run)
    left_out = _claims_left_out(root, absent)
    return (
        *compare_ledgers(root, reference / LEDGER, run / LEDGER, absent),
        *compare_exhibits(reference, run, absent, left_out),
        *_words(root, run, reference / WORDS, absent, left_out),
        *verify_data(root, reference),
    )


def verify_data(root: Path, reference: Path | None = None) -> tuple[Verified, ...]:
    """Compare the project's data tables, row by row, with those behind the reference."""
    from compendium.data import load_codebooks

    kept = (reference or root / REFERENCE) / DATA
    if not kept.is_file():
        return ()
    found = compare_tables(kept, load_codebooks(root).values())
    return tuple(Verified(file, comparison) for file, comparison in found.items())


def absent_external(run: Path) -> frozenset[str]:
    """External data sets that were absent in the run, by its record."""
    states: Mapping[str, str] = read(run).get("external", {})
    return frozenset(name for name, state in states.items() if state == ABSENT)


class Accepted(NamedTuple):
    """What became of the reference: files written, and those of exhibits that are gone."""

    written: tuple[Path, ...]
    removed: tuple[Path, ...]


def accept(root: Path) -> Accepted:
    """Make the run's results the reference.

    Files of exhibits that the run no longer has are removed; other files stay, on both sides.

    Raises
    ------
    UserError
        Nothing has been run, or external data were absent, whose results would be lost.
    """
    run, reference = root / REPORTS, root / REFERENCE
    if absent := absent_external(run):
        raise UserError(
            f"the reference would lose what rests on external data ({', '.join(sorted(absent))})",
            f"run '{program()} data fetch' and '{program()} run' first",
        )
    readmes = "".join(path.read_text(encoding="utf-8") for path in root.glob("README*.md"))
    shown = sorted({*README_FIGURES.findall(readmes)})
    pictures = [path for name in shown for path in run.glob(f"*/figures/{name}.png")]
    sources = [run / LEDGER, *_exhibit_files(run), *sorted(pictures)]
    if not sources[0].is_file():
        raise UserError("nothing has been run yet", f"run '{program()} run' first", sources[0])
    kept = _kept_beside(root, run) if _has_plan(root) else {}
    made = {source.relative_to(run) for source in sources}
    removed = [old for old in _exhibit_files(reference) if old.relative_to(reference) not in made]
    refuse_links(run)
    for old in removed:
        old.unlink()
    written = []
    for source in sources:
        target = reference / source.relative_to(run)
        write_atomic(target, source.read_bytes())
        written.append(target)
    for name, content in kept.items():
        write_atomic(reference / name, content)
        written.append(reference / name)
    return Accepted(tuple(written), tuple(removed))


def _kept_beside(root: Path, run: Path) -> dict[str, bytes]:
    """What is kept beside the results: what the study says, and hashes of its data."""
    from compendium.data import load_codebooks

    tables = load_codebooks(root).values()
    return {WORDS: words_csv(words_of(root, run)), DATA: tables_csv(tables)}


def _exhibit_files(folder: Path) -> list[Path]:
    """Data and colophons of exhibits: what has no colophon is somebody's own file."""
    colophons = sorted((folder / "exhibits").glob("*.json"))
    pairs = ((path.with_suffix(".csv"), path) for path in colophons)
    return [path for pair in pairs if pair[0].is_file() for path in pair]


def report_json(results: Iterable[Verified], files: Iterable[FileCheck] = ()) -> str:
    """The comparison as JSON, with every differing cell, and every file."""
    entries = [
        {"name": r.name, "agrees": r.agrees, "reasons": list(r.reasons), **asdict(r.comparison)}
        for r in results
    ]
    entries += [{"name": f.path, "agrees": f.agrees, **asdict(f)} for f in files]
    return json.dumps(entries, ensure_ascii=False, indent=1) + "\n"


def _claims_left_out(root: Path, absent: frozenset[str]) -> frozenset[str]:
    """Claims with a test on external data that were absent: their rows can't be compared."""
    if not absent:
        return frozenset()
    from compendium.plan import load_plan

    plan = load_plan(root)
    return frozenset(
        claim.id
        for claim in plan.claims.values()
        for test in claim.tests
        if test.evidence == "external" and absent & set(plan.notebooks[test.notebook].external)
    )


def compare_ledgers(
    root: Path, reference: Path, found: Path, absent: frozenset[str]
) -> list[Verified]:
    """Compare two ledgers, of either edition: ids of before count as those of today."""
    renamed = load_renamed(root)
    before, after = (
        without_cells(renamed.rows(read_rows(path, "id"), path)) for path in (reference, found)
    )
    notebooks = sorted({row["notebook"] for row in (*before.values(), *after.values())})
    results = []
    for notebook in notebooks:
        one = {name: row for name, row in before.items() if row["notebook"] == notebook}
        two = {name: row for name, row in after.items() if row["notebook"] == notebook}
        one, gone = _without_absent(one, two, absent)
        comparison = compare_rows(one, two)
        if gone and not one and not two:
            comparison = Comparison("not run")
        elif not one or not two:
            comparison = Comparison("new" if two else "missing")
        results.append(Verified(f"estimates of {notebook}", comparison, gone))
    return results


def _without_absent(
    before: Rows, after: Rows, absent: frozenset[str]
) -> tuple[Rows, tuple[str, ...]]:
    """Leave out reference rows that rest on absent external data, and say so."""
    kept = {
        name: row for name, row in before.items() if name in after or row["dataset"] not in absent
    }
    gone = len(before) - len(kept)
    return kept, (f"{gone} estimates not run: external data absent",) if gone else ()


def compare_exhibits(
    reference: Path, run: Path, absent: frozenset[str], left_out: frozenset[str]
) -> list[Verified]:
    """Compare the exhibits of two folders: data, words, and what they are."""
    names = {path.stem for path in (*reference.glob("exhibits/*.csv"), *_exhibit_files(run))}
    results = []
    for name in sorted(names):
        before, after = (folder / "exhibits" / f"{name}.csv" for folder in (reference, run))
        if not after.is_file() and _rests_on(before.with_suffix(".json"), absent):
            reason = "not run: external data absent"
            results.append(Verified(name, Comparison("not run"), (reason,)))
            continue
        comparison, gone = _compare_without(before, after, left_out)
        if comparison.status == "different" and same_but_for_order(before, after):
            comparison, gone = replace(comparison, differences=()), (*gone, REORDERED)
        if before.is_file() and after.is_file():
            one, two = (_told(path.with_suffix(".json")) for path in (before, after))
            comparison, unsaid = _compare_wording(comparison, one, two, left_out)
            gone = (*gone, *unsaid)
        reasons = _reasons(before.with_suffix(".json"), after.with_suffix(".json"))
        results.append(Verified(name, comparison, (*gone, *reasons)))
    return results


def _rests_on(colophon: Path, absent: frozenset[str]) -> bool:
    if not absent or not colophon.is_file():
        return False
    told = read_origin(colophon)
    return told.get("evidence") == ["external"] and bool(absent & set(told.get("data", {})))


def _compare_without(
    before: Path, after: Path, left_out: frozenset[str]
) -> tuple[Comparison, tuple[str, ...]]:
    """Compare two exhibits without the rows of some claims, where these differ."""
    comparison = compare_csv(before, after)
    if comparison.status != "different" or not left_out:
        return comparison, ()
    one, two = (
        [row for row in read_rows(path, None).values() if row.get("claim") not in left_out]
        for path in (before, after)
    )
    rest = compare_rows(*({f"row {i}": row for i, row in enumerate(r, 1)} for r in (one, two)))
    if rest.differences:
        return comparison, ()
    reason = f"rows of {', '.join(sorted(left_out))} not compared: external data absent"
    return rest, (reason,)


def _has_plan(root: Path) -> bool:
    return (root / MARK).is_dir()


def words_of(root: Path, run: Path) -> Said:
    """What the study says with the ledger of a run."""
    from compendium.claims.ledger import read_ledger
    from compendium.data import load_books
    from compendium.plan import load_plan

    plan = load_plan(root)
    return words_said(plan, load_books(root), read_ledger(run / LEDGER, plan.renamed))


def _words(
    root: Path, run: Path, reference: Path, absent: frozenset[str], left_out: frozenset[str]
) -> Iterator[Verified]:
    """Compare what the study says, part by part; words have no tolerance."""
    if not (reference.is_file() and _has_plan(root)):
        return
    found = words_of(root, run)
    unknown = of_absent(found) | {name for name in found if absent and _speaks_of(name, left_out)}
    before, after = (
        {name: {lang: row[lang] for lang in LANGS} for name, row in rows.items()}
        for rows in (read_rows(reference, KEY), found)
    )
    for part in dict.fromkeys(name.partition(".")[0] for name in (*after, *before)):
        one, two = (
            {n: row for n, row in rows.items() if n.partition(".")[0] == part and n not in unknown}
            for rows in (before, after)
        )
        yield Verified(f"words of {part}", compare_words(one, two))


def _speaks_of(name: str, claims: frozenset[str]) -> bool:
    """Whether a filled sentence sums up claims that lack their data."""
    return name.endswith(FILLED) and any(name.split(".")[1] == claim for claim in claims)


def _told(colophon: Path) -> dict[str, Any]:
    return read_origin(colophon) if colophon.is_file() else {}


def _compare_wording(
    comparison: Comparison,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    left_out: frozenset[str],
) -> tuple[Comparison, tuple[str, ...]]:
    """Compare what two exhibits say, words before cells; words have no tolerance."""
    differences = _facts(before, after) + tuple(
        Difference(f"wording of {part}", lang, one.get(lang, ""), two.get(lang, ""))
        for part in WORDING
        for one, two in [(before.get(part) or {}, after.get(part) or {})]
        for lang in sorted({*one, *two})
        if one.get(lang) != two.get(lang)
    )
    if not differences:
        return comparison, ()
    if left_out & set(after.get("claims", ())):
        return comparison, ("wording not compared: external data absent",)
    cells = comparison.differences
    return replace(comparison, status="different", differences=(*differences, *cells)), ()


def _facts(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Compare what an exhibit is: its evidence, claims, notebook, form, and the version."""
    return tuple(
        Difference(
            part, "", *(json.dumps(told[part], ensure_ascii=False) for told in (before, after))
        )
        for part in FACTS
        if part in before and part in after and before[part] != after[part]
    )


def _reasons(reference: Path, found: Path) -> tuple[str, ...]:
    if not (reference.is_file() and found.is_file()):
        return ()
    before, after = (read_origin(path) for path in (reference, found))
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
