"""Settings of a user's shell that the product does not obey, or refuses by name."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import grassroots
from compendium import cli
from compendium.errors import UserError
from compendium.surroundings import settle


@pytest.fixture(autouse=True)
def _keep(monkeypatch):
    for name in ("MPLBACKEND", "PYTHONNOUSERSITE", "SOURCE_DATE_EPOCH"):
        monkeypatch.setenv(name, "0")  # so that it is put back


@pytest.mark.parametrize(
    "clock", ["abc", "99999999999999", "1732000000000", "1e9", "-300000000000"]
)
def test_a_wrong_clock_is_refused_in_one_line_that_names_the_variable(monkeypatch, capsys, clock):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", clock)
    assert cli.main(["report", "--format", "docx"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error: value '{clock}': the environment variable SOURCE_DATE_EPOCH ")
    assert said.count("\n") == 1


@pytest.mark.parametrize("clock", ["0", "1", "-5", "1732000000", " 12 "])
def test_a_clock_in_seconds_is_left_alone(monkeypatch, clock):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", clock)
    settle()
    assert os.environ["SOURCE_DATE_EPOCH"] == clock


def test_an_empty_clock_counts_as_none(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "")
    settle()
    assert "SOURCE_DATE_EPOCH" not in os.environ


@pytest.mark.parametrize("backend", ["Qt4Agg", "nonsense", "module://nowhere"])
def test_the_product_draws_without_a_screen_whatever_is_set(monkeypatch, backend):
    monkeypatch.setenv("MPLBACKEND", backend)
    settle()
    assert os.environ["MPLBACKEND"] == "agg"


def test_what_is_started_does_not_look_into_the_users_own_packages(monkeypatch):
    monkeypatch.delenv("PYTHONNOUSERSITE")
    settle()
    assert os.environ["PYTHONNOUSERSITE"] == "1"


def test_no_time_beyond_the_calendar(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "253402300799")
    settle()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "253402300800")
    with pytest.raises(UserError, match="SOURCE_DATE_EPOCH"):
        settle()


@pytest.mark.parametrize(
    ("asked", "encoding", "shown"),
    [("gbk", "gbk", "权责 \\U0001f600"), ("", "utf-8", "权责 \U0001f600")],
)
def test_output_is_utf8_unless_another_encoding_is_asked_for(asked, encoding, shown):
    code = "from compendium.cli import _speak_utf8; _speak_utf8(); print('权责 \\U0001f600')"
    source = str(Path(grassroots.__file__).parents[1])
    env = os.environ | {"PYTHONIOENCODING": asked, "PYTHONPATH": source}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True)
    assert done.stdout.decode(encoding).strip() == shown
