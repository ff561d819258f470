"""What a notebook or a command of the first edition meets today."""

import importlib
import subprocess
import sys

import pytest

from grassroots.first_edition import now

OLD = {
    "study": "compendium.study",
    "models.linear": "compendium.stats.linear",
    "measures.factor": "compendium.measurement.factor",
    "measures.accountability": "grassroots.accountability",
    "exhibits.ledger": "compendium.claims.ledger",
    "exhibits.canvas": "compendium.exhibits.canvas",
    "inference.calibration.simulation": "grassroots.calibration.simulation",
    "inference.calibration.diagnosis": "compendium.inference.diagnosis",
    "inference.wild": "compendium.inference.wild",
    "data.crossrules.incidents": "grassroots.rules.incidents",
    "survey.truth": "grassroots.simulated",
    "survey.instrument": "compendium.survey.instrument",
    "pipeline.run": "compendium.run.conduct",
    "pipeline.steps": "compendium.run.steps",
    "cli": "compendium.cli",
}


@pytest.mark.parametrize(("old", "new"), OLD.items())
def test_a_name_of_the_first_edition_says_the_new_one(old, new):
    assert now(old) == new
    importlib.import_module(new)
    with pytest.raises(ImportError, match=rf"'grassroots\.{old}' is '{new}' now"):
        importlib.import_module(f"grassroots.{old}")


def test_what_an_old_package_gave_says_where_it_is():
    with pytest.raises(
        ImportError, match=r"'grassroots\.models' is 'compendium\.stats' now: take 'ols'"
    ):
        exec("from grassroots.models import ols")


def test_a_name_that_never_was_is_refused_as_anywhere():
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'grassroots\.nonsense'"):
        importlib.import_module("grassroots.nonsense")


def test_the_command_of_the_first_edition_says_the_new_one():
    command = [sys.executable, "-m", "grassroots.cli", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode
    assert "'grassroots.cli' is 'compendium.cli' now" in done.stderr
