"""A run knows which survey it is on, and only notebooks that load it depend on it."""

import pytest

from grassroots.errors import UserError
from grassroots.pipeline.options import RunOptions
from grassroots.pipeline.steps import open_project, steps_of
from grassroots.root import find_root

SURVEY_NOTEBOOKS = {"07_measurement", "08_imbalance", "09_collaboration", "10_robustness"}


def survey_inputs(**options):
    project = open_project(RunOptions(root=find_root(), **options))
    return {
        name: [one.name for one in step.inputs if one.name.startswith("survey ")]
        for name, step in steps_of(project).items()
    }


def test_only_the_survey_notebooks_depend_on_the_survey():
    found = survey_inputs()
    assert {name for name, inputs in found.items() if inputs} == SURVEY_NOTEBOOKS
    assert found["08_imbalance"] == ["survey standin"]


def test_the_observed_survey_is_refused_before_anything_runs_where_there_is_none():
    with pytest.raises(UserError, match="no observed survey"):
        survey_inputs(profile="observed")
