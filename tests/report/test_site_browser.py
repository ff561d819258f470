"""The site in a real browser: opens silently, keeps the page, is searched, followed and read aloud."""

import re
import shutil
from urllib.parse import quote

import hostile
import pytest
import sites

pytestmark = pytest.mark.browser
sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

WIDTHS = (360, 768, 1280)
KINDS = (
    "index",
    "claims/c3",
    "notebooks/03_accountability",
    "estimates",
    "simulated",
    "data/incidents",
    "data/survey",
    "data/external",
    "methods",
    "run",
    "verify",
    "search",
)
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
FEWER_ROWS = """document.querySelectorAll("tbody").forEach(
  body => [...body.rows].slice(8).forEach(row => row.remove()))"""
"""Rows of one table are made alike: eight of them show the faults of all."""
GRAVE = ("serious", "critical")


@pytest.fixture(scope="session")
def built(reported):
    return sites.built(reported)


@pytest.fixture(scope="session")
def browser():
    program = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("there is no Chromium browser on this machine")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def tab(browser):
    """A tab that notes every complaint and every request that leaves the folder."""
    page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page.faults = []
    page.on("console", lambda m: page.faults.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("requestfailed", lambda r: page.faults.append(r.url))
    page.on(
        "request",
        lambda r: None if r.url.startswith(("file:", "data:")) else page.faults.append(r.url),
    )
    yield page
    page.close()


def address(built, name):
    return f"file://{quote(str(built / name))}"


def names(built, lang):
    pages = sorted((built / lang).rglob("*.html"))
    return [p.relative_to(built).as_posix() for p in pages if "_static" not in p.parts]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_page_opens_silently_and_fits_every_width(built, tab, lang):
    wide = []
    for name in names(built, lang):
        tab.goto(address(built, name))
        for width in WIDTHS:
            tab.set_viewport_size({"width": width, "height": 900})
            over = tab.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            if over > 0:
                wide.append((name, width, over))
    assert tab.faults == []
    assert wide == []


@pytest.mark.parametrize(
    ("lang", "name"), [("en", name) for name in KINDS] + [("zh", name) for name in KINDS[:3]]
)
def test_no_serious_fault_of_accessibility(built, tab, lang, name):
    from axe_playwright_python.sync_playwright import Axe

    tab.goto(address(built, f"{lang}/{name}.html"))
    tab.evaluate(FEWER_ROWS)
    found = Axe().run(tab).response["violations"]
    grave = {
        f["id"]: [n["html"][:160] for n in f["nodes"][:3]] for f in found if f["impact"] in GRAVE
    }
    assert grave == {}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    "name", ["index", "claims/c3", "notebooks/03_accountability", "estimates", "simulated"]
)
def test_in_the_dark_pages_are_dark_legible_and_figures_stay_on_white(built, browser, lang, name):
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(color_scheme="dark")
    page.goto(address(built, f"{lang}/{name}.html"))
    page.evaluate(FEWER_ROWS)
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(map(int, re.findall(r"\d+", background)[:3])) < 60
    pictures = page.locator(".gr-figure img").evaluate_all(
        "all => all.map(one => [getComputedStyle(one).backgroundColor, getComputedStyle(one).filter])"
    )
    assert all(one == ["rgb(255, 255, 255)", "none"] for one in pictures)
    found = Axe().run(page).response["violations"]
    page.close()
    grave = {
        f["id"]: [n["html"][:160] for n in f["nodes"][:3]] for f in found if f["impact"] in GRAVE
    }
    assert grave == {}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_ledger_needs_no_scrolling_sideways_on_a_telephone(built, browser, lang):
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(address(built, f"{lang}/estimates.html"))
    wide = page.locator(".gr-ledger .gr-scroll").evaluate_all(
        "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).length"
    )
    row = page.locator('[id="coding.ac1"]')
    assert row.bounding_box()["x"] + row.bounding_box()["width"] <= 390
    page.close()
    assert wide == 0


def test_the_first_page_goes_to_the_language_of_the_browser(built, browser):
    for locale, lang in (("zh-CN", "zh"), ("de-DE", "en")):
        page = browser.new_page(locale=locale)
        page.goto(address(built, "index.html"))
        page.wait_for_url(re.compile(rf"/{lang}/index\.html$"))
        page.close()


def test_without_scripts_the_first_page_lets_the_reader_choose(built, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address(built, "index.html"))
    page.get_by_role("link", name="中文").click()
    assert page.url.endswith("/zh/index.html")
    assert page.get_by_role("link", name="English").count() == 1
    context.close()


def test_the_switch_keeps_page_and_place_and_works_by_keyboard(built, tab):
    for name in ("claims/c3.html#C3.tier_epidemic", "estimates.html#coding.ac1"):
        tab.goto(address(built, "en") + f"/{name}")
        tab.locator("a.gr-switch").focus()
        tab.keyboard.press("Enter")
        tab.wait_for_url(re.compile(rf"/zh/{re.escape(name)}$"))
        tab.locator("a.gr-switch").click()
        tab.wait_for_url(re.compile(rf"/en/{re.escape(name)}$"))
    assert tab.faults == []


def test_the_first_tab_stop_skips_to_the_content(built, tab):
    tab.goto(address(built, "en/claims/c1.html"))
    tab.keyboard.press("Tab")
    skip = tab.locator(":focus")
    assert "main-content" in skip.get_attribute("href")
    tab.wait_for_function("document.activeElement.getBoundingClientRect().top >= 0")
    assert skip.bounding_box()["height"] > 10


@pytest.mark.parametrize(
    ("lang", "words", "found"),
    [
        ("en", "responsibility exceeds its power", "claims/c3.html"),
        ("en", "beta-binomial", "methods.html"),
        ("zh", "追责", "notebooks/03_accountability.html"),
        ("zh", "权责失衡", "claims/c3.html"),
        ("zh", "层层加码", "notebooks/05_escalation.html"),
    ],
)
def test_search_finds(built, tab, lang, words, found):
    tab.goto(address(built, f"{lang}/index.html"))
    box = tab.locator("#pst-primary-sidebar input[name=q]")
    box.fill(words)
    box.press("Enter")
    tab.wait_for_selector("#search-results ul.search li a")
    tab.wait_for_timeout(300)
    links = tab.locator("#search-results ul.search li a").evaluate_all(
        "all => all.map(a => a.href)"
    )
    assert any(found in link for link in links), links
    tab.wait_for_selector("#search-results .gr-snippet mark")
    said = tab.locator("#search-results .gr-snippet").all_inner_texts()
    assert any(words.split()[0].lower() in snippet.lower() for snippet in said), said
    assert tab.faults == []


def test_a_number_can_be_clicked_to_its_sources(built, tab):
    tab.goto(address(built, "en/claims/c3.html"))
    tab.locator('[id="C3.tier_epidemic"] a[href*="estimates.html#"]').first.click()
    row = tab.locator("tr:target")
    row.wait_for(state="visible")
    row.locator('a[href*="notebooks/"]').click()
    assert "notebooks/03_accountability.html#cell-" in tab.url
    tab.locator(".gr-cell:target + * details[open]").first.wait_for(state="visible")
    tab.go_back()
    row.wait_for(state="visible")
    row.locator('a[href*="data/"]').first.click()
    tab.locator(".gr-data:target").wait_for(state="visible")
    assert "data/incidents.html#table-incidents" in tab.url
    assert tab.get_by_role("heading", name="Sources and limits").is_visible()
    assert tab.faults == []


def test_a_printed_page_has_no_navigation(built, tab):
    tab.goto(address(built, "zh/claims/c1.html"))
    tab.emulate_media(media="print")
    for hidden in ("#pst-primary-sidebar", "a.gr-switch", ".bd-sidebar-secondary"):
        assert not tab.locator(hidden).first.is_visible(), hidden
    assert tab.locator("h1:visible").count() == 1


ALIVE = f"""() => [
  window.{hostile.MARKED},
  document.querySelectorAll(
    '#{hostile.MARKED}, [onerror], [onload], [src="x"], [href^="javascript"], [href*="e.invalid"]'
  ).length,
  [...document.scripts].filter(s => s.textContent.includes('{hostile.MARKED}')).length,
]"""


def test_no_text_of_a_hostile_project_comes_alive(reported, tab):
    built = hostile.built(reported)
    searches = [f"{lang}/search.html?q=onerror" for lang in ("en", "zh")]
    for name in [*names(built, "en"), *names(built, "zh"), *searches]:
        page, _, query = name.partition("?")
        tab.goto(f"{address(built, page)}?{query}")
        if query:
            tab.locator("#search-results li").first.wait_for()
        assert tab.evaluate(ALIVE) == [None, 0, 0], name
    tab.goto(address(built, "en/claims/c3.html"))
    assert "<img src=x onerror=" in tab.locator("article h1").first.inner_text()
    assert tab.faults == []
