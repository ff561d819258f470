"""What a reviewer hands in after a check, made from a run: certificate, README, lists, hashes."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn

import yaml

from compendium.errors import UserError
from compendium.exhibits.recorded import is_recorded, read_origin
from compendium.files import csv_for_readers, sha256_of, write_atomic
from compendium.plan.about import CITATION, citation_of
from compendium.registry import program
from compendium.report.bibliography import Entry, bibliography
from compendium.report.pdf import typeset
from compendium.report.pdf.data import Data
from compendium.review.aea import machine_words, readme
from compendium.review.compare import RELATIVE_TOLERANCE
from compendium.review.deposit import SUMS, Files, sums, zipped
from compendium.review.remade import FileCheck
from compendium.review.trace import Trail
from compendium.review.verify import Verified
from compendium.run_record import read
from compendium.strict_yaml import load_strict

SPECIFICATION = "https://codecheck.org.uk/spec/config/2.0/"
OUTPUTS = "codecheck/outputs"
CERTIFICATE = "codecheck/certificate.pdf"
CONFIGURATION, README, EXHIBITS, CHECKS = "codecheck.yml", "README.md", "exhibits.csv", "checks.csv"
DIFFERENCES = "differences.txt"
LOOK = "certificate.typ"
STATUSES = (
    *("different", "missing", "not of this run", "new", "not run", "not recomputed"),
    *("within tolerance", "same"),
)
"""From worst to best: the result of an output is the worst of what belongs to it."""
WHOLE: Mapping[str, str] = {
    "estimates.csv": "All estimates: value, standard error, interval, p, n, method",
    "numbers.csv": "All estimates by id, as manuscripts take them",
    "report.pdf": "The report",
    "report.zh.pdf": "The report in Chinese",
    "report.docx": "The report as a Word file",
    "report.zh.docx": "The report as a Word file in Chinese",
}
"""Files of a reports folder that are outputs of their own, where it has them."""
BLANKS = ("Name", "ORCID", "Certificate number", "Date of the check", "Signature")


@dataclass(frozen=True)
class Output:
    """An output under check.

    Attributes
    ----------
    title
        What it shows, in English.
    file
        Its file relative to the reports folder.
    result
        The worst status of its numbers and files.
    told
        The result in words.
    """

    id: str
    title: str
    file: str
    result: str
    told: str


@dataclass(frozen=True)
class _Facts:
    """What certificate and configuration say of the work and its check."""

    root: Path
    cited: Mapping[str, Any]
    record: Mapping[str, Any]
    machine: Mapping[str, Any]
    summary: tuple[str, ...]

    @property
    def title(self) -> str:
        return str(self.cited["title"]).strip()

    @property
    def address(self) -> str:
        doi = self.cited.get("doi")
        return f"https://doi.org/{doi}" if doi else str(self.cited.get("repository-code", ""))

    @property
    def articles(self) -> tuple[Entry, ...]:
        """The publications whose claims are tested."""
        entries = bibliography(self.root).values()
        return tuple(one for one in entries if one["keywords"] == "article")


def kit(
    root: Path,
    results: Sequence[Verified],
    files: Sequence[FileCheck],
    differences: str,
    machine: Mapping[str, Any],
) -> Files:
    """Put the kit together; the same run and checks give the same bytes on the same machine.

    Everything is in English, titles are those of the plan. What only a person can state stays
    empty: name, ORCID, number, date and signature of the check, and statements about rights.

    Parameters
    ----------
    results, files
        What `verify` and `check_files` found.
    differences
        What the command `verify` prints of them.
    machine
        Where they were compared, see `run_record.machine`.

    Returns
    -------
    dict
        Content by path in the kit, with SHA-256 of all others in the last.

    Raises
    ------
    UserError
        There is no CITATION.cff, which names title and authors; the PDF can't be set.
    """
    if not (root / CITATION).is_file():
        raise UserError("a certificate needs title and authors", "write it", root / CITATION)
    cited, trail, reports = load_strict(root / CITATION).mapping(), Trail(root), root / "reports"
    outputs = tuple(_outputs(trail, results, files))
    exhibits = tuple(_exhibit_rows(trail, outputs))
    record = read(reports)
    made: Files = {
        f"{OUTPUTS}/{one.file}": (reports / one.file).read_bytes()
        for one in outputs
        if (reports / one.file).is_file()
    }
    facts = _Facts(root, cited, record, machine, _summary(results, files))
    made[CONFIGURATION] = _configuration(facts, outputs, made)
    made[CERTIFICATE] = typeset(Data(_certificate(facts, outputs)), LOOK)
    made[EXHIBITS] = _csv(exhibits)
    made[CHECKS] = _csv(_check_rows(reports, results, files))
    made[DIFFERENCES] = f"{differences.rstrip()}\n".encode()
    made[README] = readme(trail, cited, record, exhibits).encode()
    return made | {SUMS: sums(made)}


def write_kit(files: Files, folder: Path) -> Path:
    """Write a kit into a folder and beside it as a .zip; return the path of the .zip.

    Files of an earlier kit are replaced or removed while they are as it wrote them. Where somebody
    has changed one, nothing is written.

    Raises
    ------
    UserError
        A file in the way is neither of this kit nor as an earlier one wrote it.
    """
    new = {name: frozenset({_digest(content)}) for name, content in files.items() if name != SUMS}
    old, packed = _known(folder / SUMS), folder.with_name(f"{folder.name}.zip")
    both = {n: old.get(n, frozenset()) | new.get(n, frozenset()) for n in sorted({*old, *new})}
    there = [name for name in both if (folder / name).exists()]
    for name in there:
        path = folder / name
        if not path.is_file() or _digest(path.read_bytes()) not in both[name]:
            _refuse(path)
    if packed.exists() and not _is_kit(packed):
        _refuse(packed)
    lines = (f"{digest}  {name}\n" for name, digests in both.items() for digest in sorted(digests))
    write_atomic(folder / SUMS, "".join(lines).encode())
    for name in there:
        if name not in new:
            (folder / name).unlink()
    for name in new:
        write_atomic(folder / name, files[name])
    write_atomic(packed, zipped(files))
    write_atomic(folder / SUMS, files[SUMS])
    return packed


def _refuse(path: Path) -> NoReturn:
    mend = "name another folder with --out, or move the file away"
    raise UserError("this is not as a kit wrote it", mend, path)


def _is_kit(packed: Path) -> bool:
    with suppress(OSError, zipfile.BadZipFile), zipfile.ZipFile(packed) as held:
        return {CONFIGURATION, SUMS} <= {*held.namelist()}
    return False


def _known(path: Path) -> dict[str, frozenset[str]]:
    """Hashes that files of an earlier kit may have: two where one was being written."""
    known: dict[str, frozenset[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        digest, _, name = line.partition("  ")
        known[name] = known.get(name, frozenset()) | {digest}
    return known


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _outputs(
    trail: Trail, results: Sequence[Verified], files: Sequence[FileCheck]
) -> Iterator[Output]:
    """Name each exhibit, then the ledger and the files of the report, each with its result."""
    numbers = {one.name: one for one in results}
    of_exhibit: dict[str, list[FileCheck]] = {}
    for one in files:
        of_exhibit.setdefault(PurePosixPath(one.path).stem, []).append(one)
    for exhibit in trail.plan.exhibits.values():
        ends = ("tables", "html") if exhibit.kind == "table" else ("figures", "png")
        file = f"en/{ends[0]}/{exhibit.id}.{ends[1]}"
        checked = [numbers[exhibit.id]] if exhibit.id in numbers else []
        result = _result(checked, of_exhibit.get(exhibit.id, ()))
        yield Output(exhibit.id, _title(trail, exhibit.id), file, *result)
    by_path = {one.path: one for one in files}
    ledgers = [one for one in results if one.name.startswith("estimates of ")]
    for name, title in WHOLE.items():
        if name in by_path:
            checked = ledgers if name == "estimates.csv" else []
            yield Output(name, title, name, *_result(checked, [by_path[name]]))


def _title(trail: Trail, name: str) -> str:
    reports = trail.root / "reports"
    planned = trail.plan.exhibits[name].title.en
    told = read_origin(reports / "exhibits" / f"{name}.json") if is_recorded(reports, name) else {}
    return str((told.get("title") or {}).get("en", planned))


def _result(numbers: Sequence[Verified], files: Sequence[FileCheck]) -> tuple[str, str]:
    """Return the worst status, and in words what was found of numbers and files."""
    statuses = [*(one.comparison.status for one in numbers), *(one.status for one in files)]
    worst = min(statuses, key=STATUSES.index, default="not run")
    told = []
    if numbers:
        found = min((one.comparison.status for one in numbers), key=STATUSES.index)
        largest = max(one.comparison.largest for one in numbers)
        far = f" ({largest:.1e})" if found == "within tolerance" else ""
        told.append(f"numbers and words {found}{far}")
    counted = Counter(one.status for one in files)
    told += [f"{n} {'file' if n == 1 else 'files'} {status}" for status, n in counted.items()]
    return worst, "; ".join(told) or "not run"


def _summary(results: Sequence[Verified], files: Sequence[FileCheck]) -> tuple[str, ...]:
    return (
        f"Against the reference results: {_counted(one.comparison.status for one in results)}.",
        f"Files made again from the recorded data: {_counted(one.status for one in files)}.",
    )


def _counted(statuses: Iterable[str]) -> str:
    counted = Counter(statuses)
    told = ", ".join(f"{counted[name]} {name}" for name in reversed(STATUSES) if counted[name])
    return f"{told or 'none'} (of {counted.total()})"


def _configuration(facts: _Facts, outputs: Iterable[Output], made: Files) -> bytes:
    """Write `codecheck.yml`; a node that only the person who checks can fill is empty."""
    authors = facts.cited.get("authors", ())
    names = citation_of(facts.root).authors
    told = {
        "version": SPECIFICATION,
        "paper": {
            "title": facts.title,
            "authors": [
                {"name": name, "ORCID": str(one.get("orcid", "")).rpartition("/")[2] or None}
                for name, one in zip(names, authors, strict=True)
            ],
            "reference": facts.address or None,
        },
        "manifest": [
            {"file": f"{OUTPUTS}/{one.file}", "comment": f"{one.title} [{one.told}]"}
            for one in outputs
            if f"{OUTPUTS}/{one.file}" in made
        ],
        "codechecker": [{"name": None, "ORCID": None}],
        "summary": " ".join(facts.summary),
        "repository": facts.cited.get("repository-code"),
        "check_time": None,
        "certificate": None,
        "report": None,
    }
    related = [one.address for one in facts.articles if one.address]
    if related:
        told["reference-other"] = related
    text = yaml.safe_dump(told, allow_unicode=True, sort_keys=False, width=100)
    return f"---\n{text}".encode()


def _certificate(facts: _Facts, outputs: Iterable[Output]) -> dict[str, Any]:
    record = facts.record
    run = record.get("machine", {})
    here = machine_words(facts.machine)
    ended = str(record.get("ended", "time not recorded")).replace("T", " ")
    articles = [["Article tested", one.words("en")] for one in facts.articles]
    versions = record.get("versions", {})
    return {
        "title": "Certificate of a computational check",
        "authors": list(citation_of(facts.root).authors),
        "facts": [
            ["Work", facts.title],
            ["Authors", ", ".join(citation_of(facts.root).authors)],
            *articles,
            *([["Address", facts.address]] if facts.address else []),
            ["Results made", f"{ended}, {machine_words(run)}"],
            ["Compared on", "the same machine" if run == facts.machine else here],
        ],
        "summary": list(facts.summary),
        "blanks": list(BLANKS),
        "method": [
            "The notebooks were run from the data. Numbers, intervals and words were compared cell "
            "by cell with the reference results that the authors recorded; numbers agree where "
            f"they differ by at most {RELATIVE_TOLERANCE:g} of their size. Figures, tables, pages "
            "and documents were made again from the recorded data and compared with the run's.",
            f"{CHECKS} lists every comparison with the hash of its file, {DIFFERENCES} what "
            f"'{program()} verify' prints. A program filled in all of this; the person who signs "
            "is the first to check it.",
        ],
        "columns": ["Output", "What it shows", "Result"],
        "outputs": [[one.id, one.title, one.told] for one in outputs],
        "machine": [
            ["Python", str(versions.get("python", ""))],
            ["Packages", _packages(versions)],
            ["Lock (SHA-256)", str(record.get("lock") or "")],
            ["Parameters", ", ".join(f"{k} {v}" for k, v in record.get("parameters", {}).items())],
        ],
    }


def _packages(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{n} {v}" for n, v in versions.items() if n not in ("python", "platform"))


def _exhibit_rows(trail: Trail, outputs: Iterable[Output]) -> Iterator[dict[str, str]]:
    """Say of each exhibit which notebook, cell and line make it, from which data."""
    results = {one.id: one for one in outputs}
    for exhibit in trail.plan.exhibits.values():
        (node,) = trail.follow(exhibit.id)
        out = results[exhibit.id]
        yield {
            "id": exhibit.id,
            "kind": exhibit.kind,
            "title": out.title,
            "notebook": exhibit.notebook,
            "cell": str(node.get("cell", "")),
            "line": str(node.get("file", "")).rpartition(":")[2],
            "file": f"reports/{out.file}",
            "data": ", ".join(str(one["table"]) for one in node["data"]),
            "evidence": ", ".join(node.get("evidence", ())),
            "claims": ", ".join(exhibit.claims),
            "result": out.told,
        }


def _check_rows(
    reports: Path, results: Iterable[Verified], files: Iterable[FileCheck]
) -> Iterator[dict[str, str]]:
    for one in results:
        told = {"what": one.name, "compared with": "reference", "status": one.comparison.status}
        yield {**told, "why": "; ".join(one.reasons), "sha256": ""}
    for file in files:
        path = reports / file.path
        told = {"what": file.path, "compared with": "recorded data", "status": file.status}
        yield {**told, "why": file.why, "sha256": sha256_of(path) if path.is_file() else ""}


def _csv(rows: Iterable[Mapping[str, str]]) -> bytes:
    rows, out = list(rows), io.StringIO()
    writer = csv.DictWriter(out, rows[0] if rows else (), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return csv_for_readers(out.getvalue())
