"""The site: every page in English and Chinese, from files alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from compendium.text import Lang

if TYPE_CHECKING:
    from compendium.report.contents import Contents
    from compendium.report.written import Written

__all__ = ["write"]


def write(contents: Mapping[Lang, Contents], out: Path) -> Written:
    """Build the site of all languages into `out/site`; see `build.write`.

    Sphinx runs in processes of its own, which import this package and should not wait for the rest.
    """
    from compendium.report.site import build

    return build.write(contents, out)
