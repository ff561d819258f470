"""A run knows which survey it is on, and only notebooks that load it depend on it."""

import pytest

from compendium.errors import UserError
from compendium.root import find_root
from compendium.run.options import RunOptions
from compendium.run.steps import open_project, steps_of

SURVEY_NOTEBOOKS = {"08_measurement", "09_imbalance", "10_collaboration", "11_robustness"}


def survey_inputs(**options):
    project = open_project(RunOptions(root=find_root(), **options))
    return {
        name: [one.name for one in step.inputs if one.name.startswith("survey ")]
        for name, step in steps_of(project).items()
    }


def test_only_the_survey_notebooks_depend_on_the_survey():
    found = survey_inputs()
    assert {name for name, inputs in found.items() if inputs} == SURVEY_NOTEBOOKS
    assert found["09_imbalance"] == ["survey standin"]


def test_the_observed_survey_is_refused_before_anything_runs_where_there_is_none():
    with pytest.raises(UserError, match="no observed survey"):
        survey_inputs(profile="observed")
