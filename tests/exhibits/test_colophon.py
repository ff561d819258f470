"""The foot of an exhibit says when its words speak of other parameters; its file keeps them."""

import json
from types import SimpleNamespace

import pytest

from compendium.exhibits.colophon import Colophon
from compendium.text import LANGS, Text

EXHIBIT = SimpleNamespace(
    id="fig-a",
    kind="figure",
    notebook="01_a",
    evidence=("observed",),
    claims=("C1",),
    title=Text("Two lists", "两份名单"),
    subtitle=None,
    note=Text("Note", "注"),
    source=None,
    alt=None,
)
DEFAULTS = {"level": 0.95, "seed": 7}
WARNING = {"en": "words on methods were written for the default", "zh": "方法说明按默认参数写成"}
DEFAULT = {"en": "level 0.9 (default 0.95)", "zh": "level 0.9 (默认 0.95)"}


@pytest.mark.parametrize("lang", LANGS)
def test_a_changed_parameter_is_told_with_its_default(lang):
    changed = Colophon.of(EXHIBIT, DEFAULTS | {"level": 0.9}, {}, DEFAULTS)
    assert WARNING[lang] in changed.line(lang)
    assert DEFAULT[lang] in changed.line(lang)


@pytest.mark.parametrize("lang", LANGS)
def test_default_parameters_need_no_warning(lang):
    assert WARNING[lang] not in Colophon.of(EXHIBIT, DEFAULTS, {}, DEFAULTS).line(lang)


def test_the_file_for_machines_is_the_same_whatever_the_defaults():
    with_defaults = Colophon.of(EXHIBIT, DEFAULTS, {}, DEFAULTS)
    assert with_defaults.json_bytes() == Colophon.of(EXHIBIT, DEFAULTS, {}).json_bytes()


def test_the_file_for_machines_keeps_the_words_of_the_run_in_both_languages():
    told = json.loads(Colophon.of(EXHIBIT, DEFAULTS, {}).json_bytes())
    assert told["title"] == {"en": "Two lists", "zh": "两份名单"}
    assert "alt" not in told
