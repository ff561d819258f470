"""Checks of a converted file as a whole: nesting, weights, directions, emptiness, size."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

import numpy as np
from numpy.typing import NDArray

from compendium.data.names import NAME_LISTS
from compendium.survey.importing.findings import Finding, rows_of
from compendium.survey.importing.labels import bare
from compendium.survey.importing.mapping import ImportMapping
from compendium.survey.instrument import CODED, LOWEST, Instrument
from compendium.survey.load import turned
from compendium.survey.store import Columns
from compendium.text import Text

LEAST_OF_EACH = 10
"""Respondents on either side of a filter question, for its direction to be judged."""

LEAST_ROWS = 30
"""Below this neither a reliability nor a standard error by cluster means anything."""

Z = 1.96
"""A correlation counts as negative where its whole 95 % interval does."""

_NOT_TURNED = Text(
    ": the file seems to hold it turned already; set already_turned in the mapping",
    "：文件中似已反转；请在映射中设置 already_turned",
)
_NOT_REVERSED = Text(": was it reversed in the file?", "：文件中是否被反转？")


def check_columns(
    instrument: Instrument, columns: Columns, mapping: ImportMapping, notebooks: Callable[[], str]
) -> Iterator[Finding]:
    """Findings on the rows of a file that are kept; `notebooks` names who loads the survey."""
    yield from _nesting(columns)
    yield from _provinces(columns)
    yield from _weights(columns)
    varying = set(instrument.items) - set(instrument.screens.attention)
    for name, mapped in mapping.columns.items():
        question, values = instrument.questions[name], columns[name]
        if question.type in ("string", "number"):
            continue
        answered = values[values >= 0]
        if not len(answered):
            yield Finding("empty_column", name, mapped.source)
        elif name in varying and len(answered) > 1 and (answered == answered[0]).all():
            yield Finding("constant", name, mapped.source, str(answered[0]))
    yield from _directions(instrument, columns)
    yield from _attention(instrument, columns)
    yield from _skips(instrument, columns)
    yield from _scales(instrument, mapping, notebooks)


def check_size(columns: Columns, rows: int) -> Iterator[Finding]:
    """Findings on how much is left."""
    if rows < LEAST_ROWS:
        yield Finding("few_rows", particulars={"found": rows, "least": LEAST_ROWS})
    for name in ("unit_id", "county_id"):
        found = set(columns[name]) - {None}
        if len(found) == 1:
            yield Finding("one_cluster", name, value=str(*found))


def _nesting(columns: Columns) -> Iterator[Finding]:
    import pandas as pd

    for lower, upper in (("unit_id", "county_id"), ("county_id", "province_id")):
        pairs = pd.DataFrame({"lower": columns[lower], "upper": columns[upper]}).dropna()
        several = pairs.drop_duplicates().groupby("lower")["upper"].agg(sorted)
        for name, above in several[several.map(len) > 1].items():
            rows = rows_of(columns[lower] == name)
            particulars = {"column": upper, "found": ", ".join(above)}
            yield Finding("nesting", lower, value=str(name), rows=rows, particulars=particulars)


def _provinces(columns: Columns) -> Iterator[Finding]:
    """Provinces that stand in the file under several spellings: each would be one of its own."""
    spelt = {
        bare(spelling): name
        for name, variants in NAME_LISTS["provinces"].variants.items()
        for spelling in (name, *variants)
    }
    found: dict[str, list[str]] = {}
    for value in sorted({*columns["province_id"]} - {None}):
        if (name := spelt.get(bare(value))) is not None:
            found.setdefault(name, []).append(value)
    for name, spellings in found.items():
        if len(spellings) > 1:
            rows = rows_of(np.isin(columns["province_id"], spellings))
            said = {"name": name, "found": ", ".join(spellings)}
            yield Finding("two_spellings", "province_id", None, None, rows, said)


def _weights(columns: Columns) -> Iterator[Finding]:
    weights = columns["weight"]
    wrong = ~np.isnan(weights) & ~((weights > 0) & np.isfinite(weights))
    for value in np.unique(weights[wrong]):
        rows = rows_of(weights == value)
        yield Finding("weight", "weight", value=f"{value:g}", rows=rows)


def _directions(instrument: Instrument, columns: Columns) -> Iterator[Finding]:
    """Per scale the item that goes against the others, if any does."""
    for scale in instrument.scales.values():
        if scale.single_items:
            continue
        found = {n: r for n, *r in item_rest(instrument, columns, scale.name)}
        if not found:
            continue
        name = min(found, key=lambda item: found[item][0])
        r, n = found[name]
        if n > LEAST_ROWS and np.tanh(np.arctanh(r) + Z / np.sqrt(n - 3)) < 0:
            hint = _NOT_TURNED if instrument.questions[name].reversed else _NOT_REVERSED
            said = {"found": f"{r:.2f}", "n": int(n), "hint": hint}
            yield Finding("reversed", name, particulars=said)


def item_rest(
    instrument: Instrument, columns: Columns, scale: str
) -> Iterator[tuple[str, float, float]]:
    """Each item, its correlation with the mean of the scale's other items, and how many answered.

    Items are turned where they are reversed; items that do not vary are left out.
    """
    names = instrument.items_of(scale)
    total, given = np.zeros(len(columns[names[0]])), np.zeros(len(columns[names[0]]))
    answers: dict[str, NDArray[np.float64]] = {}
    for name in names:
        values = turned(instrument.questions[name], columns[name])
        answers[name] = np.where(values >= LOWEST, values, 0).astype(float)
        total += answers[name]
        given += answers[name] > 0
    for name, own in answers.items():
        both = (own > 0) & (given > 1)
        x, rest = own[both], (total - own)[both] / (given[both] - 1)
        if len(x) > 1 and x.std() > 0 and rest.std() > 0:
            yield name, float(np.corrcoef(x, rest)[0, 1]), len(x)


def _attention(instrument: Instrument, columns: Columns) -> Iterator[Finding]:
    """A check that most failed: their answers are hardly what the file says."""
    for name, right in instrument.screens.attention.items():
        given = columns[name][columns[name] >= LOWEST]
        wrong = given[given != right]
        if len(wrong) > len(given) / 2:
            common = int(np.bincount(wrong).argmax())
            said = {"n": len(wrong), "total": len(given), "right": right, "found": common}
            yield Finding("attention_failed", name, particulars=said)


def _scales(
    instrument: Instrument, mapping: ImportMapping, notebooks: Callable[[], str]
) -> Iterator[Finding]:
    """Scales of which no item is collected, with the notebooks that need them."""
    for scale in instrument.scales.values():
        names = instrument.items_of(scale.name)
        if names and not scale.single_items and not {*names} & {*mapping.columns}:
            said = {"found": scale.label, "notebooks": notebooks()}
            yield Finding("no_scale", particulars=said)
    rest = [
        name
        for name in instrument.questions
        if name not in mapping.columns and name not in mapping.constants
    ]
    if rest:
        said = {"n": len(rest), "found": ", ".join(rest)}
        yield Finding("not_collected", particulars=said)


def left_with_one(
    instrument: Instrument, columns: Columns, faulty: Collection[str]
) -> Iterator[Finding]:
    """Questions with faulty values that would be left with a single answer."""
    for name in faulty:
        question = instrument.questions[name]
        if question.type in CODED and name not in instrument.screens.attention:
            answers = np.unique(columns[name][columns[name] >= 0])
            if len(answers) == 1:
                codes = instrument.codes(name)
                only = codes[answers[0]] if question.type == "category" else answers[0]
                yield Finding("one_answer_left", name, particulars={"found": only})


def _skips(instrument: Instrument, columns: Columns) -> Iterator[Finding]:
    told = set()
    for name, question in instrument.questions.items():
        if question.relevant is None:
            continue
        source, code = question.relevant
        if source not in told and (found := _wrong_way(instrument, columns, source, int(code))):
            told.add(source)
            yield found
        other = (columns[source] >= 0) & (columns[source] != code) & (columns[name] >= 0)
        if other.any():
            rows, said = rows_of(other), {"source": f"{source} = {1 - code}"}
            yield Finding("not_asked", name, rows=rows, particulars=said)


def _wrong_way(instrument: Instrument, columns: Columns, source: str, code: int) -> Finding | None:
    """A filter whose follow-up questions are answered by those whom it should have kept out."""
    dependent = [n for n, q in instrument.questions.items() if q.relevant == (source, code)]
    answered = np.any([columns[name] >= 0 for name in dependent], axis=0)
    asked, kept_out = (columns[source] == value for value in (code, 1 - code))
    if min(asked.sum(), kept_out.sum()) < LEAST_OF_EACH:
        return None
    yes_share, no_share = float(answered[asked].mean()), float(answered[kept_out].mean())
    if yes_share >= no_share:
        return None
    labels = instrument.answers[instrument.questions[source].answers or ""]
    said = {"yes": labels[code], "no": labels[1 - code]}
    shares = {"yes_share": f"{yes_share:.0%}", "no_share": f"{no_share:.0%}"}
    return Finding("skip_reversed", source, particulars=said | shares)
