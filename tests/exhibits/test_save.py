"""What is saved is complete and the same, byte for byte, whenever and wherever."""

import codecs
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import pandas as pd
import pytest
from PIL import Image

from compendium.exhibits.display import ShownFigure, ShownTable
from compendium.exhibits.forms import describe, draw
from compendium.exhibits.recorded import csv_bytes, read_frame
from compendium.exhibits.save import save_figure, save_table

from .exhibit_cases import CASES, LABELS, colophon, table_frame, table_plan

SVG = "{http://www.w3.org/2000/svg}"
SAVE_TWO = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from exhibits.exhibit_cases import CASES
from exhibits.test_save import save
for name in ("tiers", "lines-facets"):
    for lang in ("en", "zh"):
        save(name, lang, Path(sys.argv[1]))
"""


def save(name, lang, out):
    exhibit, data = CASES[name]
    figure = draw(data, exhibit, LABELS, lang)
    alt = describe(data, exhibit, LABELS, lang)
    return save_figure(figure, exhibit, data, colophon(exhibit), lang, alt, out)


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_figure_has_all_its_files(tmp_path):
    save("tiers", "zh", tmp_path)
    assert sorted(contents(tmp_path)) == [
        "exhibits/fig-tiers.csv",
        "exhibits/fig-tiers.json",
        "zh/figures/fig-tiers.pdf",
        "zh/figures/fig-tiers.png",
        "zh/figures/fig-tiers.svg",
        "zh/figures/fig-tiers.txt",
    ]


def test_other_processes_folders_hash_seeds_and_settings_write_the_same_bytes(tmp_path):
    tests = Path(__file__).resolve().parents[1]
    there = tmp_path / "资料 夹" / "there"
    subprocess.run(
        [sys.executable, "-c", SAVE_TWO, str(there), str(tests)],
        env={**os.environ, "PYTHONHASHSEED": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
    )
    with mpl.rc_context({"font.size": 30, "svg.fonttype": "none", "axes.grid": True}):
        for name in ("fiscal", "tiers", "lines-facets"):
            for lang in ("zh", "en"):
                save(name, lang, tmp_path / "again")
    first = contents(there)
    assert len(first) == 20
    again = contents(tmp_path / "again")
    assert {name: again[name] for name in first} == first


@pytest.mark.parametrize("name", ["tiers", "fiscal", "duties", "standin"])
def test_data_and_colophon_are_the_same_in_both_languages(tmp_path, name):
    for lang in ("en", "zh"):
        save(name, lang, tmp_path / lang)
    shared = [contents(tmp_path / lang / "exhibits") for lang in ("en", "zh")]
    assert shared[0] == shared[1]


def test_the_csv_has_ten_digits_and_the_order_of_the_data():
    data = pd.DataFrame(
        {
            "category": pd.Categorical(["b", None, "a"]),
            "value": [1 / 3, None, 123456789.123456],
            "n": pd.array([3, None, 4], dtype="Int64"),
        }
    )
    told = csv_bytes(data).decode("utf-8-sig")
    assert told == ("category,value,n\nb,0.3333333333,3\n,,\na,123456789.1,4\n")


def test_the_csv_begins_with_the_mark_that_excel_needs_and_is_read_with_and_without_it():
    data = pd.DataFrame({"类别": ["县", "乡"], "value": [1, 2]})
    written = csv_bytes(data)
    assert written.startswith(codecs.BOM_UTF8)
    assert not written[3:].startswith(codecs.BOM_UTF8)
    for bytes_ in (written, written[3:]):
        pd.testing.assert_frame_equal(read_frame(io.BytesIO(bytes_)), data)


def test_the_svg_is_named_and_described(tmp_path):
    rendered = save("tiers", "zh", tmp_path)
    root = ElementTree.fromstring(rendered.files["svg"])
    assert root.get("role") == "img"
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title.text == CASES["tiers"][0].title.zh
    assert description.text == rendered.alt
    assert root.get("aria-labelledby").split() == [title.get("id"), description.get("id")]
    assert (tmp_path / "zh/figures/fig-tiers.txt").read_text("utf-8") == f"{rendered.alt}\n"


def test_no_file_tells_when_or_with_what_it_was_made(tmp_path):
    rendered = save("tiers", "en", tmp_path)
    for made in rendered.files.values():
        assert b"CreationDate" not in made
        assert b"dc:date" not in made
        assert mpl.__version__.encode() + b"," not in made


def test_the_png_is_as_wide_as_a_page_at_200_dots_per_inch(tmp_path):
    save("tiers", "en", tmp_path)
    with Image.open(tmp_path / "en/figures/fig-tiers.png") as image:
        assert image.width == 1400
        assert image.info["dpi"] == pytest.approx((200, 200), abs=0.1)


def test_the_colophon_has_hashes_both_languages_and_no_clock(tmp_path):
    save("tiers", "en", tmp_path)
    found = json.loads((tmp_path / "exhibits/fig-tiers.json").read_text("utf-8"))
    words = {part: found.pop(part) for part in ("title", "note", "alt")}
    assert all(set(text) == {"en", "zh"} for text in words.values())
    assert found == {
        "id": "fig-tiers",
        "kind": "figure",
        "notebook": "03_accountability",
        "evidence": ["observed"],
        "claims": ["C3"],
        "parameters": {"level": 0.95, "seed": 20241101},
        "data": {"incidents": "3f9a" * 16, "series": "07bc" * 16},
        "version": "0.1.0",
    }


def test_a_figure_shows_once_and_at_its_size(tmp_path):
    rendered = save("tiers", "en", tmp_path)
    bundle, metadata = ShownFigure(rendered)._repr_mimebundle_()
    assert set(bundle) == {"image/png", "text/plain"}
    assert bundle["text/plain"] == rendered.alt
    assert metadata["image/png"]["width"] == 672


def test_a_table_shows_as_it_is_saved(tmp_path):
    exhibit = table_plan()
    html = save_table(table_frame(), exhibit, LABELS, colophon(exhibit), "zh", tmp_path)
    assert sorted(contents(tmp_path)) == [
        "exhibits/tab-tiers.csv",
        "exhibits/tab-tiers.json",
        "zh/tables/tab-tiers.html",
    ]
    assert (tmp_path / "zh/tables/tab-tiers.html").read_text("utf-8") == html
    assert ShownTable("tab-tiers", html)._repr_html_().endswith(html)
