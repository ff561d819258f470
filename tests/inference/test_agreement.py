"""Every method of the inference room agrees with other software, and the table says so."""

import importlib.util
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "reference" / "inference"


def load(name):
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


agreement = load("agreement")
ROWS = list(agreement.rows())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method}, {row.reference}, {row.what}")
def test_agrees(row):
    assert row.difference <= row.tolerance


@pytest.mark.parametrize("name", ["agreement.csv", "agreement.md"])
def test_the_table_is_current(name):
    assert (FOLDER / name).read_text("utf-8") == agreement.tables(ROWS)[name]


def test_the_table_covers_every_kind_of_test():
    methods = {row.method.split(",")[0] for row in ROWS}
    assert methods >= {"WCR", "WCU", "Romano-Wolf", "effective clusters"}
