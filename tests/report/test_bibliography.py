"""One BibTeX file: read strictly, and shown wherever the report speaks of a source."""

import csv
import re
from pathlib import Path

import pytest
import yaml

from compendium.errors import UserError
from compendium.report.bibliography import BIBLIOGRAPHY, article, bibliography
from compendium.report.methods import methods
from compendium.report.page import render
from compendium.report.pdf.data import data_of
from compendium.report.site.edition import Edition
from compendium.report.site.references_page import references_page
from compendium.report.site.start import start_page
from compendium.text import LANGS

ROOT = Path(__file__).parents[2]
ENTRY = "@article{a2020,\n  title = {T},\n  year = {2020},\n}\n"


def write(root, text):
    path = root / BIBLIOGRAPHY
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return root


def test_an_entry_is_read_and_written_in_one_line(tmp_path):
    text = (
        "% a remark\n\n@article{a2020,\n  author = {A, B. and C, D.},\n  title = {R\\&D},\n"
        "  year = {2020},\n  journal = {J},\n  volume = {3},\n  number = {1/2},\n"
        "  doi = {10.1000/x_y},\n}\n\n"
        "@misc{b,\n  author = {甲 and 乙},\n  title = {丙},\n  translation = {C},\n"
        "  url = {https://b.org/100%25},\n  urldate = {2026-11-22},\n  keywords = {data},\n}\n"
    )
    one, two = bibliography(write(tmp_path, text)).values()
    assert one.words("en") == "A, B. and C, D. (2020). R&D. J 3(1/2)."
    assert one.address == "https://doi.org/10.1000/x_y"
    assert two.words("en") == "甲、乙. 丙 [C]. Accessed 2026-11-22."
    assert two.words("zh") == "甲、乙. 丙. 2026-11-22 访问."
    assert two.address == "https://b.org/100%25"


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        (ENTRY.replace("article", "webpage"), "unknown kind of entry", 1),
        (ENTRY + ENTRY, "key stands twice", 5),
        (ENTRY.replace("year", "yaer"), "unknown field", 3),
        (ENTRY.replace("2020}", "20}"), "not a year", 3),
        (ENTRY.replace("year = {2020}", "doi = {x}"), "not a doi", 3),
        (ENTRY.replace("year = {2020}", "title = {U}"), "field stands twice", 3),
        (ENTRY.replace("  title = {T},\n", ""), "without title", 3),
        (ENTRY.replace("{2020},", "2020,"), "no field of an entry", 3),
        (ENTRY.replace("\n}\n", "\n"), "no end", 3),
        (ENTRY.replace("\n}\n", "\n") + ENTRY.replace("a2020", "b2020"), "no end", 4),
    ],
)
def test_faults_are_named_with_their_line(tmp_path, text, said, line):
    with pytest.raises(UserError, match=said) as caught:
        bibliography(write(tmp_path, text))
    assert caught.value.line == line
    assert caught.value.mend


def test_without_a_file_there_is_no_bibliography(tmp_path):
    assert bibliography(tmp_path) == {}
    assert article(tmp_path) is None


def test_the_article_is_that_of_the_citation_file():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["references"][0]
    named = article(ROOT)
    for author in cited["authors"]:
        assert author["family-names"] + author["given-names"] in named["author"]
    assert named["title"].replace("：", ":") == cited["title"].replace("：", ":")
    assert [named[name] for name in ("journal", "year", "number", "issn")] == [
        cited["journal"],
        str(cited["year"]),
        cited["issue"],
        cited["issn"],
    ]


def test_every_study_and_every_official_source_has_an_entry():
    entries = bibliography(ROOT)
    addresses = {entry["url"] for entry in entries.values()}
    for table in ("published_surveys/studies.csv", "official_statistics/series.csv"):
        with (ROOT / "data" / table).open(encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if row.get("in_scope", "1") == "1"]
        for row in filter(lambda row: row["source_url"], rows):
            assert row["source_url"].split(" ; ")[0] in addresses, row


def test_every_entry_on_a_method_is_used_by_one():
    used = {reference.key for method in methods(ROOT) for reference in method.references}
    listed = {key for key, entry in bibliography(ROOT).items() if not entry["keywords"]}
    assert used == listed


@pytest.mark.parametrize("lang", LANGS)
def test_the_article_stands_on_the_first_page_and_the_entries_at_the_end(contents, lang):
    named, one = article(ROOT).words(lang), contents[lang]
    document = data_of(one).document
    assert any(named in line for line in document["article"])
    listed = [
        entry["text"]
        for part in [*document["references"], *document["sources"]]
        for entry in part["entries"]
    ]
    assert sorted(listed) == sorted(entry.words(lang) for entry in bibliography(ROOT).values())
    edition = Edition(one)
    assert named in re.sub("&#x27;", "'", start_page(edition, ""))
    page = references_page(edition)
    assert all(entry.key and entry.address.split("&")[0] in page for entry in one.bibliography)
    assert named in render(one.plan, one.ledger, one.root / "nothing", lang)
