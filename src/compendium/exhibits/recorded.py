"""Exhibits as a run recorded them: what is needed to draw them again without a model."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel

from compendium.errors import UserError
from compendium.exhibits.colophon import Colophon
from compendium.files import READERS, csv_for_readers
from compendium.plan.check_wording import EXHIBIT_TEXTS, texts_of
from compendium.plan.templates import parse_template
from compendium.plan.types import ExhibitPlan
from compendium.registry import program
from compendium.run_record import checked
from compendium.stats.tidy import SIGNIFICANT_DIGITS
from compendium.text import LANGS, Text

AXES = "axes"
"""Form of a figure that its author drew in the notebook; it can't be drawn again."""
FOLDER = "exhibits"
"""Where a run keeps data and colophons of its exhibits, below the reports folder."""


@dataclass(frozen=True)
class RecordedExhibit:
    """An exhibit with everything that its drawing needs but the words of its codes.

    Attributes
    ----------
    exhibit
        As planned, with evidence, options, title, note and alternative text of the recorded run.
    frame
        The plotted data, or those of the table.
    colophon
        What it was made from.
    """

    exhibit: ExhibitPlan
    frame: pd.DataFrame
    colophon: Colophon


def drawn_options(exhibit: ExhibitPlan, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Options of an exhibit in a run: the planned ones and its own level, over the run's."""
    level = {"level": parameters["level"]} if "level" in parameters else {}
    own = {"level": exhibit.level} if isinstance(exhibit.level, float) else {}
    return {**level, **exhibit.options, **own}


def is_recorded(reports: Path, name: str) -> bool:
    """Whether a run has recorded the exhibit."""
    return all((reports / FOLDER / f"{name}{end}").is_file() for end in (".csv", ".json"))


def is_of_axes(reports: Path, name: str) -> bool:
    """Whether what was recorded is a figure of a notebook's own axes."""
    return read_origin(reports / FOLDER / f"{name}.json").get("plot") == AXES


def recorded_digest(reports: Path, name: str) -> str:
    """Hash of what a run recorded of an exhibit: its data and its colophon, if it has them."""
    whole = hashlib.sha256()
    for end in (".csv", ".json"):
        path = reports / FOLDER / f"{name}{end}"
        content = path.read_bytes() if path.is_file() else b""
        whole.update(f"{end} {len(content)}\n".encode() + content)
    return whole.hexdigest()


def read_recorded(
    reports: Path, exhibit: ExhibitPlan, defaults: Mapping[str, Any]
) -> RecordedExhibit:
    """Read an exhibit as the last run recorded it.

    Parameters
    ----------
    reports
        The folder of the results.
    exhibit
        The exhibit as planned.
    defaults
        Default values of the study's parameters, for the colophon.

    Raises
    ------
    UserError
        No run has recorded it, or what was recorded can't be read.
    """
    path = reports / FOLDER / f"{exhibit.id}.json"
    if not is_recorded(reports, exhibit.id):
        raise UserError(
            f"{exhibit.id} was not recorded yet",
            f"run its notebook first: {program()} run {exhibit.notebook}",
        )
    try:
        told = read_origin(path)
        texts = _texts(exhibit, told)
        colophon = _colophon(told, defaults, texts)
        frame = read_frame(path.with_suffix(".csv"))
    except (ValueError, KeyError, TypeError) as error:
        mend = f"run its notebook again: {program()} run --force {exhibit.notebook}"
        raise UserError(
            f"{exhibit.id} can't be read as recorded: {error}", mend, file=path
        ) from error
    updates: dict[str, Any] = {
        "evidence": colophon.evidence,
        "options": drawn_options(exhibit, colophon.parameters),
    }
    updates |= texts | ({"form": colophon.plot} if colophon.plot else {})
    return RecordedExhibit(exhibit.model_copy(update=updates), frame, colophon)


def read_origin(path: Path) -> dict[str, Any]:
    """Read what an exhibit was made from, as its run wrote it.

    Raises
    ------
    UserError
        It can't be read, or a part of it is of another kind.
    """
    return checked(path, _Origin)


class _Origin(BaseModel):
    """Shape of an exhibit's origin; an older or a made-up one may lack parts."""

    evidence: list[str] = []
    claims: list[str] = []
    parameters: dict[str, Any] = {}
    data: dict[str, str] = {}
    version: str = ""
    title: dict[str, str] | None = None
    subtitle: dict[str, str] | None = None
    note: dict[str, str] | None = None
    source: dict[str, str] | None = None
    alt: dict[str, str] | None = None
    other_packages: dict[str, str] = {}
    plot: str = ""


def csv_bytes(data: pd.DataFrame) -> bytes:
    """Write data as CSV: line feeds, 10 significant digits, empty for unknown."""
    shown = data.copy()
    for name in shown.select_dtypes("category"):
        shown[name] = shown[name].astype(str).where(shown[name].notna(), None)
    text = shown.to_csv(
        index=False, float_format=f"%.{SIGNIFICANT_DIGITS}g", lineterminator="\n", na_rep=""
    )
    return csv_for_readers(str(text))


def read_frame(source: Path | io.BytesIO) -> pd.DataFrame:
    """Read the data of an exhibit; only an empty cell is unknown, a word such as NA is a code."""
    return pd.read_csv(
        source, keep_default_na=False, na_values=[""], skip_blank_lines=False, encoding=READERS
    )


def as_recorded(data: pd.DataFrame) -> pd.DataFrame:
    """Return data as they are read back once recorded: rounded, and without their types.

    A column of sentences, each a mapping from language to words, becomes a column a language.
    """
    return read_frame(io.BytesIO(csv_bytes(_by_language(data))))


def _by_language(data: pd.DataFrame) -> pd.DataFrame:
    parts: dict[str, Any] = {}
    for name in data.columns:
        cells = data[name]
        if len(cells) and all(isinstance(cell, Mapping) for cell in cells):
            parts |= {f"{name}_{lang}": [cell[lang] for cell in cells] for lang in LANGS}
        else:
            parts[name] = cells
    return pd.DataFrame(parts)


def _texts(exhibit: ExhibitPlan, told: Mapping[str, Any]) -> dict[str, Text]:
    """Return the words as the run filled them; a text with slots can't do without."""
    planned = texts_of(exhibit)
    for part, text in planned.items():
        if part not in told and parse_template(text.en).names:
            raise ValueError(f"its {part} was not recorded")
    return {part: Text(**told[part]) for part in EXHIBIT_TEXTS if told.get(part)}


def _colophon(
    told: Mapping[str, Any], defaults: Mapping[str, Any], texts: Mapping[str, Text]
) -> Colophon:
    return Colophon(
        id=told["id"],
        kind=told["kind"],
        notebook=told["notebook"],
        evidence=tuple(told["evidence"]),
        claims=tuple(told["claims"]),
        parameters=told["parameters"],
        data=told["data"],
        version=told["version"],
        defaults=dict(defaults),
        title=texts.get("title"),
        subtitle=texts.get("subtitle"),
        note=texts.get("note"),
        source=texts.get("source"),
        alt=texts.get("alt"),
        other_packages=told.get("other_packages", {}),
        plot=told.get("plot", ""),
    )
