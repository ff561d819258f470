"""Texts on axes that an author drew, put into either language by codebook and plan."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text as TextArtist
from matplotlib.ticker import FixedFormatter, FixedLocator

from compendium.errors import UserError
from compendium.exhibits.labels import Labels
from compendium.exhibits.protocols import ExhibitPlan
from compendium.text import LANGS, Lang, Text

Words = Callable[[str], str]
"""Words of a text, in one language."""

# Numbers as matplotlib writes them: signs, powers, percent, ranges, currency; no letter but e.
_NUMBER = re.compile(r"[\s\d.,:;%‰+\-−–±×^{}()\[\]/<>=≤≥$€¥]*(?:e[+\-−]?\d+)?")
_MATHS = re.compile(r"\$\\mathdefault\{(.*)\}\$")
# How seaborn joins the names and codes of a grid's headings.
_JOINTS = re.compile(r"( \| | = )")


def words_in(
    lang: Lang, exhibit: ExhibitPlan, labels: Labels, columns: Sequence[str] = ()
) -> Words:
    """Return what finds the words of a text in `lang`.

    A text is a number, which stays as it is, a code or words of the plan or the codebook, or
    several of these, joined as in "hazard = flood | year = 2019". A code's words are those of the
    columns that the plan names under `labels`, then of drawn `columns` in the exhibit's sources,
    then the plan's own.

    Raises
    ------
    UserError
        When called: the text has no pair in the other language, or several.
    """
    drawn = [
        f"{table}.{name}"
        for table in exhibit.sources
        for name in columns
        if name in labels.tables.get(table, {})
    ]

    def found(text: str) -> str:
        if (pair := _pair(text, exhibit, labels, drawn)) is not None:
            return pair[lang]
        parts = _JOINTS.split(text)
        if len(parts) == 1:
            raise UserError(
                f"figure {exhibit.id}: a text on its axes has no pair in the other language",
                _mend(labels.columns_with(text)),
                value=text,
            )
        return "".join(part if _JOINTS.fullmatch(part) else found(part) for part in parts)

    return found


def translate(figure: Figure, exhibit: ExhibitPlan, words: Words, lang: Lang) -> None:
    """Put all texts of a figure into one language; axes that the plan names get the plan's words.

    Raises
    ------
    UserError
        A text has no pair in the other language, or the figure has a title of its own.
    """
    if figure.get_suptitle():
        mend = "leave it out: the title of an exhibit comes from the plan"
        raise UserError(f"figure {exhibit.id} has a title of its own", mend)
    ticks: set[int] = set()
    for name, axis in _axes_of(figure):
        if axis.get_label_text() and name in exhibit.axes:
            axis.set_label_text(exhibit.axes[name][lang])
            ticks.add(id(axis.label))
        _name_ticks(axis, words)
        shown = (*axis.get_major_ticks(), *axis.get_minor_ticks())
        ticks |= {id(text) for tick in shown for text in (tick.label1, tick.label2)}
    for artist in figure.findobj(TextArtist):
        if id(artist) not in ticks and artist.get_text().strip():
            artist.set_text(words(artist.get_text().strip()))


def _axes_of(figure: Figure) -> Iterator[tuple[str, Axis]]:
    for axes in figure.findobj(Axes):
        if isinstance(axes, Axes):
            yield "x", axes.xaxis
            yield "y", axes.yaxis


def _name_ticks(axis: Axis, words: Words) -> None:
    """Fix the words of ticks that are no numbers."""
    places, texts = list(axis.get_majorticklocs()), axis.get_major_formatter()
    told = [str(text).strip() for text in texts.format_ticks(places)]
    if any(text and not _is_number(text) for text in told):
        axis.set_major_locator(FixedLocator(places))
        axis.set_major_formatter(FixedFormatter([words(t) if t else "" for t in told]))


def _mend(columns: Sequence[str]) -> str:
    own = "add it to labels at the head of notebooks/plan/exhibits.yml"
    if not columns:
        return f"use a code of the codebook, or {own}"
    entry = " or ".join(f"labels: {{y: {one}}}" for one in columns)
    return f"say in the figure's entry which column has the code, {entry}; or {own}"


def _pair(text: str, exhibit: ExhibitPlan, labels: Labels, drawn: Sequence[str]) -> Text | None:
    """Both languages of a text: a number as it is, a code's words, or words that it is one of."""
    if _is_number(text):
        return Text(text, text)
    for source in exhibit.labels.values():
        if (known := labels.of_source(text, source)) is not None:
            return known
    pairs = [known for source in drawn if (known := labels.of_source(text, source)) is not None]
    if not pairs and (known := labels.find(text)) is not None:
        labels.asked.add((text, None))
        return known
    pairs = pairs or [one for one in exhibit.axes.values() if text in (one.en, one.zh)]
    pairs = pairs or labels.with_words(text)
    if len(set(pairs)) > 1:
        others = " / ".join(sorted({one[lang] for one in pairs for lang in LANGS} - {text}))
        raise UserError(
            f"figure {exhibit.id}: a text on its axes has several pairs in the other language",
            f"use its code instead; the pairs are {others}",
            value=text,
        )
    return pairs[0] if pairs else None


def _is_number(text: str) -> bool:
    maths = _MATHS.fullmatch(text)
    return _NUMBER.fullmatch(maths[1] if maths else text) is not None
