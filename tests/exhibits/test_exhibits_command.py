"""`grassroots exhibits`: drawn from what is recorded, nothing refitted, plain in what it refuses."""

import json
import shutil
from pathlib import Path

import pytest

from compendium import cli
from compendium.files import sha256_of
from compendium.plan import load_plan

ROOT = Path(__file__).resolve().parents[2]
# Pictures of the run that are committed.
FIGURES = ("fig-tiers", "fig-fiscal")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The project with the committed results in the place of a run's."""
    folder = tmp_path_factory.mktemp("项目 one")
    for part in ("notebooks/plan", "data"):
        shutil.copytree(ROOT / part, folder / part)
    (folder / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    shutil.copytree(ROOT / "reports/reference/exhibits", folder / "reports/exhibits")
    return folder


def exhibits(folder, *arguments, code=0, capsys=None):
    assert cli.main(["exhibits", *arguments, "--root", str(folder)]) == code
    if capsys is None:
        return ""
    said = capsys.readouterr()
    return said.out + said.err


def files_of(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", FIGURES)
def test_the_house_style_draws_the_committed_pictures(project, name, lang, tmp_path):
    reference = ROOT / "reports/reference" / lang / "figures" / f"{name}.png"
    if not reference.is_file():
        pytest.skip("no committed picture")
    exhibits(project, name, "--lang", lang, "--out", str(tmp_path))
    assert (tmp_path / f"{name}.png").read_bytes() == reference.read_bytes()


def test_a_table_edited_by_hand_is_set_aside_when_it_is_drawn_again(project, capsys):
    exhibits(project, "tab-ranks", "--format", "html", "--style", "slide")
    page = project / "reports/styled/slide/en/tab-ranks.html"
    drawn = page.read_bytes()
    page.write_text("edited", encoding="utf-8")
    said = exhibits(project, "tab-ranks", "--format", "html", "--style", "slide", capsys=capsys)
    assert "reports/set-aside/styled/slide/en/tab-ranks.html\n" in said
    kept = project / "reports/set-aside/styled/slide/en/tab-ranks.html"
    assert (kept.read_text(encoding="utf-8"), page.read_bytes()) == ("edited", drawn)


def test_a_figure_goes_to_a_folder_of_its_style_and_language(project, capsys):
    options = ("--lang", "zh", "--format", "pdf,png", "--style", "journal", "--width", "85mm")
    said = exhibits(project, "fig-tiers", *options, "--dpi", "300", capsys=capsys)
    folder = project / "reports/styled/journal/zh"
    assert files_of(folder) == ["fig-tiers.json", "fig-tiers.pdf", "fig-tiers.png", "fig-tiers.txt"]
    assert str(folder / "fig-tiers.pdf") in said
    told = json.loads((folder / "fig-tiers.json").read_text("utf-8"))
    recorded = json.loads((project / "reports/exhibits/fig-tiers.json").read_text("utf-8"))
    assert told["data"] == recorded["data"]
    assert (told["style"], told["width_mm"], told["dpi"]) == ("journal", 85, 300)


def test_what_is_recorded_stays_as_it_is(project, tmp_path):
    recorded = sorted((project / "reports/exhibits").iterdir())
    before = [sha256_of(path) for path in recorded]
    exhibits(project, "fig-duties", "tab-tiers", "--style", "slide", "--out", str(tmp_path))
    assert [sha256_of(path) for path in recorded] == before
    assert {"fig-duties.svg", "tab-tiers.html", "tab-tiers.csv"} <= set(files_of(tmp_path))
    assert (tmp_path / "tab-tiers.csv").read_bytes() == recorded_bytes(project, "tab-tiers.csv")


def recorded_bytes(project, name):
    return (project / "reports/exhibits" / name).read_bytes()


def test_an_author_restyles_with_one_file(project, tmp_path):
    own = project / "notebooks/plan/style.yml"
    own.write_text("base: journal\nwidth: 120mm\n", encoding="utf-8")
    try:
        exhibits(project, "fig-tiers", "--format", "svg")
        assert (project / "reports/styled/style/en/fig-tiers.svg").is_file()
        own.write_text("base: journal\ncolour: red\n", encoding="utf-8")
        assert cli.main(["exhibits", "fig-tiers", "--root", str(project)]) == 2
    finally:
        own.unlink()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["fig-tier"], "unknown exhibit 'fig-tier'; did you mean fig-tiers"),
        (["fig-tiers", "--style", "jurnal"], "unknown style 'jurnal'; did you mean journal?"),
        (["fig-tiers", "--style", "no.yml"], "no.yml: there is no such file; check the name"),
        (["fig-tiers", "--format", "pgn"], "unknown format 'pgn'; did you mean 'png'?"),
        (["fig-tiers", "--format", "html"], "fig-tiers is a figure, not written as html"),
        (["tab-tiers", "--format", "png"], "Word and LaTeX: grassroots report"),
        (["fig-tiers", "--width", "85"], "value '85': this is no width; give for example single"),
        (["fig-tiers", "--dpi", "5"], "value 5: no such resolution; give 50 to 2400 dpi"),
        (["fig-tiers", "--lang", "fr"], "unknown language 'fr'"),
        (["fig-tiers", "--without", "titel"], "did you mean title?"),
        (["fig-qca-all", "--style", "journal"], "does not fit a width of 85 mm: conditions and"),
    ],
)
def test_wrong_use_is_one_clear_line_and_writes_nothing(project, arguments, said, capsys, tmp_path):
    told = exhibits(project, *arguments, "--out", str(tmp_path / "out"), code=2, capsys=capsys)
    assert said in told
    assert told.startswith("error: ")
    assert told.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_figure_that_does_not_fit_names_a_width_that_it_fits(project, capsys, tmp_path):
    options = ("fig-qca-all", "--style", "journal", "--format", "svg", "--out", str(tmp_path))
    told = exhibits(project, *options, code=2, capsys=capsys)
    least = told.rsplit("at least ", 1)[1].strip().replace(" ", "")
    exhibits(project, *options, "--width", least)
    assert "fig-qca-all.svg" in files_of(tmp_path)


def test_what_was_not_recorded_names_the_notebook_to_run(project, capsys, tmp_path):
    lean = tmp_path / "lean"
    for part in ("notebooks", "data"):
        shutil.copytree(project / part, lean / part)
    (lean / "pyproject.toml").write_text("", encoding="utf-8")
    told = exhibits(lean, "fig-tiers", code=2, capsys=capsys)
    assert "fig-tiers was not recorded yet" in told
    assert "grassroots run 03_accountability" in told
    assert "run the notebooks first: grassroots run" in exhibits(lean, code=2, capsys=capsys)


@pytest.mark.slow
def test_without_an_id_all_that_is_recorded_is_drawn(project, capsys, tmp_path):
    absent = project / "reports/exhibits/fig-risk.json"
    kept = absent.read_bytes()
    absent.unlink()
    try:
        options = ("--format", "svg,html", "--out", str(tmp_path / "all"))
        said = exhibits(project, *options, capsys=capsys)
    finally:
        absent.write_bytes(kept)
    recorded = {path.stem for path in (project / "reports/exhibits").glob("*.json")}
    planned = set(load_plan(ROOT).exhibits)
    assert {path.stem for path in (tmp_path / "all").iterdir()} == (recorded & planned) - {
        "fig-risk"
    }
    assert "not recorded yet: " in said
    assert "fig-risk" in said
    assert "grassroots run " in said
