"""Which files a notebook has to write: known from the plan before it runs."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from compendium.errors import UserError
from compendium.text import LANGS, Lang

if TYPE_CHECKING:
    from collections.abc import Iterable

    from compendium.plan import ExhibitPlan

MERGED_LEDGER = PurePosixPath("estimates.csv")
FIGURE_SUFFIXES = (".png", ".svg", ".pdf", ".txt")
FAILED_SUFFIX = ".failed.ipynb"


def ledger_of(notebook: str) -> PurePosixPath:
    """The ledger of one notebook."""
    return PurePosixPath("ledger", f"{notebook}.csv")


def executed(notebook: str, lang: Lang) -> PurePosixPath:
    """The executed notebook in a language."""
    return PurePosixPath(lang, "notebooks", f"{notebook}.ipynb")


def failed(notebook: str, lang: Lang) -> PurePosixPath:
    """What is kept of a notebook that failed, in a language."""
    return PurePosixPath(lang, "notebooks", f"{notebook}{FAILED_SUFFIX}")


def asked(notebook: str) -> PurePosixPath:
    """Which words a notebook asked for when it last ran."""
    return PurePosixPath(".state", "asked", f"{notebook}.json")


def of_exhibit(exhibit: ExhibitPlan) -> tuple[PurePosixPath, ...]:
    """Files of an exhibit: data and colophon serve every language, the pictures one each."""
    is_figure = exhibit.kind == "figure"
    folder, ends = ("figures", FIGURE_SUFFIXES) if is_figure else ("tables", (".html",))
    places = [*(("exhibits", end) for end in (".csv", ".json"))]
    places += ((f"{lang}/{folder}", end) for lang in LANGS for end in ends)
    return tuple(PurePosixPath(place, f"{exhibit.id}{end}") for place, end in places)


def of_notebook(notebook: str, exhibits: Iterable[ExhibitPlan]) -> tuple[PurePosixPath, ...]:
    """Everything that running a notebook has to write, relative to the reports folder."""
    made = (path for exhibit in exhibits for path in of_exhibit(exhibit))
    return (ledger_of(notebook), *made, *(executed(notebook, lang) for lang in LANGS))


def check_written(
    notebook: str, expected: Iterable[PurePosixPath], written: Iterable[PurePosixPath]
) -> None:
    """Raise UserError when a declared file is missing or an undeclared one was written."""
    expected, written = set(expected), set(written)
    missing, extra = sorted(expected - written), sorted(written - expected)
    if missing:
        raise UserError(
            f"{notebook} did not write {_shown(missing)}",
            f"make the exhibit '{missing[0].stem}' in it, or take it out of the plan"
            if missing[0].parts[0] != "ledger"
            else "end the notebook with study.close()",
        )
    if extra:
        raise UserError(
            f"{notebook} wrote {_shown(extra)}, which the plan does not declare",
            f"add the exhibit '{extra[0].stem}' to notebooks/plan/exhibits.yml",
        )


def _shown(paths: list[PurePosixPath]) -> str:
    more = f" and {len(paths) - 1} more files" if len(paths) > 1 else ""
    return f"{paths[0]}{more}"
