"""Everything of a reports folder made again from its ledger and recorded data, and compared."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from compendium.errors import UserError
from compendium.exhibits.recorded import AXES, RecordedExhibit, is_recorded, read_recorded
from compendium.exhibits.restyle import restyled_figure, restyled_table
from compendium.exhibits.style import active
from compendium.outputs import ASIDE, HOLDER, LOCK, STAGING, STATE
from compendium.plan import ExhibitPlan, Plan, load_plan
from compendium.review.likeness import likeness
from compendium.review.notebooks import notebook_faults
from compendium.review.records import record_faults
from compendium.text import LANGS, Lang
from compendium.vocabulary import Vocabulary

FileStatus = Literal[
    "same", "within tolerance", "different", "missing", "not of this run", "not recomputed"
]
FAILING: tuple[FileStatus, ...] = ("different", "missing", "not of this run")
SURVEY = "the answers themselves: a run makes them, and its record has their hash"
AUTHORS_AXES = "drawn on its notebook's own axes"
UNKNOWN = "nothing that a run or a report writes has this name"
RECORDED = ("estimates.csv", "run.json", "exhibits", "ledger", *(f"{x}/notebooks" for x in LANGS))
"""What the rest is made from, relative to the reports folder."""
IGNORED = frozenset(
    {STATE, STAGING, LOCK, HOLDER, ASIDE, "reference", "styled", "calibration", "sheets"}
    | {"mutations", ".tried"}
)
"""What belongs to the machine or to its user, or has a record of its own."""
FIGURE_FORMATS = ("png", "svg", "pdf")
Tell = Callable[[str], object]


@dataclass(frozen=True)
class FileCheck:
    """One file of a reports folder against what its ledger and recorded data give.

    Attributes
    ----------
    path
        Relative to the reports folder.
    why
        What differs, or why it could not be made again; empty where it is the same.
    """

    path: str
    status: FileStatus
    why: str = ""

    @property
    def agrees(self) -> bool:
        """Whether nothing is wrong with the file."""
        return self.status not in FAILING


def check_files(root: Path, reports: Path, scratch: Path, tell: Tell) -> tuple[FileCheck, ...]:
    """Make every file of a reports folder again and compare it.

    Figures, tables, pages and the formats of the report that are there are made again from the
    folder's ledger, recorded data and executed notebooks, in a scratch project with this project's
    plan and data. Recorded data themselves are held against the run record, executed notebooks
    against their sources, exhibits and sentences.

    Parameters
    ----------
    root
        The project, whose plan, data and code made the folder.
    reports
        The folder, of this project or handed over.
    scratch
        An empty folder for what is made again.
    tell
        Called with the name of each step.

    Raises
    ------
    UserError
        The folder has no ledger or no run record, or a recorded exhibit can't be read.
    """
    _refuse_other_folder(reports)
    plan, drawn, unmade = made_again(root, reports, scratch, tell)
    found = dict(record_faults(root, reports, plan))
    found |= dict(notebook_faults(root, reports, plan, drawn))
    return tuple(compared(reports, drawn, found, unmade, plan))


def made_again(
    root: Path, reports: Path, scratch: Path, tell: Tell
) -> tuple[Plan, dict[str, bytes], dict[str, str]]:
    """Make all that can be made again, as `check_files` does.

    Returns
    -------
    tuple
        The plan, files by their path, and formats that could not be made, each with the reason.
    """
    project = _scratch_project(root, reports, scratch)
    plan = load_plan(project)
    drawn = _draw(project, plan, tell)
    made, unmade = _report(project, plan, reports, tell)
    return plan, drawn | made, unmade


def _refuse_other_folder(reports: Path) -> None:
    for name in RECORDED[:2]:
        if not (reports / name).is_file():
            raise UserError(
                "this is no folder of results",
                f"name the folder that holds {RECORDED[0]} and {RECORDED[1]}",
                file=reports / name,
            )


def _scratch_project(root: Path, reports: Path, scratch: Path) -> Path:
    """Lay this project's plan, data and code round the recorded part of a reports folder."""
    for path in root.iterdir():
        if path.name not in ("reports", ".git", ".venv"):
            (scratch / path.name).symlink_to(path.resolve(), path.is_dir())
    for name in RECORDED:
        source, target = reports / name, scratch / "reports" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.failed.ipynb"))
        elif source.is_file():
            shutil.copyfile(source, target)
    return scratch


def _draw(project: Path, plan: Plan, tell: Tell) -> dict[str, bytes]:
    """Draw every recorded exhibit in both languages; write it into its place."""
    vocabulary = Vocabulary(project, plan)
    defaults = {name: known.default for name, known in plan.parameters.items()}
    reports = project / "reports"
    files: dict[str, bytes] = {}
    for exhibit in plan.exhibits.values():
        if not is_recorded(reports, exhibit.id):
            continue
        tell(exhibit.id)
        recorded = read_recorded(reports, exhibit, defaults)
        for lang in LANGS:
            files |= _exhibit_files(recorded, vocabulary, lang)
    for name, content in files.items():
        path = reports / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return files


def _exhibit_files(
    recorded: RecordedExhibit, vocabulary: Vocabulary, lang: Lang
) -> Iterator[tuple[str, bytes]]:
    exhibit, labels = recorded.exhibit, vocabulary.labels(recorded.exhibit.notebook)
    if exhibit.kind == "table":
        again = restyled_table(recorded, labels, lang, ("html",))
        yield f"{lang}/tables/{exhibit.id}.html", again.files["html"]
    elif exhibit.form != AXES:
        again = restyled_figure(recorded, labels, lang, active(), FIGURE_FORMATS)
        for end in (*FIGURE_FORMATS, "txt"):
            yield f"{lang}/figures/{exhibit.id}.{end}", again.files[end]


def _report(
    project: Path, plan: Plan, reports: Path, tell: Tell
) -> tuple[dict[str, bytes], dict[str, str]]:
    """Write the pages, and the formats of the report that the folder has.

    Returns
    -------
    tuple
        Files made again, and formats that could not be, each with the reason.
    """
    from compendium.report import formats
    from compendium.report.contents import Contents
    from compendium.report.page import write_pages

    out = project / "reports"
    written: list[Path] = []
    unmade: dict[str, str] = {}
    if (out / "estimates.csv").is_file():
        written += write_pages(project, plan).values()
    for name in formats.found(reports):
        tell(name)
        manner = formats.manner_of(reports, name)
        contents = {lang: Contents(project, lang, manner) for lang in LANGS}
        try:
            written += formats.write(name, contents, out).files
        except UserError as error:
            unmade[name] = str(error)
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in written}, unmade


def compared(
    reports: Path,
    made: Mapping[str, bytes],
    faults: Mapping[str, str],
    unmade: Mapping[str, str],
    plan: Plan,
    names: Collection[str] = (),
) -> Iterator[FileCheck]:
    """Hold the files of a folder, all or some, against those made again and the faults found."""
    from compendium.report import formats

    there = sorted(files_of(reports))
    for name in there:
        if names and name not in names:
            continue
        if name in faults:
            yield FileCheck(name, "different", faults[name])
        elif name in made:
            yield FileCheck(name, *likeness(name, made[name], (reports / name).read_bytes()))
        elif _is_recorded(name, plan):
            yield FileCheck(name, "same")
        elif reason := unmade.get(formats.format_of(name) or ""):
            yield FileCheck(name, "different", f"it can't be made again: {reason}")
        elif name.startswith("survey/"):
            yield FileCheck(name, "not recomputed", SURVEY)
        elif _of_axes(reports, name, plan):
            yield FileCheck(name, "not recomputed", AUTHORS_AXES)
        else:
            yield FileCheck(name, "not of this run", UNKNOWN)
    gone = {*made} - {*there}
    for name in sorted(gone & {*names} if names else gone):
        yield FileCheck(name, "missing")


def files_of(reports: Path) -> Iterator[str]:
    """Files of a reports folder that a run or a report wrote, relative to it."""
    for place, folders, files in os.walk(reports):
        here = Path(place)
        if here == reports:
            folders[:] = [name for name in folders if name not in IGNORED]
            files = [name for name in files if name not in IGNORED]
        for name in files:
            yield (here / name).relative_to(reports).as_posix()


def _is_recorded(name: str, plan: Plan) -> bool:
    """Whether the rest is made from a file and the plan has a name for it."""
    path = PurePosixPath(name)
    if name in RECORDED:
        return True
    known: Mapping[str, object] = plan.exhibits if path.parts[0] == "exhibits" else plan.notebooks
    folder = path.parent.as_posix()
    return folder in RECORDED and path.stem in known


def _of_axes(reports: Path, name: str, plan: Plan) -> bool:
    path = PurePosixPath(name)
    exhibit: ExhibitPlan | None = plan.exhibits.get(path.stem)
    recorded = reports / "exhibits" / f"{path.stem}.json"
    if exhibit is None or path.parent.name != "figures" or not recorded.is_file():
        return False
    return bool(json.loads(recorded.read_text(encoding="utf-8")).get("plot") == AXES)
