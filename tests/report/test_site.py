"""The site holds together: every page in both languages, every link, every number's trail."""

import csv
import errno
import json
import re
import shutil

import pytest
import sites
from said import visible_text

from compendium.claims.ledger import COLUMNS
from compendium.claims.verdicts import EVIDENCE_WORDS
from compendium.errors import UserError
from compendium.files import refused
from compendium.plan import load_plan
from compendium.report.apart import parted
from compendium.report.contents import Contents
from compendium.report.site import build
from compendium.report.site.edition import Edition
from compendium.report.site.notebooks import language_of, prose
from compendium.report.site.pages import pages
from compendium.report.site.search import pairs
from compendium.report.site.words import SETUP, STAND_IN

EN, ZH = "en", "zh"
SOUND = ("data:", "mailto:")


@pytest.fixture(scope="session")
def built(reported):
    return sites.built(reported)


@pytest.fixture
def other(reported, tmp_path):
    """A project whose site was built before, for tests that spoil something."""
    root = sites.project(reported, tmp_path / "spoilt")
    old = root / "reports" / "site" / "index.html"
    old.parent.mkdir(parents=True)
    old.write_text("the last good site", encoding="utf-8")
    return root


def pages_of(built, lang):
    return {p.relative_to(built / lang).as_posix() for p in (built / lang).rglob("*.html")}


def all_pages(built):
    skipped = ("_static",)
    return [p for p in sorted(built.rglob("*.html")) if not set(skipped) & set(p.parts)]


def anchors(path):
    return set(sites.page(path).ids)


def test_every_page_exists_in_both_languages(built):
    named = pages_of(built, EN)
    assert named == pages_of(built, ZH)
    plan = load_plan(sites.ROOT)
    wanted = {"index.html", "estimates.html", "methods.html", "run.html", "verify.html"}
    wanted |= {f"claims/{claim.lower()}.html" for claim in plan.claims}
    wanted |= {f"data/{name}.html" for name in ("incidents", "survey", "external")}
    assert wanted <= named


def test_every_link_and_every_load_leads_to_a_file_and_an_anchor_of_the_site(built):
    lost = []
    for path in all_pages(built):
        page = sites.page(path)
        for href in [*page.links, *page.loads]:
            if href.startswith(("http://", "https://", *SOUND)) and href not in page.loads:
                continue
            file, anchor = sites.target(path, href.partition("?")[0])
            if (
                not file.is_file()
                or not file.is_relative_to(built.resolve())
                or (anchor and file.suffix == ".html" and anchor not in anchors(file))
            ):
                lost.append((path.name, href))
    assert lost == []


def test_nothing_is_loaded_from_anywhere_else(built):
    loads = [href for path in all_pages(built) for href in sites.page(path).loads]
    assert not [href for href in loads if re.match(r"(https?:)?//", href)]
    for path in built.rglob("*.css"):
        assert not re.search(r"(url\(|@import)\s*['\"]?(https?:)?//", path.read_text("utf-8")), path


def test_ids_stand_once_on_a_page(built):
    for path in all_pages(built):
        ids = sites.page(path).ids
        assert sorted(set(ids)) == sorted(ids), path


def test_each_page_says_its_language_and_switches_to_the_same_page(built):
    for lang, other, code in ((EN, ZH, "en"), (ZH, EN, "zh-CN")):
        for name in pages_of(built, lang):
            if name.startswith("_static"):
                continue
            page = sites.page(built / lang / name)
            assert page.lang == code
            file, _ = sites.target(built / lang / name, page.switch["href"])
            assert file == (built / other / name).resolve()
            assert page.switch["lang"] != code


def test_every_picture_has_words(built):
    for path in all_pages(built):
        assert all(image.get("alt") for image in sites.page(path).images), path


@pytest.mark.parametrize("lang", [EN, ZH])
def test_a_number_can_be_followed_to_its_cell_and_its_data(built, contents, lang):
    ledger = built / lang / "estimates.html"
    text = ledger.read_text(encoding="utf-8")
    for estimate in contents[lang].ledger.values():
        row = re.search(rf'<tr id="{re.escape(estimate.id)}">.*?</tr>', text, re.DOTALL)[0]
        leads = [sites.target(ledger, href) for href in re.findall(r'href="([^"]+)"', row)]
        cells = [(file, a) for file, a in leads if file.parent.name == "notebooks"]
        tables = [(file, a) for file, a in leads if file.parent.name == "data"]
        assert [file.stem for file, _ in cells] == [estimate.notebook]
        assert cells[0][1] in anchors(cells[0][0])
        assert len(tables) == len(estimate.dataset.split(","))
        assert all(anchor in anchors(file) for file, anchor in tables)
        assert any(file.name == "methods.html" for file, _ in leads)


def test_each_test_of_a_claim_leads_to_the_estimate_it_was_judged_by(built, contents):
    for lang, one in contents.items():
        for claim in one.claims:
            pages = [
                sites.page(built / lang / name)
                for name in (f"claims/{claim.id.lower()}.html", "simulated.html")
            ]
            for test in claim.tests:
                simulated = test.result.evidence == "stand-in"
                assert [test.id in page.ids for page in pages] == [not simulated, simulated]
                page = pages[simulated]
                if test.estimate:
                    up = "" if simulated else "../"
                    assert f"{up}estimates.html#{test.estimate.id}" in page.links


def test_every_estimate_of_the_reference_names_a_cell_that_records(contents):
    for estimate in contents[EN].ledger.values():
        path = sites.ROOT / "notebooks" / f"{estimate.notebook}.ipynb"
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = {c["id"]: "".join(c["source"]) for c in cells if c["cell_type"] == "code"}
        assert re.search(r"\brecord[(=]", code[estimate.cell]), estimate.id


def test_the_verdict_has_the_same_words_everywhere(built, contents):
    for lang, one in contents.items():
        start = visible_text((built / lang / "index.html").read_text("utf-8"))
        for claim in one.claims:
            path = built / lang / "claims" / f"{claim.id.lower()}.html"
            text = visible_text(path.read_text(encoding="utf-8"))
            assert claim.statement in text
            assert claim.verdict in text
            judged = f"{claim.verdict} {claim.id}. {claim.statement} {claim.strength}"
            assert f"{claim.finding} {judged}" in start


def test_the_start_page_says_what_was_found_before_all_else_and_nothing_of_made_up_data(
    built, contents
):
    for lang, one in contents.items():
        html = (built / lang / "index.html").read_text("utf-8").split("<article", 1)[1]
        start = visible_text(html.split("</article>", 1)[0])
        places = [start.index(claim.finding) for claim in one.claims]
        assert places == sorted(places)
        assert places[-1] < start.index(one.plan.about.about[lang][:20])
        assert places[-1] < start.index(one.imprint[0])
        assert STAND_IN[lang] not in start
        survey = visible_text((built / lang / "data" / "survey.html").read_text("utf-8"))
        assert STAND_IN[lang] in survey


def test_what_ran_on_a_stand_in_is_marked_wherever_it_is_shown(built, contents):
    for lang, one in contents.items():
        mark = EVIDENCE_WORDS["stand-in"][lang]
        text = (built / lang / "simulated.html").read_text("utf-8")
        for claim in one.claims:
            checks = sum(test.result.evidence == "stand-in" for test in claim.tests)
            assert text.count(f'class="gr-test gr-stand-in" id="{claim.id}.') == checks
            assert text.count(mark) >= checks


def test_simulated_data_stand_behind_one_warning_and_claims_name_them_in_a_line(built, contents):
    for lang, one in contents.items():
        page = (built / lang / "simulated.html").read_text("utf-8")
        assert page.count('class="gr-warning"') == 1
        parts = [part for chapter in parted(one).simulated for part in chapter.exhibits]
        shown = {part.id for part in parts}
        assert shown <= set(sites.page(built / lang / "simulated.html").ids)
        rows = [p.recorded.frame["evidence"] for p in parts if "evidence" in p.recorded.frame]
        assert rows
        assert {kind for row in rows for kind in row} == {"stand-in"}, "no observed row is there"
        observed = {n for n in one.exhibits if f"{n}-simulated" in shown}
        assert observed
        assert not observed & set(sites.page(built / lang / "simulated.html").ids)
        assert page.index('class="gr-warning"') < min(page.index(f'id="{n}"') for n in shown)
        for claim in one.claims:
            path = built / lang / "claims" / f"{claim.id.lower()}.html"
            assert not shown & set(sites.page(path).ids)
            assert 'gr-evidence-stand-in"' not in path.read_text("utf-8").split("gr-fold")[0]
    c7 = visible_text((built / EN / "claims" / "c7.html").read_text("utf-8"))
    said = "6 more tests of this claim ran on simulated data and count nowhere; they stand with"
    assert f"{said} their false-positive rates under Simulated data" in c7
    assert "tab-calibration-survey" in sites.page(built / EN / "simulated.html").ids


FOLD = re.compile(
    r"<details\b[^>]*>\s*<summary>(.*?)</summary>(?:(?!<details\b).)*?</details>", re.DOTALL
)
WORD = re.compile(r"[\u4e00-\u9fff]|[A-Za-z0-9][\w'.-]*")


def article(path):
    shown = path.read_text("utf-8").split("<article", 1)[1].split("</article>", 1)[0]
    return shown.partition(">")[2]


def unfolded(html):
    """What is read on a page before anything is opened; pictures have no words here."""
    html = re.sub(r'\balt="[^"]*"', "", html)
    while (less := FOLD.sub(r"\1", html)) != html:
        html = less
    return visible_text(html)


@pytest.mark.parametrize("lang", [EN, ZH])
def test_a_claim_is_read_in_minutes_and_the_rest_is_folded(built, contents, lang):
    for claim in contents[lang].claims:
        path = built / lang / "claims" / f"{claim.id.lower()}.html"
        assert len(WORD.findall(unfolded(article(path)))) <= 2500, path
        tables = article(path).count("<table")
        assert tables == 0 or "<table" not in FOLD.sub("", article(path))
        for test in claim.tests:
            if test.result.evidence != "stand-in":
                assert test.sentence in unfolded(article(path))
                assert test.why in visible_text(article(path))


@pytest.mark.parametrize("lang", [EN, ZH])
def test_a_notebook_opens_with_what_it_found_and_its_set_up_in_one_fold(built, contents, lang):
    name = sites.EXECUTED
    shown = article(built / lang / "notebooks" / f"{name}.html")
    found = [t.sentence for c in contents[lang].claims for t in c.tests if t.notebook == name]
    seen = visible_text(shown)
    assert found
    assert all(sentence in seen for sentence in found)
    assert seen.index(found[0]) < 200
    head = shown[: shown.index("<h2")]
    assert head.count("<details") == 1
    assert SETUP[lang] in head
    assert not re.search(r">\s*(?:cell-|added-)", head)
    for cell in ("cell-02", "cell-03"):
        assert f'id="{cell}"' in head


def test_search_has_the_text_of_every_page(built, contents):
    for lang in (EN, ZH):
        script = (built / lang / "searchtexts.js").read_text("utf-8")
        texts = json.loads(script.removeprefix("window.grTexts = ").removesuffix(";\n"))
        pages = {name for name in pages_of(built, lang) if not name.startswith("_")}
        assert {f"{name}.html" for name in texts} == pages - {"search.html"}
        for claim in contents[lang].claims:
            assert claim.statement in texts[f"claims/{claim.id.lower()}"]
        assert not re.search(r"<[a-z]+ ", script)


def test_prose_of_a_notebook_is_shown_in_the_language_of_the_page(built):
    for path in (built / EN / "notebooks").glob("*.html"):
        article = path.read_text("utf-8").split("<article", 1)[1].split("</article>", 1)[0]
        for said in re.findall(r"<p>(.*?)</p>", article, re.DOTALL):
            assert language_of(visible_text(said)) != "zh", (path.name, said)
    shown = (built / ZH / "notebooks" / "01_data.html").read_text("utf-8")
    assert "空白表示所见页面均未说明" in shown
    assert "A cell is empty when no page" not in shown


def test_prose_keeps_code_in_both_languages_and_a_cell_of_one_language_whole():
    source = "# Title\n\nSome words on 责任.\n\n# 标题\n\n`fit()` 拟合模型。"
    assert prose(source, "en") == "# Title\n\nSome words on 责任."
    assert prose(source, "zh") == "# 标题\n\n`fit()` 拟合模型。"
    assert prose("Only English.", "zh") == "Only English."


@pytest.mark.parametrize("lang", [EN, ZH])
def test_a_notebook_page_is_made_of_the_executed_copy_of_its_language(built, lang):
    shown = (built / lang / "notebooks" / "01_data.html").read_text("utf-8")
    assert f"reports/{lang}/notebooks/01_data.ipynb" in shown
    assert f"<p>{sites.SAID[lang]}</p>" in shown


def test_search_in_chinese_splits_into_pairs(built):
    assert list(pairs("追责 C3，基层政府")) == ["追责", "c3", "基层", "层政", "政府"]
    index = (built / ZH / "searchindex.js").read_text(encoding="utf-8")
    for word in ("追责", "倒挂"):
        assert f"{json.dumps(word)}:" in index
    assert "function splitQuery" in (built / ZH / "_static" / "language_data.js").read_text("utf-8")


def test_visible_text_leaves_out_what_is_not_seen():
    html = '<head><title>T</title></head><p>1 &lt; 2 <img alt="three" src="4.svg"></p><script>5</script>'
    assert visible_text(html) == "1 < 2 three"


@pytest.mark.slow
def test_two_builds_have_the_same_bytes_whatever_the_clock(reported, built, tmp_path):
    root = sites.project(reported, tmp_path / "elsewhere")
    path = root / "reports" / "run.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(
        json.dumps({**record, "ended": "2031-01-01", "kernel": "plain"}), encoding="utf-8"
    )
    written = sites.write(root)
    again = root / "reports" / "site"
    assert written.first == (again / "index.html",)
    files = {
        p.relative_to(built).as_posix(): p.read_bytes() for p in built.rglob("*") if p.is_file()
    }
    found = {p.relative_to(again).as_posix(): p.read_bytes() for p in written.files}
    assert sorted(found) == sorted(files)
    assert [name for name in files if files[name] != found[name]] == []


def spoil_value(root):
    path = root / "reports" / "estimates.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    rows[1][COLUMNS.index("value")] = ""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def spoil_picture(root):
    (root / "reports" / ZH / "figures" / "fig-tiers.svg").unlink()


def spoil_exhibit(root):
    (root / "reports" / "exhibits" / "fig-tiers.json").unlink()


def spoil_label(root):
    path = root / "notebooks" / "plan" / "methods.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("zh: 对已发布数字的算术", "zh: ''"), encoding="utf-8")


def spoil_readme(root):
    (root / "data" / "incidents" / "README.md").unlink()


def spoil_record(root):
    (root / "reports" / "run.json").write_text("{", encoding="utf-8")


def spoil_notebook(root):
    path = root / "reports" / EN / "notebooks" / "01_data.ipynb"
    path.write_text("{}", encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (spoil_value, r"row 1|has no value"),
        (spoil_picture, "fig-tiers has no picture"),
        (spoil_exhibit, "fig-tiers is planned, but 03_accountability did not make it"),
        (spoil_label, "is empty"),
        (spoil_readme, "does not say where its data come from"),
        (spoil_record, r"run\.json: not as a run writes it \(no JSON\); run 'grassroots run"),
        (spoil_notebook, "the executed notebook can't be read"),
    ],
)
def test_a_fault_is_one_line_and_the_last_good_site_stays(other, spoil, said):
    spoil(other)
    with pytest.raises(UserError, match=said) as caught:
        sites.write(other)
    assert "\n" not in str(caught.value)
    assert (other / "reports" / "site" / "index.html").read_text("utf-8") == "the last good site"
    assert not [p.name for p in (other / "reports").iterdir() if p.name.startswith(".site")]


def test_a_full_disk_names_the_site_and_keeps_the_last_one(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    last = tmp_path / "site" / "index.html"
    last.parent.mkdir()
    last.write_text("the last good site", encoding="utf-8")
    monkeypatch.setattr(build, "_edition", lambda *_: None)
    monkeypatch.setattr(build, "pages", lambda _: {})
    monkeypatch.setattr(build, "_make", full)
    with pytest.raises(UserError, match=r"site: the disk is full; free some space"):
        build.write({}, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["site"]
    assert last.read_text(encoding="utf-8") == "the last good site"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Traceback:\nOSError: [Errno 28] No space left on device\n", None),
        ("Extension error: [Errno 27] File too large: '/x/site/a.html'\nmore", "/x/site/a.html"),
    ],
)
def test_what_the_system_refused_to_sphinx_is_no_fault_of_a_page(said, name):
    with pytest.raises(OSError, match=r"No space|too large") as caught:
        build._raise_refusal(said)
    assert refused(caught.value)
    assert caught.value.filename == name
    assert build._raise_refusal("WARNING: a page names [Errno] nothing") is None


@pytest.mark.slow
def test_a_warning_of_sphinx_is_an_error_that_names_the_page(other):
    path = other / "reports" / EN / "notebooks" / "01_data.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"][0]["source"] = "# The data\n\n```{nosuchthing}\nx\n```"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    with pytest.raises(UserError, match=r"the site can't be built.*01_data.*nosuchthing"):
        sites.write(other)
    assert (other / "reports" / "site" / "index.html").read_text("utf-8") == "the last good site"


def test_a_run_without_notebooks_says_how_to_get_them(reported, tmp_path):
    root = tmp_path / "no notebooks"
    shutil.copytree(reported, root)
    (root / "data" / "incidents" / "README.zh-CN.md").unlink()
    written = pages(Edition(Contents(root, ZH)))
    assert "grassroots run 03_accountability" in written["notebooks/03_accountability.md"]
    assert '<div lang="en">' in written["data/incidents.md"]
    assert '<div lang="en">' not in written["data/official_statistics.md"]
