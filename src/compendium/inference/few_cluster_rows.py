"""Few clusters and many tests as rows of tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from compendium.inference.cluster_shape import ClusterShape, warnings_of
from compendium.inference.size_study import METHODS, SHAPES, VERDICTS
from compendium.text import LANGS, Text

NOTHING = Text("nothing", "无")


def size_rows(study: pd.DataFrame) -> pd.DataFrame:
    """Rows of the size study, one a shape and method.

    Parameters
    ----------
    study
        As from `size_study`.

    Returns
    -------
    DataFrame
        `shape`, `method`, and for each number of clusters G `size_G`, `mc_G` and `verdict_G`.
    """
    rows = []
    for (shape, method), cells in study.groupby(["shape", "method"], sort=False):
        row: dict[str, object] = {"shape": _cell(SHAPES[shape]), "method": _cell(METHODS[method])}
        for cell in cells.to_dict("records"):
            G = cell["clusters"]
            verdict = _cell(VERDICTS[cell["verdict"]])
            row |= {f"size_{G}": cell["size"], f"mc_{G}": cell["mc_error"], f"verdict_{G}": verdict}
        rows.append((shape, row))
    order = {shape: place for place, shape in enumerate(SHAPES)}
    return pd.DataFrame([row for _, row in sorted(rows, key=lambda pair: order[pair[0]])])


def shape_rows(
    shapes: Mapping[str, ClusterShape],
    words: Mapping[str, Text],
    evidence: Mapping[str, str],
    names: Mapping[str, Text] | None = None,
) -> pd.DataFrame:
    """Rows of a table of clusters, one a test, with the warnings as words.

    Parameters
    ----------
    shapes
        By test.
    words
        What readers call the coefficient, by test.
    evidence
        Kind of evidence, by test.
    names
        What readers call a cluster.

    Returns
    -------
    DataFrame
        `test`, `evidence`, the columns of `ClusterShape.frame` but its term, and `sentence`.
    """
    rows = []
    for test, shape in shapes.items():
        summed = shape.frame().drop(columns="term").iloc[0].to_dict()
        told = _cell(_joined(warnings_of(shape, words[test], names)) or NOTHING)
        rows.append({"test": test, "evidence": evidence[test], **summed, "sentence": told})
    return pd.DataFrame(rows)


def family_rows(tables: Iterable[pd.DataFrame], words: Mapping[str, Text]) -> pd.DataFrame:
    """Rows of several families under each other; `words` are those of the families."""
    rows = in_one(tables)
    return rows.assign(family=[_cell(words[family]) for family in rows["family"]])


def in_one(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Several families under each other, as `family_table` has them."""
    return pd.concat(list(tables), ignore_index=True)


def _joined(texts: Iterable[Text]) -> Text | None:
    told = tuple(texts)
    if not told:
        return None
    return Text(" ".join(text.en for text in told), "".join(text.zh for text in told))


def _cell(text: Text) -> dict[str, str]:
    return {lang: text[lang] for lang in LANGS}
