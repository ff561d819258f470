"""Rules of the folder `published_surveys`: studies, their figures, duty inventories."""

from __future__ import annotations

import math
from collections.abc import Iterator

from compendium.data.rules import (
    Breach,
    Record,
    Sheets,
    above,
    joins,
    row_rule,
    rules_of,
    shown,
    table_rule,
)

RANGES = {"proportion": (0.0, 1.0), "alpha": (0.0, 1.0), "correlation": (-1.0, 1.0)}
POOLABLE_STATISTICS = ("proportion", "mean", "correlation")
SE_ROUNDING = 0.5e-4 + 1e-9  # standard errors are printed with four decimals
DUTY_PARTS = ("basic_duties", "cooperative_duties", "taken_back_duties")


statistics_join = joins(
    *("statistics-join-studies", "statistics", "studies", "study_id"),
    en="every figure belongs to a study",
    zh="每一数字都属于一项研究",
)


@table_rule(
    *("figure-within-its-study", "statistics", "studies"),
    en="the sample of a figure is no larger than that of its study",
    zh="一个数字的样本量不大于其研究的样本量",
)
def figure_within_study(sheets: Sheets) -> Iterator[Breach]:
    """Compare the sample of each figure with that of its study."""
    whole = {record["study_id"]: record["n"] for record in sheets["studies"].records}
    for position, record in enumerate(sheets["statistics"].records):
        n = whole.get(record["study_id"])
        if above(record["n"], n):
            yield Breach("statistics", position, "n", f"{record['n']} > {n}")


@row_rule(
    *("statistic-in-range", "statistics", "value"),
    en="a proportion or reliability lies in 0 to 1, a correlation in -1 to 1",
    zh="比例与信度系数在 0 到 1 之间，相关系数在 -1 到 1 之间",
)
def statistic_range(record: Record) -> str | None:
    """Compare the value with the range of its kind."""
    low, high = RANGES.get(record["statistic"], (-math.inf, math.inf))
    return None if low <= record["value"] <= high else shown(record, "statistic", "value")


@row_rule(
    *("value-within-scale", "statistics", "value"),
    en="a scale has both ends or none, in order, and the value lies between them",
    zh="量尺上下限同时载明或同时为空，且数值在其间",
)
def within_scale(record: Record) -> str | None:
    """Compare the value with the ends of its scale."""
    low, high = record["scale_min"], record["scale_max"]
    if low is None and high is None:
        return None
    if None not in (low, high) and low < high and low <= record["value"] <= high:
        return None
    return shown(record, "value", "scale_min", "scale_max")


@table_rule(
    *("poolable-figures-qualify", "statistics", "studies"),
    en="poolable = 1 only for a proportion, mean or correlation with known n from an in-scope "
    "sample, composition of samples excluded",
    zh="仅当来自范围内样本、n 已知的比例、均值或相关系数时 poolable = 1，样本构成除外",
)
def poolable_qualifies(sheets: Sheets) -> Iterator[Breach]:
    """Check what the codebook asks of a poolable figure."""
    in_scope = {record["study_id"]: record["in_scope"] for record in sheets["studies"].records}
    for position, record in enumerate(sheets["statistics"].records):
        qualifies = (
            record["statistic"] in POOLABLE_STATISTICS
            and record["n"] is not None
            and record["construct"] != "sample_composition"
            and in_scope.get(record["study_id"]) == 1
        )
        if record["poolable"] == 1 and not qualifies:
            found = shown(record, "statistic", "n", "construct", "study_id")
            yield Breach("statistics", position, "poolable", found)


def standard_error(record: Record) -> float:
    """Compute the standard error under simple random sampling, by the codebook's formula."""
    value, n = record["value"], record["n"]
    if record["statistic"] == "proportion":
        return math.sqrt(value * (1 - value) / n)
    if record["statistic"] == "mean":
        return float(record["sd"] / math.sqrt(n))
    return float((1 - value**2) / math.sqrt(n - 1))


@row_rule(
    *("poolable-standard-error", "statistics", "se"),
    en="a standard error stands exactly at poolable figures and follows the formula",
    zh="标准误仅见于可合并的数字，且符合公式",
)
def poolable_se(record: Record) -> str | None:
    """Recompute the standard error of poolable figures."""
    names = ("statistic", "value", "sd", "n", "se")
    if (record["se"] is not None) != (record["poolable"] == 1):
        return shown(record, "poolable", "se")
    if record["se"] is None or record["statistic"] not in POOLABLE_STATISTICS:
        return None
    if record["n"] is None or (record["statistic"] == "mean" and record["sd"] is None):
        return shown(record, *names)
    expected = standard_error(record)
    close = abs(expected - record["se"]) <= SE_ROUNDING
    return None if close else f"{shown(record, *names)} → {expected:.4f}"


@row_rule(
    *("derived-figure-has-formula", "statistics", "notes"),
    en="a figure computed here has its formula in the notes",
    zh="计算所得的数字在备注中载明公式",
)
def derived_formula(record: Record) -> str | None:
    """Look for the notes of a derived figure."""
    return "notes = ''" if record["derived"] == 1 and record["notes"] is None else None


@row_rule(
    *("duty-parts-close-on-total", "duty_inventories", "total_items"),
    en="basic, cooperative and taken-back duties add up to the total where all are known",
    zh="基本、配合与收回事项均已知时，三者之和等于总数",
)
def duty_parts(record: Record) -> str | None:
    """Compare the sum of the parts with the total."""
    cells = [record[name] for name in (*DUTY_PARTS, "total_items")]
    if None in cells or sum(cells[:-1]) == cells[-1]:
        return None
    return shown(record, *DUTY_PARTS, "total_items")


RULES = rules_of(globals())
