"""Puts the pages of the report on contact sheets, to be looked at: PDF, Word and the site.

    python tools/contact_sheets.py [pdf] [word] [site]      # after a run and a report; all three

Sheets go to `reports/sheets`. PDF pages need pdftoppm (poppler), Word soffice (LibreOffice) as
well, the site Chromium; what is missing is named and left out (exit code 1). Blind spots: Word's
own line breaks are not LibreOffice's, and what is folded on a page of the site stays folded.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from PIL import Image

ROOT = Path(__file__).parents[1]
Image.MAX_IMAGE_PIXELS = None  # pages of the site are long, and are our own
ALL = ("pdf", "word", "site")
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
PAGES = (
    *("index", "claims/c3", "notebooks/03_accountability", "estimates", "simulated"),
    *("data/incidents", "methods"),
)
WIDTHS = (1280, 390)
ON_A_SHEET = 8
"""Pages of a PDF, in two rows."""
DOTS = 72
"""Dots an inch: text of 8 points can just be read."""
SLICE = 2000
"""Pixels of height of a piece of a long page of the site; pieces stand side by side."""
SLICES = {1280: 3, 390: 8}
GAP = 12
T = TypeVar("T")


def batched(things: Sequence[T], size: int) -> list[Sequence[T]]:
    """Part a sequence in pieces of one size; the last may be shorter."""
    return [things[i : i + size] for i in range(0, len(things), size)]


def sheet(pictures: Sequence[Image.Image], in_row: int) -> Image.Image:
    """Set pictures side by side in rows, on grey."""
    rows = batched(pictures, in_row)
    width = max(sum(one.width + GAP for one in row) for row in rows) + GAP
    heights = [max(one.height for one in row) + GAP for row in rows]
    whole = Image.new("RGB", (width, sum(heights) + GAP), "#888888")
    for k, row in enumerate(rows):
        left = GAP
        for one in row:
            whole.paste(one, (left, GAP + sum(heights[:k])))
            left += one.width + GAP
    return whole


def program(*names: str) -> str:
    """Find a program of the machine, or say that there is none."""
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        raise FileNotFoundError(f"{names[0]} is not installed")
    return found


def pages_of(pdf: Path, out: Path) -> Iterator[Path]:
    """Sheets of a PDF's pages."""
    with tempfile.TemporaryDirectory() as folder:
        command = [program("pdftoppm"), "-r", str(DOTS), "-png", str(pdf), f"{folder}/page"]
        subprocess.run(command, check=True)
        for group in batched(sorted(Path(folder).glob("*.png")), ON_A_SHEET):
            first = group[0].stem.removeprefix("page-")
            path = out / f"{pdf.stem}-{first}.png"
            sheet([Image.open(one) for one in group], ON_A_SHEET // 2).save(path)
            yield path


def pdf_sheets(reports: Path, out: Path) -> Iterator[Path]:
    """Sheets of both PDFs."""
    for path in sorted(reports.glob("report*.pdf")):
        yield from pages_of(path, out)


def word_sheets(reports: Path, out: Path) -> Iterator[Path]:
    """Sheets of the Word reports as LibreOffice sets them."""
    office = program("soffice")
    for path in sorted(reports.glob("report*.docx")):
        with tempfile.TemporaryDirectory() as folder:
            command = [office, "--headless", "--convert-to", "pdf", "--outdir", folder, str(path)]
            subprocess.run(command, check=True, capture_output=True)
            made = Path(folder, f"{path.stem}.pdf").rename(Path(folder, f"word-{path.stem}.pdf"))
            yield from pages_of(made, out)


def site_sheets(reports: Path, out: Path) -> Iterator[Path]:
    """Sheets of pages of the site: both languages, two widths, light and dark, and `index.html`."""
    from playwright.sync_api import sync_playwright

    named = [reports / "site" / lang / f"{n}.html" for lang in ("en", "zh") for n in PAGES]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program(*CHROMIUM), args=["--no-sandbox"]
        )
        for path in [*named, *(reports / lang / "index.html" for lang in ("en", "zh"))]:
            name = "-".join(path.relative_to(reports).with_suffix("").parts)
            for width in WIDTHS:
                for mode in ("light", "dark") if "site" in name else ("light",):
                    page = browser.new_page(viewport={"width": width, "height": 900})
                    page.emulate_media(color_scheme=mode)
                    page.goto(path.as_uri(), timeout=0)
                    target = out / f"{name}-{width}-{mode}.png"
                    page.screenshot(path=target, full_page=True, timeout=0)
                    page.close()
                    yield from sliced(target, SLICES[width])
        browser.close()


def sliced(path: Path, in_row: int) -> Iterator[Path]:
    """Cut a long page in pieces, so many of them on a sheet side by side."""
    with Image.open(path) as opened:
        whole = opened.convert("RGB")
    path.unlink()
    cuts = range(0, whole.height, SLICE)
    pieces = [whole.crop((0, y, whole.width, min(y + SLICE, whole.height))) for y in cuts]
    for k, group in enumerate(batched(pieces, in_row)):
        target = path.with_name(f"{path.stem}-{k + 1}.png")
        sheet(group, in_row).save(target)
        yield target


def main() -> int:
    """Write the sheets that are asked for; 1 where a program is missing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("kinds", nargs="*", metavar="|".join(ALL), help="what to show (all)")
    kinds = parser.parse_args().kinds or ALL
    if unknown := set(kinds) - set(ALL):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; use one of: {', '.join(ALL)}")
    reports = ROOT / "reports"
    out = reports / "sheets"
    out.mkdir(parents=True, exist_ok=True)
    makers = {"pdf": pdf_sheets, "word": word_sheets, "site": site_sheets}
    missing = 0
    for kind in kinds:
        try:
            for path in makers[kind](reports, out):
                sys.stdout.write(f"{path.relative_to(ROOT)}\n")
        except (FileNotFoundError, ImportError) as error:
            missing = 1
            sys.stderr.write(f"{kind}: {error}\n")
    return missing


if __name__ == "__main__":
    sys.exit(main())
