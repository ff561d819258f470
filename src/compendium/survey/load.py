"""The one loader of the survey, whether a stand-in or observed."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from compendium.data.disclosure import MINIMUM_CELL, coarse, coarse_line, codes, small_kinds
from compendium.errors import UserError
from compendium.files import write_atomic
from compendium.registry import program, registered
from compendium.survey.instrument import (
    HIGHEST,
    INSTRUMENT,
    LOWEST,
    Instrument,
    Question,
    load_instrument,
)
from compendium.survey.private import CLOSED_WORDS, PRIVATE, close_private
from compendium.survey.screens import Dropped, kept, screen
from compendium.survey.store import (
    EMPTY,
    Columns,
    arrow_table,
    csv_bytes,
    read_about,
    read_survey,
    write_survey,
)
from compendium.text import LANGS

if TYPE_CHECKING:
    import pandas as pd

    from compendium.stats.tidy import Tidy

Kind = Literal["standin", "standin-null", "observed"]
KINDS: tuple[Kind, ...] = ("standin", "standin-null", "observed")
STANDINS: tuple[Kind, ...] = ("standin", "standin-null")
Evidence = Literal["stand-in", "observed"]
EVIDENCE: Mapping[Kind, Evidence] = {
    "standin": "stand-in",
    "standin-null": "stand-in",
    "observed": "observed",
}

STANDIN_FILE = Path("reports") / "survey" / "standin.parquet"
NULL_FILE = STANDIN_FILE.with_stem("standin-null")
"""The stand-in without effects, as `data standin --null` makes it."""
OBSERVED_FILE = PRIVATE / "survey_responses.parquet"
FILES: Mapping[Kind, Path] = {
    "standin": STANDIN_FILE,
    "standin-null": NULL_FILE,
    "observed": OBSERVED_FILE,
}


KIND, COUNTY = "unit_kind", "county_id"


@dataclass(frozen=True)
class Survey:
    """A survey as the analysis uses it.

    Attributes
    ----------
    frame
        One row a respondent, columns and types as in the codebook: items from 1 to 5 with reversed
        ones turned, no answer missing. Scale scores are not made here.
    sha256
        Hash of the file's content.
    dropped
        The rows that were left out: row of the file (without the rows of small kinds),
        respondent, reason, column, value.
    source
        How the stand-in was made, or where the observed file came from.
    instrument
        The questionnaire without the items of `silent`, so that no score is made of them.
    silent
        Items that nobody answered (a survey need not ask them all) or all answered alike.
    small
        Kinds of unit with too few respondents: they are in no other attribute but the hash.
    """

    frame: pd.DataFrame
    kind: Kind
    sha256: str
    evidence: Evidence
    dropped: pd.DataFrame
    source: Mapping[str, Any]
    instrument: Instrument
    silent: tuple[str, ...] = ()
    small: tuple[str, ...] = ()

    @property
    def observed(self) -> bool:
        """Whether it tells of persons, who were promised that nobody can be made out."""
        return self.evidence == "observed"

    def coarse(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Means and shares of persons as they may be published; a stand-in's stay exact."""
        return coarse(frame, len(self.frame)) if self.observed else frame

    def coarse_line(self, line: Tidy) -> Tidy:
        """Estimate of a mean or share as it may be published; a stand-in's stays exact."""
        return coarse_line(line, len(self.frame)) if self.observed else line


def load_survey(root: Path, kind: str) -> Survey:
    """Load the survey; a stand-in that is not there, or not that of today's truth, is made first.

    Kinds of unit that are too small to be told of are left out here, whatever the survey, and the
    names of an observed one become codes: see `compendium.data.disclosure`.

    Raises
    ------
    UserError
        Unknown kind, no observed survey, a file that is damaged or of another kind, or no kind of
        unit that is large enough.
    """
    instrument, known = load_instrument(root), known_kind(kind)
    path = survey_file(root, known)
    if known == "observed":
        if closed := close_private(root):
            said = {"names": ", ".join(closed), "folder": PRIVATE.as_posix()}
            sys.stderr.writelines(CLOSED_WORDS[lang].format(**said) + "\n" for lang in LANGS)
    else:
        ensure_standin(root, known, instrument)
    stored = read_survey(path, instrument)
    if stored.kind != EVIDENCE[known]:
        raise UserError(f"this file is {stored.kind}, not {EVIDENCE[known]}", "put back", path)
    dropped = screen(instrument, stored.columns)
    small, columns, dropped = _without_small(instrument, stored.columns, dropped)
    if known == "observed":
        columns, dropped = _coded(instrument, columns, dropped)
    frame = frame_of(instrument, columns, dropped)
    if small:
        frame[KIND] = frame[KIND].cat.remove_categories(list(small))
    # An attention check that all passed tells something all the same.
    names = [name for name in instrument.items if name not in instrument.screens.attention]
    silent = tuple(name for name in names if frame[name].nunique() < 2)
    questions = {name: q for name, q in instrument.questions.items() if name not in silent}
    return Survey(
        frame=frame,
        kind=known,
        sha256=stored.sha256,
        evidence=EVIDENCE[known],
        dropped=_dropped_frame(dropped),
        source=stored.source,
        instrument=replace(instrument, questions=questions),
        silent=silent,
        small=small,
    )


def _without_small(
    instrument: Instrument, columns: Columns, dropped: tuple[Dropped, ...]
) -> tuple[tuple[str, ...], Columns, tuple[Dropped, ...]]:
    """Kinds of unit that are too small, and all rows, dropped ones too, without theirs."""
    kinds = columns[KIND]
    stay = kept(len(kinds), dropped)
    given = {name: values[stay] for name, values in columns.items()}
    held = small_kinds(given[KIND], given[COUNTY], _answered(instrument, given))
    names = instrument.codes(KIND)
    absent = set(range(len(names))) - set(given[KIND].tolist())
    small = tuple(str(names[place]) for place in sorted({*held.tolist(), *absent} - {EMPTY}))
    if len(small) == len(names):
        raise UserError(
            f"no kind of unit has {MINIMUM_CELL} respondents in two counties who answered a domain",
            "collect more answers",
        )
    others = ~np.isin(kinds, held)
    place = np.cumsum(others)
    moved = tuple(
        replace(one, row=int(place[one.row - 1])) for one in dropped if others[one.row - 1]
    )
    return small, {name: values[others] for name, values in columns.items()}, moved


def _answered(instrument: Instrument, columns: Columns) -> list[NDArray[np.bool_]]:
    """Who answered all questions on a domain, of the domains that anybody answered."""
    found = []
    for domain in instrument.domains:
        items = [name for name, q in instrument.questions.items() if q.domain == domain]
        asked = [columns[name] >= LOWEST for name in items if (columns[name] >= LOWEST).any()]
        found += [np.logical_and.reduce(asked)] if asked else []
    return found


def _coded(
    instrument: Instrument, columns: Columns, dropped: tuple[Dropped, ...]
) -> tuple[Columns, tuple[Dropped, ...]]:
    """Columns and dropped rows with codes in place of all names."""
    stay = kept(len(columns[KIND]), dropped)
    salt = hashlib.sha256(b"".join(columns[name][stay].tobytes() for name in instrument.items))
    names = [name for name, q in instrument.questions.items() if q.type == "string"]
    coded = {name: codes(columns[name], name[0], salt.digest()) for name in names}
    named = coded["respondent_id"]
    told = tuple(replace(one, respondent=str(named[one.row - 1])) for one in dropped)
    return {**columns, **coded}, told


def known_kind(kind: str) -> Kind:
    """The kind of survey of that name; raises UserError where there is none."""
    found = next((one for one in KINDS if one == kind), None)
    if found is None:
        raise UserError(f"unknown survey '{kind}'", f"use one of: {', '.join(KINDS)}")
    return found


def survey_file(root: Path, kind: str) -> Path:
    """Where the file of a kind of survey is, or will be; raises UserError for an observed one."""
    path = root / FILES[known_kind(kind)]
    if kind == "observed" and not path.is_file():
        mend = f"import one with '{program()} data import', or use survey=standin"
        raise UserError("there is no observed survey", mend, file=path)
    return path


def survey_state(root: Path, kind: str) -> str:
    """What a notebook on the survey depends on: hash of the file, or of a stand-in's recipe."""
    known = known_kind(kind)
    if known != "observed":
        made_of = recipe(root, null=known == "standin-null")
        return hashlib.sha256(repr(sorted(made_of.items())).encode()).hexdigest()
    about = read_about(survey_file(root, kind))
    return str(about["sha256"]) if about else "unreadable"


def recipe(
    root: Path,
    *,
    respondents: int | None = None,
    seed: int | None = None,
    scale: int = 1,
    null: bool = False,
) -> dict[str, Any]:
    """All that decides a stand-in's content; None stands for the truth's own number."""
    standin = registered().needed("standin")
    return {
        "respondents": respondents,
        "seed": seed,
        "scale": scale,
        "null": null,
        "truth": _hash(root / standin.TRUTH),
        "instrument": _hash(root / INSTRUMENT),
        "generator": _hash(*standin.GENERATOR),
    }


def ensure_standin(
    root: Path, kind: Kind = "standin", instrument: Instrument | None = None
) -> Path:
    """Make a stand-in that notebooks use where it is not there or stale; return its path."""
    path, wanted = root / FILES[kind], recipe(root, null=kind == "standin-null")
    about = read_about(path)
    if about is None or about.get("source") != wanted:
        make_standin(path, root, instrument or load_instrument(root), wanted)
    return path


@dataclass(frozen=True)
class Made:
    """A stand-in that was written."""

    rows: int
    sha256: str


def make_standin(
    path: Path,
    root: Path,
    instrument: Instrument,
    wanted: Mapping[str, Any],
    advance: Callable[[], object] = lambda: None,
) -> Made:
    """Draw the stand-in of a recipe and write it, as CSV or Parquet by the suffix of `path`.

    A CSV file carries neither kind nor hash; its respondents' names still say what they are.
    """
    columns: Columns = registered().needed("standin").draw(root, instrument, wanted, advance)
    rows = len(columns["respondent_id"])
    if path.suffix.lower() != ".csv":
        sha256 = write_survey(path, instrument, columns, EVIDENCE["standin"], dict(wanted))
        return Made(rows, sha256)
    content = csv_bytes(arrow_table(instrument, columns))
    write_atomic(path, content)
    return Made(rows, hashlib.sha256(content).hexdigest())


def frame_of(
    instrument: Instrument, columns: Columns, dropped: tuple[Dropped, ...] = ()
) -> pd.DataFrame:
    """Typed frame of a survey's columns without the dropped rows; the one place of reversal."""
    import pandas as pd

    rows = len(columns["respondent_id"])
    stay = kept(rows, dropped) if dropped else slice(None)
    questions = instrument.questions.items()
    typed = {
        name: _typed(instrument, question, columns[name][stay]) for name, question in questions
    }
    return pd.DataFrame(typed, copy=False)


def turned(question: Question, answers: NDArray[Any]) -> NDArray[Any]:
    """Answers to an item in the direction of its construct; codes below 1 stay as they are."""
    return (
        np.where(answers >= LOWEST, LOWEST + HIGHEST - answers, answers)
        if question.reversed
        else answers
    )


def _typed(instrument: Instrument, question: Question, array: NDArray[Any]) -> Any:
    import pandas as pd

    if question.type == "category":
        codes = [str(code) for code in instrument.codes(question.name)]
        return pd.Categorical.from_codes(np.where(array < 0, -1, array), categories=codes)
    if question.type == "string":
        return pd.array(array, dtype="str")
    if question.type == "number":
        return array
    answers = turned(question, array) if question.type == "item" else array
    return pd.arrays.IntegerArray(answers.astype(np.int64), answers < 0)


def _dropped_frame(dropped: tuple[Dropped, ...]) -> pd.DataFrame:
    import pandas as pd

    names = [field.name for field in fields(Dropped)]
    return pd.DataFrame([asdict(one) for one in dropped], columns=names)


def _hash(*paths: Path) -> str:
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()
