"""Published scales that a questionnaire could follow."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from compendium.strict_yaml import load_strict, refuse_unknown

INSTRUMENTS = Path("data", "published_surveys", "instruments.yml")
_FILE_KEYS = ("description", "missing", "in_scope", "coverage", "instruments")


@dataclass(frozen=True)
class Instrument:
    """One scale; None where the source could not be read that far.

    Attributes
    ----------
    item_content
        Paraphrased items.
    alpha, mean, sd, correlations
        A number, or numbers by sample or subscale, as published.
    """

    id: str
    construct: str
    name: str
    source: str
    study_id: str | None
    n_items: Any
    response_scale: Any
    item_content: Any
    alpha: Any
    mean: Any
    sd: Any
    correlations: Any
    sample: str | None
    n: Any
    in_scope: int
    source_url: str | None
    notes: str | None


def load_instruments(root: Path | str) -> tuple[Instrument, ...]:
    """Read the scales in the order of the file; raises UserError with file and line."""
    doc = load_strict(Path(root) / INSTRUMENTS)
    refuse_unknown(doc, (), _FILE_KEYS)
    names = [item.name for item in fields(Instrument)]
    scales = []
    for position, scale in enumerate(doc.sequence("instruments")):
        at = ("instruments", position)
        refuse_unknown(doc, at, names)
        missing = [name for name in names if name not in scale]
        if missing:
            raise doc.error(f"the scale has no {missing[0]!r}", "add it, or null", *at)
        scales.append(Instrument(**scale))
    return tuple(scales)
