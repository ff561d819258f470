"""Every code has words in both languages, or the message says where to add them."""

from types import SimpleNamespace

import pytest

from compendium.errors import UserError
from compendium.exhibits.labels import Labels
from compendium.text import Text

FIRE = Text("Fire", "火灾")


def column(en, zh, **values):
    return SimpleNamespace(label=Text(en, zh), values=values)


LABELS = Labels(
    plan_labels={"all": Text("All", "全部"), "year": Text("Fiscal year", "财政年度")},
    tables={
        "incidents": {
            "hazard": column("Hazard", "灾种", fire=FIRE),
            "notes": column("Notes", "备注"),
        },
        "series": {"year": column("Year", "年份"), "notes": column("Remarks", "说明")},
    },
)


@pytest.mark.parametrize(
    ("code", "source", "lang", "words"),
    [
        ("fire", "incidents.hazard", "zh", "火灾"),
        ("hazard", "incidents", "en", "Hazard"),
        ("hazard", None, "zh", "灾种"),
        ("all", None, "en", "All"),
        ("all", "incidents.hazard", "zh", "全部"),
        ("year", None, "en", "Fiscal year"),
        ("year", "series", "en", "Year"),
        ("hazard[fire]", None, "en", "Hazard: Fire"),
        ("hazard[fire]", "incidents", "zh", "灾种：火灾"),
        ("Intercept", "incidents", "en", "Constant"),
        ("const", None, "zh", "常数项"),
    ],
)
def test_words_of_a_code(code, source, lang, words):
    assert LABELS.text(code, source, lang=lang) == words


@pytest.mark.parametrize(
    ("code", "source", "mend"),
    [
        ("flood", "incidents.hazard", "values of incidents.hazard in the codebook"),
        ("rank", "incidents", "table incidents of the codebook"),
        ("flood", None, "exhibits.yml"),
        ("notes", None, "exhibits.yml"),
        ("hazard[flood]", None, "exhibits.yml"),
        ("fire", "events.hazard", "unknown table, events"),
        ("fire", "incidents.cause", "unknown column, incidents.cause"),
    ],
)
def test_a_code_without_words_is_an_error(code, source, mend):
    with pytest.raises(UserError, match=mend):
        LABELS.text(code, source, lang="en")
