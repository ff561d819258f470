"""One executed notebook as readers of each language see it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import nbformat

from compendium.run.parameters import LANGUAGE
from compendium.text import LANGS, LANGUAGES, Lang

INJECTED_TAG = "injected-parameters"


def in_each_language(executed: nbformat.NotebookNode) -> dict[Lang, str]:
    """Write an executed notebook in each language, as running it with that language would.

    An output that was made in several languages (`compendium.exhibits.display.InEach`) is that of
    the language; all else is the same in each.
    """
    found = {}
    for lang in LANGS:
        spoken = deepcopy(executed)
        for cell in spoken.cells:
            _speak(cell, lang)
        found[lang] = f"{nbformat.writes(spoken)}\n"
    return found


def _speak(cell: nbformat.NotebookNode, lang: Lang) -> None:
    if INJECTED_TAG in cell.metadata.get("tags", ()):
        line = rf'^{LANGUAGE} = "(?:{"|".join(LANGS)})"$'
        cell.source = re.sub(line, f'{LANGUAGE} = "{lang}"', cell.source, flags=re.MULTILINE)
    for output in cell.get("outputs", ()):
        others: Mapping[str, Any] = output.get("metadata", {}).pop(LANGUAGES, {})
        if lang in others:
            output.update(others[lang])
