"""What is said of time and memory is what was measured."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

from compendium.run.times import times
from compendium.text import LANGS

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "tests" / "benchmarks" / "results"


def load(name):
    return json.loads((RESULTS / name).read_text("utf-8"))


@pytest.mark.parametrize("lang", LANGS)
def test_the_readme_shows_the_times_of_a_recorded_run_and_names_its_machine(lang):
    readme = (ROOT / {"en": "README.md", "zh": "README.zh-CN.md"}[lang]).read_text("utf-8")
    record = load("run.json")
    assert "\n".join(times(record, lang)) in readme
    machine = record["machine"]
    assert machine["processor"] in readme
    assert f"{machine['memory_gb']} GB" in readme
    books = {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert set(record["notebooks"]) == books, "a notebook came or went: measure again"


def test_the_cost_beside_the_first_edition_is_shown_as_it_was_measured():
    path = ROOT / "tests" / "benchmarks" / "editions.py"
    spec = importlib.util.spec_from_file_location("editions", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    told = load("editions.json")
    assert "\n".join(module.table(told["figures"])) in (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert told["baseline"] == module.BASELINE
