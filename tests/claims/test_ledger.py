"""The ledger keeps what was found, and only once."""

from dataclasses import replace
from math import isnan, nan, pi

import pytest

from compendium.claims.ledger import (
    Estimate,
    ledger_bytes,
    merge_ledgers,
    read_ledger,
    write_ledger,
)
from compendium.errors import UserError
from compendium.stats.method import Method
from compendium.stats.tidy import Tidy
from compendium.text import Text

METHOD = Method.of("ols").also("clustered", kind="CR2", by='"县"', G=46)
TIDY = Tidy("county", 0.1 + 0.2, 1 / 3, 0.1, 0.5, 0.95, 1e-12, 277, 46, METHOD)


def estimate(name="c3-county", notebook="03_accountability", **changes):
    made = Estimate.from_tidy(
        TIDY,
        id=name,
        estimand=Text("share, at county tier", "县级占比"),
        dataset="incidents",
        evidence="observed",
        notebook=notebook,
    )
    return replace(made, **changes)


def test_what_is_written_is_read_back(tmp_path):
    path = tmp_path / "账 本.csv"
    write_ledger(path, [estimate("b", se=nan), estimate("a", value=-0.0)])
    back = read_ledger(path)
    assert list(back) == ["a", "b"]
    assert back["b"].value == 0.3
    assert isnan(back["b"].se)
    assert str(back["a"].value) == "0.0"
    assert back["a"].method == 'OLS, CR2 by "县", 46 clusters'
    assert back["a"].method_zh == '普通最小二乘法，聚类稳健标准误（CR2），按"县"聚类，46 个聚类'
    assert (back["a"].family, back["a"].method_codes) == ("regression", ("ols", "clustered"))
    assert (back["a"].n, back["a"].n_clusters) == (277, 46)
    assert ledger_bytes(back.values()) == path.read_bytes()


def test_ten_significant_digits_whatever_the_size():
    line = ledger_bytes([estimate(value=pi * 1e9, se=pi * 1e-9)]).decode().splitlines()[1]
    assert ",3141592654,3.141592654e-09," in line


def test_no_mark_of_the_encoding_stands_before_the_ledger():
    assert ledger_bytes([estimate()]).startswith(b"id,")


def test_the_order_of_recording_does_not_matter():
    pair = [estimate("a"), estimate("b")]
    assert ledger_bytes(pair) == ledger_bytes(reversed(pair))


def test_an_id_is_recorded_once(tmp_path):
    with pytest.raises(UserError, match="twice, by 03_accountability and 11_robustness"):
        ledger_bytes([estimate(), estimate(notebook="11_robustness")])
    for name in ("a.csv", "b.csv"):
        write_ledger(tmp_path / name, [estimate()])
    with pytest.raises(UserError, match=r"a\.csv and b\.csv.*own id"):
        merge_ledgers([tmp_path / "a.csv", tmp_path / "b.csv"])


def test_merging_sorts_by_id(tmp_path):
    write_ledger(tmp_path / "1.csv", [estimate("b"), estimate("d")])
    write_ledger(tmp_path / "2.csv", [estimate("c"), estimate("a")])
    merged = merge_ledgers([tmp_path / "1.csv", tmp_path / "2.csv"])
    assert [found.id for found in merged] == ["a", "b", "c", "d"]


def test_a_broken_cell_is_named(tmp_path):
    path = tmp_path / "ledger.csv"
    path.write_bytes(ledger_bytes([estimate()]).replace(b",0.3,", b",three,"))
    with pytest.raises(UserError) as caught:
        read_ledger(path)
    assert "row 1, column value, value 'three'" in str(caught.value)


@pytest.mark.parametrize("content", ["", "id,value\na,1\n"])
def test_another_file_is_no_ledger(tmp_path, content):
    path = tmp_path / "x.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match="not a ledger"):
        read_ledger(path)


@pytest.mark.parametrize("change", [{"id": " "}, {"evidence": "assumed"}])
def test_an_estimate_needs_an_id_and_a_known_evidence(change):
    with pytest.raises(UserError):
        estimate(**({"name": change["id"]} if "id" in change else change))
