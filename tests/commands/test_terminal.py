"""What commands print fits 80 columns: no broken word, no line that begins with a stop."""

import argparse
import re
from pathlib import Path

import pytest
from rich.cells import cell_len

from compendium.claims import lines
from compendium.claims.ledger import Estimate, read_ledger, write_ledger
from compendium.claims.verdicts import judge_claims
from compendium.commands import claims, data, verify
from compendium.console import aligned, wrapped
from compendium.data import check
from compendium.plan import load_plan
from compendium.review.verify import accept
from compendium.text import LANGS

ROOT = Path(__file__).parents[2]
WIDTH = 80


def given(project, lang):
    """What the command line hands to `verify` that compares numbers and words alone."""
    return argparse.Namespace(
        root=project, accept=False, json=None, lang=lang, folder=None, against=None, numbers=True
    )


@pytest.fixture(scope="module")
def results():
    return judge_claims(load_plan(ROOT), read_ledger(ROOT / "reports/reference/estimates.csv"))


@pytest.fixture(scope="module")
def checked():
    return check(ROOT)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A run that differs from its reference in two numbers."""
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    ledger = tmp_path / "reports" / "estimates.csv"
    write_ledger(ledger, [estimate(f"a.name.of.{i}", 0.5) for i in range(9)])
    accept(tmp_path)
    write_ledger(
        ledger,
        [estimate(f"a.name.of.{i}", {2: 0.6, 7: 2.0}.get(i, 0.5)) for i in range(9)],
    )
    return tmp_path


def estimate(name, value):
    return Estimate(name, "share", "比例", "x", value, ci_low=0.1, n=5, notebook="03_one")


def faults(lines):
    """Lines that are too wide or begin with a mark that may not begin one."""
    return [
        line for line in lines if cell_len(line) > WIDTH or re.match(r"\s*[，。、；：）]", line)
    ]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("written", [lines.verdict_lines, claims.test_lines])
def test_claims_and_tests_fit_the_terminal(results, written, lang):
    lines = written(results, lang, WIDTH)
    assert faults(lines) == []
    assert "…" not in "".join(lines)


@pytest.mark.parametrize("lang", LANGS)
def test_each_test_has_one_line_with_its_whole_name(results, lang):
    lines = claims.test_lines(results, lang, WIDTH)
    tests = [result.test for one in results for result in one.results]
    named = [line.split()[0] for line in lines if line.startswith("  ")][1 : 1 + len(tests)]
    assert named == [test.id.partition(".")[2] for test in tests]


def test_there_is_room_for_what_a_test_says_on_a_wide_terminal_only(results):
    label = next(iter(results)).results[0].test.label.en
    assert label in "\n".join(claims.test_lines(results, "en", 200))
    assert label not in "\n".join(claims.test_lines(results, "en", WIDTH))


def test_counts_are_sentences(results):
    said = {one.claim.id: lines.strength_words(one, "en") for one in results}
    assert "1 holds, 3 fail, 2 are inconclusive; " in said["C4"]
    assert "1 holds, 1 fails; " in said["C6"]
    assert lines.strength_words(results[5], "zh").startswith("证据线：1 条成立，1 条不成立；")


@pytest.mark.parametrize("lang", LANGS)
def test_the_data_check_keeps_file_names_whole(checked, lang):
    lines = data.summary(checked, lang)
    assert faults(lines) == []
    assert [line.split()[0] for line in lines[1:]] == [one.file for one in checked]
    assert "data/published_surveys/satisfaction_by_tier.csv" in "\n".join(lines)


def printed(project, capsys, lang):
    code = verify.main(given(project, lang))
    return code, capsys.readouterr().out.splitlines()


def test_verify_leads_with_the_largest_moves(project, capsys):
    code, said = printed(project, capsys, "en")
    assert code == 1
    assert said[0] == "Largest moves of a number:"
    assert said[1] == "  estimates of 03_one: a.name.of.7, value: 0.5 there, 2 here"
    assert said[2].endswith("a.name.of.2, value: 0.5 there, 0.6 here")
    assert said[-1] == "1 of 1 differ from the reference."
    assert faults(said) == []


def test_verify_speaks_chinese_too(project, capsys):
    code, said = printed(project, capsys, "zh")
    assert code == 1
    assert said[0] == "变动最大的数值："
    assert said[-1] == "1 项与存档结果不同（共 1 项）。"
    assert faults(said) == []


def test_a_run_that_agrees_is_said_in_a_line(project, capsys):
    accept(project)
    code, said = printed(project, capsys, "en")
    assert code == 0
    assert said == [
        "1 more are the same as in the reference.",
        "All 1 agree with the reference.",
    ]


def test_lines_break_between_words_and_never_before_a_stop():
    text = "证据线三条，二条成立。" * 6 + "words that stay whole"
    lines = wrapped(text, 22, "C1  ")
    assert all(cell_len(line) <= 22 for line in lines)
    assert lines[0].startswith("C1  证")
    assert not [line for line in lines if line.strip()[0] in "，。"]
    assert wrapped("a " + "x" * 30, 12, "- ") == ["- a", *["  " + "x" * 10] * 3]


def test_columns_are_below_each_other_whatever_the_script():
    assert aligned([("文件", "行"), ("a", "12")], right={1}) == ["文件  行", "a     12"]
