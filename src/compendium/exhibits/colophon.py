"""What an exhibit was made from, in a file for machines and a line for readers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from compendium import __version__
from compendium.exhibits.protocols import ExhibitPlan
from compendium.exhibits.words import DATA, DEFAULT, OTHER_PACKAGES, WRITTEN_FOR_DEFAULTS
from compendium.registry import program
from compendium.text import Lang, Text

# Enough of a hash to tell versions of a file apart by eye; the JSON file has the whole of it.
_SHOWN_HASH = 8


@dataclass(frozen=True)
class Colophon:
    """Origin of an exhibit; no clock and no path, so that it is the same wherever it is made.

    Attributes
    ----------
    parameters
        Parameters of the run.
    data
        SHA-256 of each data file, by table.
    defaults
        Default values of the parameters; readers are told which the run has changed, because
        what titles and notes say of methods can't change with them. Not in the file for machines.
    other_packages
        Versions of packages that were not those of the lock; in the file only where there are any.
    plot
        Form of a figure whose plan names none: see `study.figure`.
    title, subtitle, note, source, alt
        The texts as the run filled them, so that the exhibit can be drawn again and compared
        without its estimates; None where an exhibit has none, or the file is older.
    """

    id: str
    kind: str
    notebook: str
    evidence: tuple[str, ...]
    claims: tuple[str, ...]
    parameters: Mapping[str, Any]
    data: Mapping[str, str]
    version: str = __version__
    defaults: Mapping[str, Any] = field(default_factory=dict)
    title: Text | None = None
    subtitle: Text | None = None
    note: Text | None = None
    source: Text | None = None
    alt: Text | None = None
    other_packages: Mapping[str, str] = field(default_factory=dict)
    plot: str = ""

    @classmethod
    def of(
        cls,
        exhibit: ExhibitPlan,
        parameters: Mapping[str, Any],
        data: Mapping[str, str],
        defaults: Mapping[str, Any] | None = None,
        other_packages: Mapping[str, str] | None = None,
    ) -> Colophon:
        """Join what the plan and the run know of an exhibit."""
        return cls(
            id=exhibit.id,
            kind=exhibit.kind,
            notebook=exhibit.notebook,
            evidence=tuple(exhibit.evidence),
            claims=tuple(exhibit.claims),
            parameters=dict(parameters),
            data=dict(data),
            defaults=dict(defaults or {}),
            title=exhibit.title,
            subtitle=exhibit.subtitle,
            note=exhibit.note,
            source=exhibit.source,
            alt=exhibit.alt,
            other_packages=dict(other_packages or {}),
        )

    def json_bytes(self) -> bytes:
        """Write as JSON with sorted keys."""
        told = asdict(self)
        optional = ("title", "subtitle", "note", "source", "alt", "other_packages", "plot")
        absent = {name for name in optional if not told[name]}
        kept = {name: told[name] for name in told if name not in {"defaults", *absent}}
        text = json.dumps(kept, ensure_ascii=False, indent=2, sort_keys=True)
        return f"{text}\n".encode()

    def line(self, lang: Lang, *, short: bool = False) -> str:
        """Write as one line for the foot of an exhibit; the short one has changed settings only."""
        tables = ", ".join(f"{name} {self.data[name][:_SHOWN_HASH]}" for name in sorted(self.data))
        told = [name for name in sorted(self.parameters) if not short or self._changed(name)]
        settings = ", ".join(self._setting(name, lang) for name in told)
        warning = WRITTEN_FOR_DEFAULTS[lang] if any(map(self._changed, self.parameters)) else ""
        data = f"{DATA[lang]}: {tables}" if tables else ""
        parts = [self.id, "" if short else self.notebook, warning, data, settings]
        others = [OTHER_PACKAGES[lang]] if self.other_packages else []
        return " · ".join([*filter(None, parts), f"{program()} {self.version}", *others])

    def _changed(self, name: str) -> bool:
        return name in self.defaults and self.parameters[name] != self.defaults[name]

    def _setting(self, name: str, lang: Lang) -> str:
        said = f"{name} {self.parameters[name]}"
        return f"{said} ({DEFAULT[lang]} {self.defaults[name]})" if self._changed(name) else said
