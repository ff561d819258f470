"""Figures without what stands round them: a report sets title, evidence and note itself."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from compendium.errors import UserError
from compendium.exhibits.canvas import BODY

_BODY = re.compile(rf'<g id="{BODY}-([0-9.]+)-([0-9.]+)">')
_SIZE = re.compile(r'<svg[^>]*? height="([0-9.]+)pt"[^>]*? viewBox="0 0 ([0-9.]+) ([0-9.]+)"')
_WIDTH = re.compile(r'(<svg[^>]*? width=")([0-9.]+)(pt")')
_HEIGHT = re.compile(r'(<svg[^>]*? height=")([0-9.]+)(pt")')
_VIEW = re.compile(r'(<svg[^>]*? viewBox=")([^"]*)(")')
AIR = 3.0
"""Points that are kept over and below the body."""
SIDE = 6.0
"""Points that are cut from either side: the frame of simulated data stands there."""


@dataclass(frozen=True)
class Box:
    """The body of a figure on its page, in points from the top left corner."""

    left: float
    top: float
    width: float
    height: float
    page: float


def box_of(svg: str) -> Box | None:
    """Find the body of a figure; None in a picture that does not tell where it is."""
    body, size = _BODY.search(svg), _SIZE.search(svg)
    if body is None or size is None:
        return None
    page, high = float(size[2]), float(size[3])
    top, foot = max(0.0, float(body[1]) - AIR), min(high, float(body[2]) + AIR)
    return Box(SIDE, top, page - 2 * SIDE, foot - top, page)


def bare_svg(path: Path) -> bytes:
    """Return the body of a figure as an SVG of its own.

    Raises
    ------
    UserError
        The picture is missing.
    """
    svg = _content(path).decode("utf-8", errors="replace")
    box = box_of(svg)
    if box is None:
        return path.read_bytes()
    view = f"{box.left:g} {box.top:g} {box.width:g} {box.height:g}"
    svg = _WIDTH.sub(rf"\g<1>{box.width:g}\g<3>", svg, count=1)
    svg = _HEIGHT.sub(rf"\g<1>{box.height:g}\g<3>", svg, count=1)
    return _VIEW.sub(rf"\g<1>{view}\g<3>", svg, count=1).encode()


def bare_png(path: Path, svg: Path) -> bytes:
    """Return the body of a figure as a PNG, cut where its SVG says.

    Raises
    ------
    UserError
        A picture is missing.
    """
    content, box = _content(path), box_of(_content(svg).decode("utf-8", errors="replace"))
    if box is None:
        return content
    with Image.open(io.BytesIO(content)) as picture:
        scale = picture.width / box.page
        left, top = round(box.left * scale), round(box.top * scale)
        right, foot = left + round(box.width * scale), top + round(box.height * scale)
        cut, dpi = picture.crop((left, top, right, foot)), picture.info.get("dpi")
    written = io.BytesIO()
    cut.save(written, "png", compress_level=4, **({"dpi": dpi} if dpi else {}))
    return written.getvalue()


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError("a picture is missing", "run the notebooks again", file=path) from error
