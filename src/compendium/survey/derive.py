"""Writes what is derived from the questionnaire: the XLSForm and the codebook."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from compendium.files import write_atomic
from compendium.survey.codebook import codebook_text
from compendium.survey.instrument import FOLDER, load_instrument
from compendium.survey.xlsform import xlsform_bytes


def derived(root: Path) -> Mapping[Path, bytes]:
    """Derived files of a project, by path below its folder, with the bytes they must have."""
    instrument = load_instrument(root)
    return {
        FOLDER / "instrument.xlsx": xlsform_bytes(instrument),
        FOLDER / "codebook.yml": codebook_text(instrument).encode(),
    }


def derive(root: Path) -> tuple[Path, ...]:
    """Write the derived files that are not up to date; return their paths."""
    changed = []
    for path, content in derived(root).items():
        target = root / path
        if not target.is_file() or target.read_bytes() != content:
            write_atomic(target, content)
            changed.append(path)
    return tuple(changed)
