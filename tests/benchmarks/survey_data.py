"""Speed and memory of the survey's data: `python tests/benchmarks/survey_data.py [--quick]`.

A stand-in of a million respondents (a fiftieth of that with --quick) is drawn, written as a Stata
file with GB18030 labels, imported and loaded. Prints one line a figure, NAME VALUE: seconds of each
step (smaller is better), and the memory promised over the largest that was used (above 1 is good).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from grassroots.survey import load_instrument, load_survey
from grassroots.survey.formats import read_raw
from grassroots.survey.importing import draft_mapping, import_survey
from grassroots.survey.instrument import INSTRUMENT, Instrument
from grassroots.survey.standin import PREFIX, Simulated, simulate
from grassroots.survey.store import EMPTY
from grassroots.survey.truth import TRUTH, load_truth

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


def stata_frame(instrument: Instrument, made: Simulated) -> pd.DataFrame:
    """Whole numbers for answers, text for names."""
    columns = {}
    for name, question in instrument.questions.items():
        values = made.columns[name]
        if question.type == "string":
            columns[name] = [str(value).removeprefix(PREFIX) for value in values]
        elif question.type == "number":
            columns[name] = values
        else:
            columns[name] = pd.arrays.IntegerArray(values.copy(), values == EMPTY)
    return pd.DataFrame(columns, copy=False)


def write_stata(instrument: Instrument, made: Simulated, path: Path) -> None:
    """Write a version 117 file with Chinese labels in GB18030."""
    codes = {}
    for name, question in instrument.questions.items():
        if question.answers is not None:
            answers = instrument.answers[question.answers]
            by_place = question.type == "category"
            labels = {
                i if by_place else int(code): t.zh for i, (code, t) in enumerate(answers.items())
            }
            codes[name] = {code: as_gb_bytes(label) for code, label in labels.items()}
    stata_frame(instrument, made).to_stata(path, write_index=False, version=117, value_labels=codes)


@contextmanager
def timed(figures: dict[str, float], name: str) -> Iterator[None]:
    """Put the seconds that something takes among the figures."""
    start = time.perf_counter()
    yield
    figures[f"{name}_seconds"] = time.perf_counter() - start


def measure(respondents: int, root: Path, say: Callable[[str], object]) -> dict[str, float]:
    """Seconds of each step, and the memory limit over what was used."""
    figures: dict[str, float] = {}
    for path in (INSTRUMENT, TRUTH):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes((ROOT / path).read_bytes())
    instrument = load_instrument(root)
    truth = load_truth(root, instrument).scaled(max(1, respondents // PER_DEFAULT))
    with timed(figures, "standin"):
        made = simulate(instrument, truth, respondents=respondents)
    file, mapping = root / "a.dta", root / "mapping.yml"
    write_stata(instrument, made, file)
    del made
    with timed(figures, "read_dta"):
        raw = read_raw(file)
    mapping.write_text(draft_mapping(raw, instrument), encoding="utf-8")
    assert raw.encoding == "GB18030"
    del raw
    with timed(figures, "import_dta"):
        done = import_survey(root, file, mapping, accept=True)
    assert done.written is not None
    with timed(figures, "load"):
        survey = load_survey(root, "observed")
    say(f"{done.rows} rows, {len(survey.frame)} kept")
    if sys.platform != "win32":  # where the largest memory used can be asked for
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KILOBYTE
        figures["memory_limit_over_used"] = MEMORY_LIMIT / used
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
