"""Each parameter of each notebook is run off its default once: something recorded must move.

Runs are of the quick profile, in processes of their own, without external data and pictures.
"""

import atexit
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from compendium.plan import load_plan
from compendium.review.mutation.checks import executed
from compendium.review.mutation.copies import Copy, in_child
from compendium.run.notebook import read_notebook

ROOT = Path(__file__).parents[1]
SECONDS = 600
OFF = {
    "level": 0.9,
    "seed": 7,
    "draws": 299,
    "min_sanctioned": 3,
    "qca_consistency": 0.9,
    "qca_pri": 0.9,
    "qca_frequency": 3,
    "survey": "standin-null",
    "weighted": True,
    "imputations": 3,
    "resamples": 199,
    "replications": 30,
}
NOTEBOOKS = {path.stem: path for path in sorted((ROOT / "notebooks").glob("*.ipynb"))}
ASKED = [
    (name, parameter)
    for name, path in NOTEBOOKS.items()
    for parameter in read_notebook(path).parameters
    if parameter != "lang"
]


@cache
def copied() -> Path:
    """A copy of the project, since a survey that is loaded leaves its table in the reports."""
    folder = TemporaryDirectory(prefix="parameters-")
    atexit.register(folder.cleanup)
    copy = Copy(ROOT, Path(folder.name) / "copy")
    copy.make()
    return copy.root


@cache
def recorded(name: str, *given: tuple[str, object]) -> dict[str, bytes]:
    """What a notebook writes of numbers: its ledger and the data of its exhibits."""
    quick = load_plan(ROOT).profiles["quick"]
    values = {n: v for n, v in quick.items() if n in read_notebook(NOTEBOOKS[name]).parameters}
    with TemporaryDirectory() as folder:
        staging = Path(folder)
        run = partial(executed, copied(), name, staging, fresh=False, given=values | dict(given))
        in_child(run, SECONDS)
        found = [*staging.glob("ledger/*.csv"), *staging.glob("exhibits/*.csv")]
        return {path.relative_to(staging).as_posix(): path.read_bytes() for path in found}


@pytest.mark.parametrize(("name", "parameter"), ASKED)
def test_a_parameter_off_its_default_moves_what_is_recorded(name, parameter):
    default = recorded(name)
    assert default.keys() >= {f"ledger/{name}.csv"}
    moved = recorded(name, (parameter, OFF[parameter]))
    assert moved.keys() == default.keys()
    assert any(moved[path] != content for path, content in default.items())


def test_the_same_parameters_give_the_same_bytes():
    assert recorded.__wrapped__("01_data") == recorded("01_data")
