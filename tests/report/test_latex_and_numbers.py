"""LaTeX tables and the numbers for manuscripts say what the ledger says."""

import codecs
import csv
import io
import json
import operator
import re
import shutil
import subprocess

import pytest
from said import grids, of_grid
from tracing import numbers_in, untraced

from compendium.claims.ledger import Estimate
from compendium.report import numbers
from compendium.report.escape import escape_latex
from compendium.report.latex import all_tex, table_tex, write
from compendium.report.numbers import FIELDS, fields_of, numbers_csv, numbers_json, numbers_tex
from compendium.text import LANGS

ESTIMATE = Estimate(
    "tiers.share_of_all", "a share", "比例", "x", 0.12345, 0.01, 0.1, 0.1469, 0.95, 0.0004, 1234, 31
)
MACRO = re.compile(r"\\compendium@set\{([^}]*)\}\{([a-z]+)\}\{(.*)\}$", re.MULTILINE)
LAYOUT = re.compile(
    r"\\(fontsize|setlength|begin\{longtable\}|documentclass|usepackage).*|p\{[^}]*\}"
    r"|\\multicolumn\{\d+\}|\\cmidrule\(lr\)\{[^}]*\}"
)


def printed(tex: str) -> str:
    """What a table prints, without the numbers of its layout."""
    body = re.sub(r"^%.*$", "", tex, flags=re.MULTILINE)
    body = body[body.index("\\begingroup") :]
    return LAYOUT.sub("", body).replace("\\label{", "").replace("{^2}", "{}").replace("{,}", ",")


@pytest.mark.parametrize("lang", LANGS)
def test_every_number_of_a_table_is_recorded(contents, lang):
    for grid in grids(contents[lang]):
        heads = [column.heading for column in grid.columns]
        said = numbers_in([*of_grid(grid), *heads, grid.id, *(w for _, w in grid.marks)])
        assert not untraced(numbers_in(printed(table_tex(grid))), said), grid.id


def test_regression_tables_align_by_their_decimals_and_keep_their_origin_as_a_comment(contents):
    grid = contents["en"].exhibits["tab-officials"].grid
    tex = table_tex(grid)
    assert re.search(r"begin\{longtable\}\{.*(D\{\.\}\{\.\}\{\d\.\d\}){3}\}", tex)
    over = r"Dependent variable: officials sanctioned per\\incident, rate ratios"
    assert (
        f"\\multicolumn{{3}}{{c}}{{\\begin{{tabular}}[b]{{@{{}}c@{{}}}}{over}\\end{{tabular}}}}"
        in tex
    )
    assert over.replace(r"\\", " ") == grid.over
    assert "\\noindent Notes: " in tex
    lines = tex.splitlines()
    assert any(line.startswith("% tab-officials · 03_accountability") for line in lines)
    assert "tab-officials · 03" not in "".join(line for line in lines if not line.startswith("%"))


@pytest.mark.parametrize("lang", LANGS)
def test_an_error_stays_on_the_page_of_its_coefficient(contents, lang):
    """Lines of a coefficient are parted nowhere, and terms may be parted: a star forbids it."""
    grid = contents[lang].exhibits["tab-officials"].grid
    ends = re.findall(r"\\\\(\*?)$", table_tex(grid), re.MULTILINE)[-len(grid.rows) :]
    terms = [row[0] for row in grid.rows]
    below = [*map(operator.eq, terms, terms[1:]), False]
    assert 0 < sum(below) < len(below)
    assert ends == ["*" if same else "" for same in below]


def test_one_altered_digit_is_found(contents):
    grid = contents["en"].exhibits["tab-tiers"].grid
    altered = table_tex(grid).replace("46.7", "46.8", 1)
    said = numbers_in([*of_grid(grid), *(column.heading for column in grid.columns)])
    assert untraced(numbers_in(printed(altered)), said)["46.8"] == 1


def test_fields_are_written_as_in_the_report():
    told = fields_of(ESTIMATE)
    assert tuple(told) == FIELDS
    assert told["value"] == "0.123"
    assert told["percentinterval"] == "[10.0%, 14.7%]"
    assert (told["p"], told["n"], told["clusters"]) == ("< 0.001", "1,234", "31")


def test_what_an_estimate_lacks_is_a_dash():
    bare = fields_of(Estimate("x", "a", "甲", "x", 2.0))
    assert {bare[name] for name in ("low", "high", "interval", "p", "clusters")} == {"–"}


def test_excel_is_told_the_encoding_of_the_numbers_and_latex_is_not(contents, tmp_path):
    numbers.write(contents, tmp_path)
    assert (tmp_path / "numbers.csv").read_bytes().startswith(codecs.BOM_UTF8 + b"id,estimand,")
    assert (tmp_path / "numbers.tex").read_bytes().startswith(b"%")
    assert (tmp_path / "numbers.json").read_bytes().startswith(b"{")


def test_the_three_files_of_numbers_agree(contents):
    ledger = contents["en"].ledger
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(numbers_csv(ledger.values())))}
    objects = json.loads(numbers_json(ledger.values()))
    macros = {(i, f): t for i, f, t in MACRO.findall(numbers_tex(ledger.values()))}
    assert set(rows) == set(objects) == set(ledger)
    for name in ledger:
        for field in FIELDS:
            assert rows[name][field] == objects[name][field]
            assert macros[name, field] == escape_latex(rows[name][field])


def test_special_characters_print_as_they_are():
    assert escape_latex("50% of a_b & {c} −1") == r"50\% of a\_b \& \{c\} \ensuremath{-}1"


def test_greek_letters_are_those_of_latex():
    assert escape_latex("δ and χ²") == (r"\ensuremath{\delta} and \ensuremath{\chi}\ensuremath{^2}")


@pytest.fixture(scope="module")
def tables(contents, tmp_path_factory):
    out = tmp_path_factory.mktemp("tex")
    write(contents, out)
    return out


def compiled(folder, name: str) -> str:
    command = ["xelatex", "-interaction=nonstopmode", "-halt-on-error", f"{name}.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=120, check=False)
    log = (folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")
    assert done.returncode == 0, log[-2000:]
    return log


@pytest.mark.skipif(shutil.which("xelatex") is None, reason="there is no TeX")
@pytest.mark.parametrize("lang", LANGS)
def test_tables_compile_alone_and_together(tables, lang):
    folder = tables / lang / "tables"
    if "ctexart.cls" not in found_by_tex("ctexart.cls"):
        pytest.skip("this TeX has no ctex")
    for name in ("tab-tiers", "tab-tests", "all"):
        assert "Missing character" not in compiled(folder, name)
    for name in ("tab-officials", "tab-imbalance", "tab-messages", "tab-weights"):
        compiled(folder, name)
        assert "Overfull" not in compiled(folder, name)


@pytest.mark.skipif(shutil.which("xelatex") is None, reason="there is no TeX")
def test_a_manuscript_prints_a_number_and_refuses_an_unknown_one(tmp_path, contents):
    ledger = contents["en"].ledger
    (tmp_path / "numbers.tex").write_text(numbers_tex(ledger.values()), encoding="utf-8")
    text = (
        "\\documentclass{article}\\input{numbers}\\begin{document}\\typeout{FOUND "
        "\\estimate{tiers.reach.township_or_below}{n}}\\estimate{nobody}{value}\\end{document}"
    )
    (tmp_path / "m.tex").write_text(text, encoding="utf-8")
    command = ["xelatex", "-interaction=nonstopmode", "m.tex"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60, check=False)
    log = (tmp_path / "m.log").read_text(encoding="utf-8", errors="replace")
    assert f"FOUND {ledger['tiers.reach.township_or_below'].n}" in log
    assert "There is no estimate `nobody'" in log


def test_a_manuscript_inputs_every_table():
    assert "\\input{tab-a}" in all_tex(["tab-a"], "en")


def found_by_tex(name: str) -> str:
    command = ["kpsewhich", name]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout
