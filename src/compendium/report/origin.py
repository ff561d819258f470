"""Where a report comes from: the data it rests on and the run that made it, without a clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compendium.errors import UserError
from compendium.exhibits.recorded import FOLDER, is_recorded, recorded_digest
from compendium.exhibits.words import COLON, EVIDENCE_WORDS, SEPARATOR
from compendium.packages import written
from compendium.registry import program
from compendium.report.contents import Contents
from compendium.report.words import RUN_WORDS
from compendium.run_record import read
from compendium.survey.instrument import load_instrument
from compendium.text import Text

SHOWN_HASH = 12
"""Characters of a hash that tell two files apart by eye."""


@dataclass(frozen=True)
class DataSource:
    """A table or data set that the run has read.

    Attributes
    ----------
    rows
        Rows of the table, None for data sets of several files and for the survey.
    sha256
        Hash of its content in the run.
    """

    name: str
    label: Text
    unit: Text
    rows: int | None
    licence: str
    sha256: str

    @property
    def short_hash(self) -> str:
        """The first characters of the hash, as tables show it."""
        return self.sha256[:SHOWN_HASH]


def run_record(contents: Contents) -> Mapping[str, Any]:
    """The record of the last run; empty where there is none."""
    return read(contents.reports)


def refuse_mixture(contents: Contents) -> None:
    """Raise UserError where an exhibit is not as a run that came to its end recorded it.

    Its pictures and its executed notebook may then be of another run than its data.
    """
    known = run_record(contents).get("exhibits", {})
    for exhibit in contents.plan.exhibits.values():
        recorded = is_recorded(contents.reports, exhibit.id)
        if recorded and known.get(exhibit.id) != recorded_digest(contents.reports, exhibit.id):
            raise UserError(
                f"{exhibit.id} is not as a finished run recorded it",
                f"run its notebook again: {program()} run {exhibit.notebook}",
                file=contents.reports / FOLDER / f"{exhibit.id}.csv",
            )


def data_sources(contents: Contents) -> tuple[DataSource, ...]:
    """Tables, external data and the survey that the last run read."""
    record = run_record(contents)
    return (*_tables(contents, record), *_external(contents, record), *_survey(contents, record))


def run_lines(contents: Contents) -> Iterator[str]:
    """Say what the run was: parameters, lock, versions; nothing that changes from day to day."""
    lang, record = contents.lang, run_record(contents)
    separator, colon = SEPARATOR[lang], COLON[lang]
    parameters = record.get("parameters", {})
    shown = separator.join(f"{name} {parameters[name]}" for name in sorted(parameters))
    versions = record.get("versions", {})
    packages = separator.join(f"{name} {versions[name]}" for name in versions)
    yield f"{RUN_WORDS['profile'][lang]}{colon}{record.get('profile', '')}"
    yield f"{RUN_WORDS['parameters'][lang]}{colon}{shown}"
    yield f"{RUN_WORDS['lock'][lang]}{colon}{record.get('lock') or ''}"
    yield f"{RUN_WORDS['versions'][lang]}{colon}{packages}"
    if others := record.get("other_packages"):
        yield f"{RUN_WORDS['others'][lang]}{colon}{written(others)}"


def _tables(contents: Contents, record: Mapping[str, Any]) -> Iterator[DataSource]:
    hashes = record.get("data", {})
    for book in contents.vocabulary.books:
        for name, table in book.tables.items():
            if name in hashes:
                unit = table.unit_of_observation
                yield DataSource(name, table.label, unit, table.rows, book.licence, hashes[name])


def _external(contents: Contents, record: Mapping[str, Any]) -> Iterator[DataSource]:
    for name, state in record.get("external", {}).items():
        described = contents.vocabulary.external(name)
        label = Text(described.title.en, described.title.zh)
        yield DataSource(name, label, EVIDENCE_WORDS["external"], None, described.licence, state)


def _survey(contents: Contents, record: Mapping[str, Any]) -> Iterator[DataSource]:
    survey = record.get("survey", {})
    if survey.get("evidence"):
        words = EVIDENCE_WORDS[survey["evidence"]]
        unit = load_instrument(contents.root).form.title
        yield DataSource("survey", unit, words, None, "–", survey.get("sha256") or "")
