"""What the compendium is, in the study's own words: `notebooks/plan/about.yml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from compendium.plan.base import Identifier, Strict
from compendium.registry import program
from compendium.strict_yaml import load_strict
from compendium.text import Lang, Text

ABOUT_FILE = "about.yml"
CITATION = Path("CITATION.cff")


def _name() -> Text:
    return Text(program(), program())


class About(Strict):
    """Title and words of reports; a study without the file goes by the name of its command.

    Attributes
    ----------
    title, short
        Of every report, and of the site where there is little room.
    lead
        What is tested, in one or two sentences under the title.
    about
        What the study is, for readers who come to the site first; left out where there is none.
    stand_in
        Why there are made-up answers; needed only where a notebook loads a survey.
    data_as_of
        The date of the data in words.
    keywords
        By language, for the PDF.
    by_claim
        Tables of which the site shows each claim its own rows; they have a column `claim`.
    false_positives
        Table that says how often tests hold on simulated data in which their claim is false; it
        has the columns `category` (the test), `size` and `nominal`.
    appendix
        Notebooks whose exhibits printed reports show in an appendix.
    """

    title: Text = Field(default_factory=_name)
    short: Text | None = None
    lead: Text = Text("Claims and the data they are tested on.", "各项论断及其检验所用数据。")
    about: Text | None = None
    stand_in: Text | None = None
    data_as_of: Text | None = None
    keywords: dict[Lang, tuple[str, ...]] = Field(default_factory=dict)
    by_claim: tuple[Identifier, ...] = ()
    false_positives: Identifier | None = None
    appendix: tuple[str, ...] = ()

    def short_title(self, lang: Lang) -> str:
        """Title for where there is little room."""
        return (self.short or self.title)[lang]


@dataclass(frozen=True)
class Citation:
    """How the compendium is cited, from `CITATION.cff`; what that lacks is empty."""

    authors: tuple[str, ...] = ()
    date: str = ""
    licence: str = ""
    doi: str = ""


def citation_of(root: Path) -> Citation:
    """Read authors, family name last, date, licence and DOI of `CITATION.cff`, where there is one.

    Raises
    ------
    UserError
        The file can't be read.
    """
    path = root / CITATION
    told = load_strict(path).mapping() if path.is_file() else {}
    return Citation(
        authors=tuple(map(_name_of, told.get("authors", ()))),
        **{
            name: str(told.get(key, ""))
            for name, key in (("date", "date-released"), ("licence", "license"), ("doi", "doi"))
        },
    )


def _name_of(one: Mapping[str, Any]) -> str:
    return str(
        one.get("name") or f"{one.get('given-names', '')} {one.get('family-names', '')}".strip()
    )
