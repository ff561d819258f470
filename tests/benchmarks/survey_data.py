"""Speed and memory of the survey's data: `python tests/benchmarks/survey_data.py [--quick]`.

A stand-in of a million respondents (a fiftieth of that with --quick) is drawn, written as a .csv, an
SPSS file and a Stata file with GB18030 labels; each is imported and loaded in a process of its own.
Prints one line a figure, NAME VALUE: seconds of each step (smaller is better), and the memory
promised over the largest that was used (above 1 is good).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat

from compendium.survey import load_instrument, load_survey
from compendium.survey.formats import read_raw
from compendium.survey.importing import draft_mapping, import_survey
from compendium.survey.instrument import INSTRUMENT, Instrument
from compendium.survey.store import EMPTY
from grassroots.simulated import TRUTH, load_truth
from grassroots.standin import PREFIX, Simulated, simulate

ROOT = Path(__file__).parents[2]
RESPONDENTS, QUICK = 1_000_000, 20_000
PER_DEFAULT = 3_000
MEMORY_LIMIT = 8 * 2**30
"""Bytes within which a survey of a million respondents has to be read."""

KILOBYTE = 1 if sys.platform == "darwin" else 1024
"""Unit in which the system tells the largest memory used."""


def as_gb_bytes(text: str) -> str:
    """Text whose Latin-1 bytes are the GB18030 bytes of another, as old Stata files hold them."""
    return text.encode("gb18030").decode("latin-1")


def frame_of(instrument: Instrument, made: Simulated) -> pd.DataFrame:
    """Whole numbers for answers, text for names."""
    columns: dict[str, Any] = {}
    for name, question in instrument.questions.items():
        values = made.columns[name]
        if question.type == "string":
            columns[name] = [str(value).removeprefix(PREFIX) for value in values]
        elif question.type == "number":
            columns[name] = values
        else:
            columns[name] = pd.arrays.IntegerArray(values.copy(), values == EMPTY)
    return pd.DataFrame(columns, copy=False)


def labels_of(instrument: Instrument) -> dict[str, dict[float, str]]:
    """Chinese labels of all codes, as the file holds them."""
    return {
        name: {
            i if question.type == "category" else int(code): label.zh
            for i, (code, label) in enumerate(instrument.answers[question.answers].items())
        }
        for name, question in instrument.questions.items()
        if question.answers is not None
    }


def write_dta(instrument: Instrument, frame: pd.DataFrame, path: Path) -> None:
    """Write a version 117 file with Chinese labels in GB18030."""
    labels = {
        name: {code: as_gb_bytes(label) for code, label in codes.items()}
        for name, codes in labels_of(instrument).items()
    }
    frame.to_stata(path, write_index=False, version=117, value_labels=labels)


def write_sav(instrument: Instrument, frame: pd.DataFrame, path: Path) -> None:
    """Write an SPSS file; SPSS too packs small whole numbers."""
    told = {name: frame[name].astype("float64") for name in frame if frame[name].dtype != "str"}
    labels = labels_of(instrument)
    pyreadstat.write_sav(
        frame.assign(**told), path, variable_value_labels=labels, row_compress=True
    )


def write_csv(instrument: Instrument, frame: pd.DataFrame, path: Path) -> None:
    """Write a .csv with the wordings of the questions as headings."""
    questions = instrument.questions
    names = {name: q.text.zh for name, q in questions.items() if q.text is not None}
    told = {
        name: frame[name].map(dict(enumerate(instrument.codes(name))))
        for name, question in questions.items()
        if question.type == "category"
    }
    frame.assign(**told).rename(columns=names).to_csv(path, index=False)


WRITERS: dict[str, Callable[[Instrument, pd.DataFrame, Path], None]] = {
    "csv": write_csv,
    "sav": write_sav,
    "dta": write_dta,
}


@contextmanager
def timed(figures: dict[str, float], name: str) -> Iterator[None]:
    """Put the seconds that something takes among the figures."""
    start = time.perf_counter()
    yield
    figures[f"{name}_seconds"] = time.perf_counter() - start


def write_all(respondents: int, root: Path) -> dict[str, float]:
    """Draw the stand-in and write it as every kind of file."""
    figures: dict[str, float] = {}
    instrument = load_instrument(root)
    truth = load_truth(root, instrument).scaled(max(1, respondents // PER_DEFAULT))
    with timed(figures, "standin"):
        made = simulate(instrument, truth, respondents=respondents)
    frame = frame_of(instrument, made)
    del made
    for kind, write in WRITERS.items():
        write(instrument, frame, root / f"a.{kind}")
    return figures


def import_one(kind: str, root: Path) -> dict[str, float]:
    """Read, import and load one file."""
    figures: dict[str, float] = {}
    instrument = load_instrument(root)
    file, mapping = root / f"a.{kind}", root / f"{kind}.yml"
    with timed(figures, f"read_{kind}"):
        raw = read_raw(file)
    assert raw.encoding == ("GB18030" if kind == "dta" else "UTF-8")
    with timed(figures, f"draft_{kind}"):
        mapping.write_text(draft_mapping(raw, instrument), encoding="utf-8")
    del raw
    with timed(figures, f"import_{kind}"):
        done = import_survey(root, file, mapping, accept=True)
    assert done.written is not None
    with timed(figures, f"load_{kind}"):
        survey = load_survey(root, "observed")
    assert 0.9 * done.rows < len(survey.frame) <= done.rows  # careless and double ones are left out
    if sys.platform != "win32":  # where the largest memory used can be asked for
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KILOBYTE
        figures[f"memory_limit_over_used_{kind}"] = MEMORY_LIMIT / used
    return figures


def measure(respondents: int, root: Path, say: Callable[[str], object]) -> dict[str, float]:
    """Seconds of each step, and the memory limit over what was used, by kind of file."""
    for path in (INSTRUMENT, TRUTH):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes((ROOT / path).read_bytes())
    figures: dict[str, float] = {}
    spawn = get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn, max_tasks_per_child=1) as process:
        figures |= process.submit(write_all, respondents, root).result()
        for kind in WRITERS:
            say(f"{kind}: {(root / f'a.{kind}').stat().st_size / 2**20:.0f} MB")
            figures |= process.submit(import_one, kind, root).result()
    return figures


def main() -> None:
    """Measure, print, and write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smaller survey")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        n = QUICK if options.quick else RESPONDENTS
        figures = measure(n, Path(folder), lambda line: sys.stderr.write(line + "\n"))
    figures = {f"survey_data_{n}_{name}": value for name, value in figures.items()}
    for name, value in figures.items():
        print(name, f"{value:.4g}")
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
