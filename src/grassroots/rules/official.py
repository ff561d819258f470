"""Rules of the folder `official_statistics`: series and what the codebook says of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from compendium.data.rules import Breach, Record, Sheets, row_rule, rules_of, shown, table_rule

UNIT_RANGES = {"share (0-1)": (0.0, 1.0), "%": (0.0, 100.0)}
SHARE_ROUNDING = 0.5e-4 + 1e-9  # derived shares are printed with four decimals
FORMULA = re.compile(r"(\w+) / \((\w+) \+ (\w+)\)")


@table_rule(
    *("series-as-described", "series"),
    en="label, unit and region of a value are those of its series in the codebook",
    zh="数值的标签、单位与地区同编码簿中该序列的说明一致",
)
def as_described(sheets: Sheets) -> Iterator[Breach]:
    """Compare each row with the description of its series."""
    described = sheets["series"].table.series
    for position, record in enumerate(sheets["series"].records):
        item = described[record["series_id"]]
        expected = {"label_en": item.label.en, "label_zh": item.label.zh, "unit": item.unit.en}
        for column, text in expected.items():
            if record[column] != text:
                yield Breach("series", position, column, f"{item.name}: {text}")
        if record["region"] not in item.regions:
            yield Breach("series", position, "region", f"{item.name}: {', '.join(item.regions)}")


@table_rule(
    *("series-span-as-described", "series"),
    en="first year, last year, regions and number of values of a series are those of the codebook",
    zh="序列的首年、末年、地区与数值个数同编码簿一致",
)
def span_as_described(sheets: Sheets) -> Iterator[Breach]:
    """Compare the extent of every series with its description."""
    rows: dict[str, list[Record]] = {}
    for record in sheets["series"].records:
        rows.setdefault(record["series_id"], []).append(record)
    for item in sheets["series"].table.series.values():
        years = [record["year"] for record in rows.get(item.name, ())]
        regions = sorted({record["region"] for record in rows.get(item.name, ())})
        found = (min(years, default=None), max(years, default=None), len(years), regions)
        expected = (item.first_year, item.last_year, item.n, sorted(item.regions))
        if found != expected:
            yield Breach("series", None, "series_id", f"{item.name}: {found} ≠ {expected}")


@table_rule(
    *("derived-share-follows-formula", "series"),
    en="a share equals its formula within rounding, and stands wherever its parts do",
    zh="占比在取整误差内等于其公式，且凡有组成数值处均有占比",
)
def derived_shares(sheets: Sheets) -> Iterator[Breach]:
    """Recompute every series whose codebook entry has a formula."""
    cells = {
        (record["series_id"], record["region"], record["year"]): (position, record["value"])
        for position, record in enumerate(sheets["series"].records)
    }
    for item in sheets["series"].table.series.values():
        match = FORMULA.fullmatch(item.formula or "")
        if match is None:
            if item.formula:
                yield Breach("series", None, "series_id", f"{item.name}: {item.formula}")
            continue
        share, part, rest = item.name, match[1], match[3]
        for _, region, year in [key for key in cells if key[0] in (share, part)]:
            found = _share_fault(cells, (share, part, rest), region, year)
            if found is not None:
                position, _ = cells.get((share, region, year), (None, None))
                yield Breach("series", position, "value", found)


def _share_fault(
    cells: Mapping[Any, tuple[int, Any]], names: tuple[str, str, str], region: Any, year: Any
) -> str | None:
    share, part, rest = (cells.get((name, region, year), (None, None))[1] for name in names)
    if part is None or rest is None:
        return None if share is None else f"{names[0]} {year}: {names[1]}, {names[2]} = ''"
    expected = part / (part + rest)
    if share is not None and abs(expected - share) <= SHARE_ROUNDING:
        return None
    return f"{names[0]} {year}: {share} ≠ {expected:.4f}"


@row_rule(
    *("series-value-in-range", "series", "value"),
    en="a share lies in 0 to 1, a percentage in 0 to 100",
    zh="比例在 0 到 1 之间，百分比在 0 到 100 之间",
)
def value_range(record: Record) -> str | None:
    """Compare the value with the range of its unit."""
    if record["unit"] not in UNIT_RANGES:
        return None
    low, high = UNIT_RANGES[record["unit"]]
    return None if low <= record["value"] <= high else shown(record, "unit", "value")


@row_rule(
    *("series-without-address", "series", "source_grade"),
    en="a value without a web address is graded other",
    zh="无网址的数值，其来源等级为 other",
)
def without_address(record: Record) -> str | None:
    """Look at the grade of values without an address."""
    graded = record["source_url"] is not None or record["source_grade"] == "other"
    return None if graded else shown(record, "source_grade")


RULES = rules_of(globals())
