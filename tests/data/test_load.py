"""Typed frames: what a file says is what a frame holds."""

import csv
import io
import random
import string
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compendium.data import load_codebooks, load_table, table_sha256, year_of
from compendium.data.cells import MISSING_WORDS

from .samples import CODEBOOK, HEADER, ROOT


def test_frames_are_typed_by_the_codebook(sample):
    frame = load_table(sample())
    assert frame.dtypes.astype(str).to_dict() == {
        "id": "str",
        "day": "str",
        "n": "Int64",
        "whole": "Int64",
        "share": "float64",
        "kind": "category",
        "mark": "Int64",
        "page": "str",
        "note": "str",
    }
    assert list(frame["kind"].cat.categories) == ["fire", "flood"]
    assert frame["n"].tolist() == [3, pd.NA, 0]
    assert frame["whole"].tolist()[:2] == [12, 7]
    assert frame["note"].isna().tolist() == [False, True, False]
    assert year_of(frame["day"]).tolist() == [2020, 2020, pd.NA]


def test_the_hash_is_that_of_the_file(sample):
    table = sample("abc")
    assert table_sha256(table) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


TEXT = st.text(string.ascii_letters + string.digits + "风险治理基层,;\"' -。", max_size=12)
DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31)).map(date.isoformat)


def records(identifiers):
    one = st.fixed_dictionaries(
        {
            "day": st.one_of(st.just(""), DAYS, DAYS.map(lambda day: day[:7])),
            "n": st.one_of(st.just(""), st.integers(0, 500).map(str)),
            "whole": st.one_of(st.just(""), st.integers(-(10**9), 10**9).map(lambda i: f"{i}.0")),
            "share": st.one_of(st.just(""), st.integers(0, 1000).map(lambda i: f"{i / 1000:.3f}")),
            "kind": st.sampled_from(["fire", "flood"]),
            "mark": st.sampled_from(["", "1"]),
            "page": st.sampled_from(["", "https://a.cn/风险?x=1,2"]),
            "note": TEXT.map(str.strip).filter(lambda text: text.lower() not in MISSING_WORDS),
        }
    )
    return st.lists(one, min_size=1, max_size=8).map(
        lambda rows: [{"id": f"x{i}", **row} for i, row in zip(identifiers, rows, strict=False)]
    )


@settings(
    max_examples=40,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=records(range(100)))
def test_any_valid_table_comes_back_as_it_was_written(sample, rows):
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, HEADER.split(","), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)

    codebook = CODEBOOK.replace("rows: 3", f"rows: {len(rows)}")
    frame = load_table(sample(buffer.getvalue(), codebook))
    for name in HEADER.split(","):
        for cell, row in zip(frame[name].tolist(), rows, strict=True):
            if row[name] == "":
                assert pd.isna(cell)
            elif name in ("n", "whole", "share", "mark"):
                assert cell == float(row[name])
            else:
                assert cell == row[name]


@pytest.mark.parametrize("name", sorted(load_codebooks(ROOT)))
@pytest.mark.parametrize("order", ["shuffled", "reversed"])
def test_the_order_of_a_files_rows_changes_nothing(tmp_path, name, order):
    table = load_codebooks(ROOT)[name]
    if not table.path.is_file():
        pytest.skip("answers of respondents are not shipped")
    with table.path.open(encoding="utf-8", newline="") as file:
        head, *body = csv.reader(file)
    if order == "shuffled":
        random.Random(3).shuffle(body)
    else:
        body.reverse()
    moved = tmp_path / table.path.name
    with moved.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([head, *body])
    there = replace(table, path=moved)
    pd.testing.assert_frame_equal(load_table(there), load_table(table))
