"""Parameters: what is accepted, with which value, and what is refused."""

import json
import re
from types import SimpleNamespace

import pytest

from compendium.errors import UserError
from compendium.run.notebook import read_notebook
from compendium.run.parameters import for_notebook, parse, resolve


def declare(type, default, minimum=None, maximum=None, choices=()):  # noqa: A002
    return SimpleNamespace(
        type=type, default=default, minimum=minimum, maximum=maximum, choices=choices
    )


DECLARED = {
    "lang": declare("str", "en", choices=("en", "zh")),
    "draws": declare("int", 999, minimum=99, maximum=100000),
    "level": declare("float", 0.95, minimum=0.5, maximum=0.999),
    "weighted": declare("bool", False),
    "rule": declare("str", "strict", choices=("strict", "lenient")),
    "label": declare("str", "a"),
}
PROFILES = {"default": {}, "quick": {"draws": 199}}


@pytest.mark.parametrize(
    ("override", "value"),
    [
        ("draws=199", 199),
        (" draws = 199 ", 199),
        ("draws=+199", 199),
        ("level=0.9", 0.9),
        ("level=9e-1", 0.9),
        ("weighted=true", True),
        ("weighted=False", False),
        ("rule=lenient", "lenient"),
        ("label=a=b 基层", "a=b 基层"),
    ],
)
def test_values_are_read_as_their_type(override, value):
    _, found = parse(override, DECLARED)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("draws", "'draws' is not name=value"),
        ("drawz=1", "unknown parameter 'drawz'; did you mean 'draws'? known: lang, draws, level"),
        (
            "draws=1.5",
            "parameter 'draws' is a whole number, not '1.5'; give a whole number from 99",
        ),
        ("draws=1_000", "parameter 'draws' is a whole number, not '1_000'"),
        ("draws=１９９", "parameter 'draws' is a whole number"),
        ("draws=98", "parameter 'draws' can't be 98; give a whole number from 99 to 100000"),
        ("level=high", "parameter 'level' is a number, not 'high'"),
        ("level=1", "parameter 'level' can't be 1.0; give a number from 0.5 to 0.999"),
        ("level=nan", "parameter 'level' can't be nan"),
        ("weighted=yes", "parameter 'weighted' is true or false, not 'yes'"),
        ("rule=soft", "parameter 'rule' can't be 'soft'; give one of: strict, lenient"),
        ("lang=zh", "the language is not set with -p; leave it out: a run is in all"),
    ],
)
def test_wrong_values_are_refused_with_what_is_right(override, said):
    with pytest.raises(UserError, match=re.escape(said)):
        parse(override, DECLARED)


def test_command_line_goes_before_profile_and_profile_before_default():
    assert resolve(DECLARED, PROFILES)["draws"] == 999
    assert resolve(DECLARED, PROFILES, profile="quick")["draws"] == 199
    values = resolve(DECLARED, PROFILES, profile="quick", overrides=("draws=299",))
    assert (values["draws"], values["lang"]) == (299, "en")


def test_a_value_of_a_profile_out_of_range_is_refused():
    with pytest.raises(UserError, match="parameter 'draws' can't be 9; give"):
        resolve(DECLARED, {"default": {"draws": 9}})


def notebook(tmp_path, *cells):
    made = [
        {
            "cell_type": kind,
            "metadata": {"tags": [tag]} if tag else {},
            "source": source.splitlines(keepends=True),
        }
        for kind, tag, source in cells
    ]
    path = tmp_path / "01_data.ipynb"
    path.write_text(json.dumps({"cells": made, "nbformat": 4}), encoding="utf-8")
    return read_notebook(path)


def test_a_notebook_gets_only_what_its_cell_names(tmp_path):
    found = notebook(
        tmp_path,
        ("code", "parameters", "draws: int = 999\nlevel: float = 0.95\n"),
        ("code", "", "x = draws"),
    )
    values = resolve(DECLARED, PROFILES, overrides=("level=0.9",))
    assert for_notebook(found, DECLARED, values) == {"draws": 999, "level": 0.9}


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (
            [("code", "", "x = 1")],
            "the notebook has no code cell tagged 'parameters'; give exactly",
        ),
        ([("markdown", "parameters", "x")], "the notebook has no code cell tagged 'parameters'"),
        ([("code", "parameters", "")] * 2, "the notebook has 2 code cells tagged 'parameters'"),
        ([("code", "parameters", "draws = 999")], "cell 1, line 1: not a typed parameter"),
        ([("code", "parameters", "draws: int")], "cell 1, line 1: not a typed parameter"),
        ([("code", "parameters", "# a\ndraws: int = f()")], "line 2: 'draws' is not a literal"),
        ([("code", "parameters", "draws: list = []")], "parameter 'draws' has the type 'list'"),
        ([("code", "parameters", "draws: int = True")], "declared int but its value is True"),
        ([("code", "parameters", "draws: int = ")], "cell 1, line 1: not valid Python"),
    ],
)
def test_a_parameters_cell_holds_typed_literals(tmp_path, cells, said):
    with pytest.raises(UserError, match=re.escape(said)):
        _ = notebook(tmp_path, *cells).parameters


def test_what_is_no_notebook_is_refused(tmp_path):
    path = tmp_path / "x.ipynb"
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(UserError, match="not a Jupyter notebook"):
        read_notebook(path)
    with pytest.raises(UserError, match="the plan names a notebook that is not there"):
        read_notebook(tmp_path / "y.ipynb")


def test_a_parameter_given_twice_is_refused():
    with pytest.raises(UserError, match="parameter 'level' is given twice; give it once"):
        resolve(DECLARED, PROFILES, overrides=("level=0.9", "level = 0.8"))
