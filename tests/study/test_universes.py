"""Columns of the multiverse's frames: each is asked for by a choice, or read by another."""

import re
from pathlib import Path

import pandas as pd

from grassroots import universes

ROOT = Path(__file__).parents[2]


def test_each_sample_that_is_marked_is_one_of_the_plan() -> None:
    source = Path(universes.__file__).read_text(encoding="utf-8")
    plan = (ROOT / "notebooks" / "plan" / "multiverse.yml").read_text(encoding="utf-8")
    marked = set(re.findall(r"\bkeeps_\w+", source))
    asked = set(re.findall(r"\bkeeps_\w+", plan))
    assert marked
    assert marked == asked


def test_lists_of_three_are_long_and_one_over_half_is_a_majority() -> None:
    """Half of those sanctioned at township level or below is no majority; three are a long list."""
    incidents = pd.read_csv(ROOT / "data" / "incidents" / "incidents.csv")
    found = universes.notice_columns(incidents)
    shares = found["township_or_below"] / found["sanctioned"]
    assert (found["majority_below"] == (shares > 0.5)).all()
    assert (found.loc[shares == 0.5, "majority_below"] == 0).all()
    assert (shares == 0.5).any(), "the data have an incident of just half"
    assert (found.loc[found["sanctioned"] == 3, "keeps_long"] == 1).all()
    assert (found.loc[found["sanctioned"] == 2, "keeps_long"] == 0).all()
    assert (found["is_epidemic"] + found["is_other"] == 1).all()
