"""An attacker who reads all that a run published learns nothing of a group that is held back."""

import csv
import itertools
import json
import os
import re
import shutil
import stat
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from compendium import cli
from compendium.data.disclosure import (
    MINIMUM_CELL,
    coarse,
    coarse_line,
    coarse_spread,
    codes,
    counts_to_fives,
    decimals,
    shown_range,
    small_kinds,
    to_fives,
)
from compendium.errors import UserError
from compendium.stats.response_surface import response_surface
from compendium.stats.survey_regression import regress
from compendium.stats.tidy import Tidy
from compendium.survey import Survey, load_survey
from compendium.survey.load import OBSERVED_FILE
from compendium.survey.private import PRIVATE, close_private
from compendium.survey.store import write_survey
from grassroots import scales as sc
from grassroots import survey_tables as tables
from grassroots.simulated import load_truth
from grassroots.standin import simulate

from .fieldwork import INSTRUMENT_OF_ROOT, ROOT, project_at

SUBDISTRICT, TOWN, TOWNSHIP = range(3)
DOMAINS = tuple(INSTRUMENT_OF_ROOT.domains)
PAIRED = [n for n, q in INSTRUMENT_OF_ROOT.questions.items() if q.domain]


@pytest.fixture(scope="module")
def everyone():
    """Answers of 400 made-up persons whose names would be known again."""
    truth = load_truth(ROOT, INSTRUMENT_OF_ROOT).model_copy(update={"duplicates": 0.0})
    columns = dict(simulate(INSTRUMENT_OF_ROOT, truth, respondents=400).columns)
    columns["respondent_id"] = np.array([f"1391234{i:04d}" for i in range(400)], dtype=object)
    for name, word in (("unit_id", "柳林街道"), ("county_id", "青山县"), ("province_id", "江苏省")):
        columns[name] = np.array([f"{word}{code}" for code in columns[name]], dtype=object)
    for item in PAIRED:
        columns[item] = np.where(columns[item] < 1, 3, columns[item])
    return columns


def only(columns, *, township=None, subdistrict=None):
    """The same with so many respondents of a kind, from several counties."""
    kind = columns["unit_kind"]
    stay = np.ones(len(kind), dtype=bool)
    for code, n in ((TOWNSHIP, township), (SUBDISTRICT, subdistrict)):
        if n is not None:
            rows = np.flatnonzero(kind == code)
            spread = rows[np.linspace(0, len(rows) - 1, n).astype(int)]
            stay[np.setdiff1d(rows, spread)] = False
    return {name: values[stay] for name, values in columns.items()}


def without(columns, item, rows):
    """The same without an answer of some rows."""
    answers = columns[item].copy()
    answers[rows] = -1
    return {**columns, item: answers}


def stored(root, columns):
    """A project whose observed survey these answers are."""
    write_survey(root / OBSERVED_FILE, INSTRUMENT_OF_ROOT, columns, "observed", {})
    return root


def loaded(root, columns):
    return load_survey(stored(project_at(root), columns), "observed")


def rows_of(columns, kind):
    return np.flatnonzero(columns["unit_kind"] == kind)


def small(columns, case):
    """The survey of a case, and the same without its small kinds."""
    four = only(columns, township=4)
    five = only(columns, township=5)
    cases = {
        "four": (four, (TOWNSHIP,)),
        "two": (only(columns, township=2), (TOWNSHIP,)),
        "two kinds": (only(columns, township=3, subdistrict=4), (TOWNSHIP, SUBDISTRICT)),
        "four answers on funds": (
            without(five, "resp_funds_1", rows_of(five, TOWNSHIP)[:1]),
            (TOWNSHIP,),
        ),
        "one county": (of_one_county(columns), (TOWNSHIP,)),
    }
    survey, kinds = cases[case]
    rest = ~np.isin(survey["unit_kind"], kinds)
    return survey, {name: values[rest] for name, values in survey.items()}


def of_one_county(columns):
    seven = only(columns, township=7)
    counties = seven["county_id"].copy()
    counties[rows_of(seven, TOWNSHIP)] = "青山县c99999"
    return {**seven, "county_id": counties}


CASES = ("four", "two", "two kinds", "four answers on funds", "one county")


@pytest.mark.parametrize("case", CASES)
def test_all_that_is_computed_is_the_same_without_the_small_kinds(tmp_path, everyone, case):
    survey, others = small(everyone, case)
    with_them, alone = loaded(tmp_path, survey), loaded(tmp_path, others)
    assert with_them.small
    pd.testing.assert_frame_equal(with_them.frame, alone.frame)
    pd.testing.assert_frame_equal(with_them.dropped, alone.dropped)
    same = {"sha256": "", "frame": None, "dropped": None}
    assert replace(with_them, **same) == replace(alone, **same)


def test_kinds_that_are_large_enough_stay(tmp_path, everyone):
    survey = loaded(tmp_path, only(everyone, township=5))
    assert survey.small == ()
    assert survey.frame["unit_kind"].value_counts()["township"] == 5


def test_the_rows_that_screens_drop_go_with_their_kind(tmp_path, everyone):
    survey = only(everyone, township=4)
    check, right = next(iter(INSTRUMENT_OF_ROOT.screens.attention.items()))
    wrong = survey[check].copy()
    first = rows_of(survey, TOWN)[0]
    wrong[[rows_of(survey, TOWNSHIP)[0], first]] = 1 if right != 1 else 2
    found = loaded(tmp_path, {**survey, check: wrong})
    before = np.sum(survey["unit_kind"][:first] == TOWNSHIP)
    missed = found.dropped[found.dropped["reason"] == "attention"]
    assert missed["row"].tolist()[:1] == [first + 1 - before]
    assert len(found.frame) + len(found.dropped) == len(wrong) - 4


def test_a_survey_of_small_kinds_only_is_refused_in_one_line(tmp_path, everyone):
    few = {name: values[:4] for name, values in everyone.items()}
    with pytest.raises(UserError, match="no kind of unit"):
        loaded(tmp_path, few)


def test_no_name_of_a_person_or_place_is_left_and_groups_are(tmp_path, everyone):
    found = loaded(tmp_path, everyone)
    text = found.frame.to_csv() + found.dropped.to_csv()
    assert not re.search("1391234|柳林|青山|江苏", text)
    stay = np.ones(400, dtype=bool)
    stay[found.dropped["row"] - 1] = False
    for name in ("unit_id", "county_id", "province_id"):
        pairs = set(zip(everyone[name][stay], found.frame[name], strict=True))
        assert len(pairs) == len(set(everyone[name][stay])) == found.frame[name].nunique()


def test_the_order_of_codes_is_not_that_of_the_names():
    names = np.array([f"{place:03d}" for place in range(200)], dtype=object)
    told = codes(names, "c", b"of the answers")
    assert sorted(told) == [f"c{place:05d}" for place in range(1, 201)]
    assert np.mean(told == np.sort(told)) < 0.05
    assert (told != codes(names, "c", b"of other answers")).any()


# What an attacker does with the files of a run.


def project_for(root, columns):
    """A project as it is shipped, with these answers as its observed survey."""
    shutil.copytree(ROOT / "notebooks", root / "notebooks")
    (root / "data").mkdir()
    for path in (ROOT / "data").iterdir():
        if path.name != "survey":
            (root / "data" / path.name).symlink_to(path)
    stored(project_at(root), columns)
    for path in (ROOT / "data" / "survey").glob("*.*"):
        shutil.copy(path, root / "data" / "survey")
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


@pytest.fixture
def published(monkeypatch, tmp_path):
    """Publish the items of 07, and 08 up to a cell, on a survey; return their folder."""

    def publish(columns, name, last):
        root = project_for(tmp_path / name, columns)
        monkeypatch.setenv("GRASSROOTS_ROOT", str(root))
        monkeypatch.setenv("GRASSROOTS_STAGING", str(root / "out"))
        said = [
            *run_cells(root / "notebooks" / "08_measurement.ipynb", "tab-items"),
            *run_cells(root / "notebooks" / "09_imbalance.ipynb", last),
        ]
        (root / "out" / "said.txt").write_text("\n".join(said), "utf-8")
        return root / "out"

    return publish


def run_cells(notebook, last):
    """Run a notebook's cells in this process up to the one that names `last`, then its ledger."""
    names, said = {}, []
    for cell in json.loads(notebook.read_text("utf-8"))["cells"]:
        code = "".join(cell["source"])
        if cell["cell_type"] != "code":
            continue
        exec(code, names)  # the project's own notebooks
        names |= {"survey": "observed", "draws": 199}
        if "study.survey()" in code:
            said += (one.text for one in names["study"].about_survey().shown.values())
        if last in code:
            break
    names["study"].close()
    return said


def facts_of(folder):
    """Every published mean with its number of persons, under the domain that it speaks of."""
    facts = {domain: [] for domain in DOMAINS}
    for path in sorted(folder.rglob("*.csv")):
        for row in csv.DictReader(path.read_text("utf-8").splitlines()):
            value = row.get("value") or row.get("mean")
            if not value or not row.get("n"):
                continue
            words = set(re.split(r"[^a-z]+", " ".join(map(str, row.values()))))
            for domain in words & set(DOMAINS):
                facts[domain].append((float(value), float(row["n"])))
    return facts


def guesses(facts, most=MINIMUM_CELL - 1):
    """Means and numbers that any sum and difference of totals leaves for a few persons."""
    values, n = np.array(sorted(set(facts))).T
    signs = np.array(list(itertools.product((-1, 0, 1), repeat=len(values))))
    persons, totals = signs @ n, signs @ (values * n)
    few = (persons > 0.5) & (persons < most + 0.5)
    return [
        (float(total / k), round(k)) for total, k in zip(totals[few], persons[few], strict=True)
    ]


def truth_of(columns, domain, rows):
    """Mean gap and number of the persons who have one."""
    score = {}
    for scale in ("responsibility", "power"):
        items = INSTRUMENT_OF_ROOT.items_of(scale, domain)
        answers = np.array(
            [np.where(columns[i] < 1, np.nan, columns[i])[rows] for i in items], dtype=float
        )
        score[scale] = np.nanmean(answers, axis=0)
    gap = score["responsibility"] - score["power"]
    return float(np.nanmean(gap)), int(np.sum(~np.isnan(gap)))


def switch_off(monkeypatch):
    monkeypatch.setattr("compendium.survey.load.small_kinds", lambda *_: np.array([], dtype=int))
    monkeypatch.setattr(Survey, "observed", property(lambda _: False))


def recovered(folder, columns, domain, kind=TOWNSHIP):
    mean, n = truth_of(columns, domain, rows_of(columns, kind))
    return any(
        k == n and abs(guess - mean) < 1e-5 for guess, k in guesses(facts_of(folder)[domain])
    )


def answer_of_the_skipper(folder):
    """Sum that is left of the items on funds and their gap: the other answer of who skipped one.

    Returns
    -------
    tuple
        The sum, and how far from it the truth can be with numbers and means as they are printed.
    """
    with_n = {
        "gap": 2.0,
        "resp_funds_1": -1,
        "resp_funds_2": -1,
        "power_funds_1": 1,
        "power_funds_2": 1,
    }
    left, width = 0.0, 0.0
    for path in sorted(folder.rglob("*.csv")):
        for row in csv.DictReader(path.read_text("utf-8").splitlines()):
            name = "gap" if row.get("id") == "survey.gap.in.funds" else row.get("item")
            if name in with_n:
                times = with_n.pop(name)
                printed = row.get("value") or row.get("mean")
                value, n = float(printed), float(row["n"])
                unit = 10.0 ** -len(printed.partition(".")[2])
                left += times * value * n
                width += abs(times) * (n * unit / 2 + (abs(value) + unit / 2) * MINIMUM_CELL / 2)
    assert not with_n
    return left, width


def test_a_held_back_group_can_not_be_worked_out(published, everyone, monkeypatch):
    four, _ = small(everyone, "four")
    skipper = rows_of(four, TOWN)[30]
    four = without(four, "resp_funds_2", [skipper])
    folder = published(four, "closed", "study.close")
    numbers = [n for facts in facts_of(folder).values() for _, n in facts]
    assert len(numbers) > 30
    assert {n % MINIMUM_CELL for n in numbers} == {0}
    assert not any(guesses(facts) for facts in facts_of(folder).values())
    assert answer_of_the_skipper(folder)[1] > 4
    assert "1 of 3 kinds of unit" in (folder / "said.txt").read_text("utf-8")
    assert not re.search("1391234|柳林|青山|江苏", told_in(folder))
    assert "unit_kind[town]" in told_in(folder)
    assert "unit_kind[township]" not in told_in(folder)

    switch_off(monkeypatch)
    folder = published(four, "open", "survey.gap.smallest")
    assert [d for d in DOMAINS if recovered(folder, four, d)] == list(DOMAINS)
    left, _ = answer_of_the_skipper(folder)
    assert left == pytest.approx(four["resp_funds_1"][skipper], abs=1e-4)


def told_in(folder):
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return "\n".join(path.read_bytes().decode("utf-8", "ignore") for path in files)


@pytest.mark.slow
def test_a_whole_run_and_its_reports_tell_nothing_of_a_held_back_group(tmp_path, everyone):
    four, _ = small(everyone, "four")
    root = project_for(tmp_path / "whole", four)
    named = ["08_measurement", "09_imbalance", "10_collaboration"]
    quick = ["-p", "draws=199", "-p", "survey=observed"]
    assert cli.main(["run", *named, *quick, "--root", str(root)]) == 0
    folder = root / "reports"
    parts = [pd.read_csv(path, dtype=str) for path in sorted((folder / "ledger").glob("*.csv"))]
    pd.concat(parts).to_csv(folder / "estimates.csv", index=False, lineterminator="\n")
    assert cli.main(["report", "--format", "numbers", "--root", str(root)]) == 0
    assert {n % MINIMUM_CELL for facts in facts_of(folder).values() for _, n in facts} == {0}
    assert not any(guesses(facts) for facts in facts_of(folder).values())
    text = told_in(folder)
    assert "1 of 3 kinds of unit" in text
    assert not re.search(r"1391234|柳林|青山|unit_kind\[township\]", text)


# The rules by themselves.


def test_a_kind_must_be_large_enough_in_every_domain_and_county():
    kinds = np.array([0] * 6 + [1] * 5 + [2] * 7)
    counties = np.array(list("ababab") + list("aaaab") + list("ccccccc"))
    all_of_it = np.ones(18, dtype=bool)
    assert small_kinds(kinds, counties, [all_of_it]).tolist() == [2]
    skipped = all_of_it.copy()
    skipped[6] = False
    assert small_kinds(kinds, counties, [all_of_it, skipped]).tolist() == [1, 2]
    assert small_kinds(kinds, np.repeat("a", 18), [all_of_it]).tolist() == []


def test_numbers_of_persons_go_to_the_nearest_five_and_others_stay():
    assert [to_fives(n) for n in (0, 2, 3, 7, 8, 156, 157, 158)] == [0, 0, 5, 5, 10, 155, 155, 160]
    assert np.isnan(to_fives(np.nan))
    frame = pd.DataFrame({"n": [157, 4], "pooled_n": [11, 12], "clusters": [7, 7], "size": [3, 3]})
    told = counts_to_fives(frame)
    assert told.to_dict("list") == {
        "n": [155, 5],
        "pooled_n": [10, 10],
        "clusters": [7, 7],
        "size": [3, 3],
    }
    assert counts_to_fives(frame, [False, True])["n"].tolist() == [157, 5]
    sizes = pd.DataFrame({"smallest": [4], "median": [6.5], "largest": [88]})
    assert counts_to_fives(sizes).iloc[0].tolist() == [5, 5, 90]
    assert counts_to_fives(sizes[["median"]])["median"].tolist() == [6.5]


def test_numbers_of_persons_do_not_follow_from_sizes_and_shares_of_them():
    units = pd.DataFrame({"units": [102, 101], "size": [298 / 102, 296 / 101]})
    told = counts_to_fives(units)
    assert (told["units"] * told["size"]).round(9).tolist() == [300, 295]
    shape = {
        "smallest": [1],
        "median": [6.0],
        "largest": [20],
        "largest_partial_leverage": 20 / 296,
    }
    told = counts_to_fives(pd.DataFrame(shape).assign(size_cv=0.5758453289, effective=36.23490488))
    assert told[["largest_partial_leverage", "size_cv", "effective"]].iloc[0].tolist() == [
        0.07,
        0.6,
        36,
    ]


def test_means_are_no_finer_than_two_persons_make_them():
    for n in (20, 60, 199, 200, 390, 1999, 2000, 30000):
        assert 10.0 ** -decimals(n) * n >= 2 or n < 20
    assert [decimals(n) for n in (1, 60, 200, 2000)] == [1, 1, 2, 3]
    frame = pd.DataFrame({"n": [390.0], "value": [1.570512821], "p": [0.000123456], "k": [3]})
    assert coarse(frame, 390).iloc[0].tolist() == [390, 1.57, 0.000123, 3]
    line = Tidy("gap", 1.570512821, 0.0712, 1.43, 1.709999, 0.95, 0.000123456, 390, 7)
    told = coarse_line(line, 390)
    assert (told.value, told.se, told.ci_high, told.p) == (1.57, 0.07, 1.71, 0.000123)
    assert (told.n, told.level) == (390, 0.95)
    spread = pd.DataFrame({"value": [0.62345, 0.62345], "holds": [0.4375, 0.4375]})
    assert coarse_spread(spread, 390, [True, False])["value"].tolist() == [0.62, 0.62345]
    assert coarse_spread(spread.assign(ci_low=0.1), 390, [True, True])["value"][0] == 0.62345


def test_a_stand_in_has_no_respondents_and_stays_exact(tmp_path):
    survey = load_survey(project_at(tmp_path), "standin")
    line, frame = Tidy("gap", 1.23456789), pd.DataFrame({"value": [1.23456789]})
    assert survey.coarse_line(line) is line
    assert survey.coarse(frame) is frame
    assert survey.small == ()


def test_regions_end_where_the_scale_does_and_not_at_somebodys_answer():
    rng = np.random.default_rng(5)
    n = 400
    rows = pd.DataFrame(
        {
            "a": rng.normal(size=n),
            "b": rng.uniform(1.7, 4.3, size=n),
            "county_id": rng.integers(0, 12, size=n).astype(str),
        }
    )
    answered = rows["b"].copy()
    rows["b"] -= rows["b"].mean()
    rows["y"] = rows["a"] * (0.1 + rows["b"]) + rng.normal(size=n)
    fit = regress(rows, "y", ["a", "b", "a:b"])
    found = tables.region_rows({"warning": fit}, "a", "b", answered)
    assert (found["low"].min(), found["high"].max()) == pytest.approx((1, 5))
    assert found["n"].sum() == n
    silent = pd.concat([answered, pd.Series([np.nan] * 50)], ignore_index=True)
    pd.testing.assert_frame_equal(tables.region_rows({"warning": fit}, "a", "b", silent), found)
    few = answered.head(20)
    drawn = tables.slope_lines({"warning": fit}, "a", "b", few)
    assert (few < drawn["x"].min()).sum() >= MINIMUM_CELL - 1
    assert (few > drawn["x"].max()).sum() >= MINIMUM_CELL - 1


def test_a_surface_is_drawn_where_several_respondents_stand():
    rng = np.random.default_rng(6)
    rows = pd.DataFrame({"responsibility": [1.0, *[3, 4] * 30], "power": [4.9, *[1.5, 2.5] * 30]})
    z, county = rng.normal(size=61), rng.integers(0, 8, size=61)
    found = response_surface(
        z, rows["responsibility"] + rng.normal(0, 0.1, 61), rows["power"], county, center=3
    )
    drawn = tables.in_sight(found, rows)
    assert drawn.x_range == pytest.approx((0, 1))
    assert drawn.y_range == pytest.approx((-1.5, -0.5))
    assert shown_range([1, 2, 2, 2, 2, 2, np.nan, 4, 4, 4, 4, 4, 5]) == (2, 4)
    assert shown_range([1, 2, 5]) == (2, 2)


def test_a_share_of_answers_that_few_gave_is_not_told():
    statistics = pd.DataFrame({"n": [300, 300], "floor": [0.01, 0.02], "ceiling": [0.0, 0.2]})
    told = tables.item_rows(statistics)
    assert told["floor"].isna().tolist() == [True, False]
    assert told["ceiling"].tolist() == [0.0, 0.2]
    assert list(told) == ["n", "floor", "ceiling"]


def test_kinds_too_small_for_a_factor_model_are_set_aside_by_name():
    rows = pd.DataFrame({"x": [1.0] * 100, "y": [2.0] * 70 + [np.nan] * 30})
    kinds = pd.Series(pd.Categorical(["town"] * 41 + ["township"] * 59, ["town", "township"]))
    inside, aside = sc.comparable(rows, {"f": ("x", "y")}, kinds)
    assert aside == ("township",)
    assert inside.sum() == 41


# Files that nobody else may read.


def modes(root):
    folder = root / PRIVATE
    paths = [folder, *sorted(folder.iterdir())]
    return [stat.S_IMODE(path.stat().st_mode) for path in paths]


@pytest.mark.skipif(os.name != "posix", reason="the system has no such rights")
def test_the_private_folder_is_closed_from_the_first_moment(tmp_path, everyone, monkeypatch):
    seen = []
    real = os.replace

    def watched(source, target):
        seen.append(stat.S_IMODE(Path(source).stat().st_mode))
        return real(source, target)

    monkeypatch.setattr(os, "replace", watched)
    before = os.umask(0)
    try:
        root = stored(project_at(tmp_path), everyone)
    finally:
        os.umask(before)
    assert seen == [0o600]
    assert modes(root) == [0o700, 0o600]


@pytest.mark.skipif(os.name != "posix", reason="the system has no such rights")
def test_an_open_folder_is_closed_on_the_next_load_and_that_is_said(tmp_path, everyone, capsys):
    root = stored(project_at(tmp_path), everyone)
    report = root / PRIVATE / "import_report.json"
    report.write_text("{}")
    for path in (root / PRIVATE, report):
        path.chmod(0o755 if path.is_dir() else 0o644)
    load_survey(root, "observed")
    assert modes(root) == [0o700, 0o600, 0o600]
    told = capsys.readouterr().err
    assert "Others on this computer could read ., import_report.json in data/survey/private" in told
    assert "本机其他用户" in told
    load_survey(root, "observed")
    assert capsys.readouterr().err == ""


def test_a_link_out_of_the_private_folder_is_left_alone(tmp_path, everyone):
    root = stored(project_at(tmp_path / "project"), everyone)
    other = tmp_path / "other.txt"
    other.write_text("mine")
    other.chmod(0o644)
    (root / PRIVATE / "link").symlink_to(other)
    assert close_private(root) == ()
    assert stat.S_IMODE(other.stat().st_mode) == 0o644
