"""How exhibits show in a notebook: once, sharp, with their alternative text."""

from __future__ import annotations

import base64
import sys
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from grassroots.exhibits.save import RenderedFigure
from grassroots.exhibits.tables import TABLE_CSS

# CSS defines an inch as 96 pixels.
_PIXELS_PER_POINT = 96 / 72


@dataclass(frozen=True)
class ShownFigure:
    """A saved figure as a cell's result; it is no matplotlib figure, so nothing shows it twice."""

    rendered: RenderedFigure

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        del include, exclude
        png = base64.b64encode(self.rendered.files["png"]).decode("ascii")
        width = round(self.rendered.width * _PIXELS_PER_POINT)
        size = {"width": width, "alt": self.rendered.alt}
        return {"image/png": png, "text/plain": self.rendered.alt}, {"image/png": size}

    def __repr__(self) -> str:
        return self.rendered.alt


@dataclass(frozen=True)
class ShownText:
    """A sentence as a cell's result.

    Attributes
    ----------
    markdown
        The same for a notebook's page; left out where the text is Markdown itself.
    """

    text: str
    markdown: str = ""

    def _repr_markdown_(self) -> str:
        return self.markdown or self.text

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True)
class ShownTable:
    """A table as a cell's result."""

    id: str
    html: str

    def _repr_html_(self) -> str:
        return f"<style>\n{TABLE_CSS}</style>\n{self.html}"

    def __repr__(self) -> str:
        return f"table {self.id}"


def tell(text: ShownText) -> None:
    """Show a sentence at once: in a notebook below the cell, elsewhere on standard error."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        sys.stderr.write(f"{text.text}\n")
        return
    from IPython.display import display

    display(text)
