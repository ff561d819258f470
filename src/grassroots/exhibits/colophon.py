"""What an exhibit was made from, in a file for machines and a line for readers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from grassroots import __version__
from grassroots.exhibits.protocols import ExhibitPlan
from grassroots.exhibits.words import DATA
from grassroots.text import Lang

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
    """

    id: str
    kind: str
    notebook: str
    evidence: tuple[str, ...]
    claims: tuple[str, ...]
    parameters: Mapping[str, Any]
    data: Mapping[str, str]
    version: str = __version__

    @classmethod
    def of(
        cls, exhibit: ExhibitPlan, parameters: Mapping[str, Any], data: Mapping[str, str]
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
        )

    def json_bytes(self) -> bytes:
        """Write as JSON with sorted keys."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=2, sort_keys=True)
        return f"{text}\n".encode()

    def line(self, lang: Lang) -> str:
        """Write as one line for the foot of an exhibit."""
        tables = ", ".join(f"{name} {self.data[name][:_SHOWN_HASH]}" for name in sorted(self.data))
        settings = ", ".join(f"{name} {self.parameters[name]}" for name in sorted(self.parameters))
        parts = [self.id, self.notebook, f"{DATA[lang]}: {tables}" if tables else "", settings]
        return " · ".join([*filter(None, parts), f"grassroots {self.version}"])
