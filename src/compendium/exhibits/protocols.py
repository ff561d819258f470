"""What exhibits need to know of the plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from compendium.text import Text


class ColumnPlan(Protocol):
    """One column of a table: which, its heading, and how its cells are written."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def label(self) -> Text | None: ...  # noqa: D102
    @property
    def labels(self) -> str | None: ...  # noqa: D102
    @property
    def format(self) -> str: ...  # noqa: D102
    @property
    def digits(self) -> int | None: ...  # noqa: D102
    @property
    def blank(self) -> bool: ...  # noqa: D102


class ExhibitPlan(Protocol):
    """One figure or table as planned."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def form(self) -> str | None: ...  # noqa: D102
    @property
    def notebook(self) -> str: ...  # noqa: D102
    @property
    def evidence(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def claims(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def title(self) -> Text: ...  # noqa: D102
    @property
    def subtitle(self) -> Text | None: ...  # noqa: D102
    @property
    def sources(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def source(self) -> Text | None: ...  # noqa: D102
    @property
    def note(self) -> Text | None: ...  # noqa: D102
    @property
    def alt(self) -> Text | None: ...  # noqa: D102
    @property
    def axes(self) -> Mapping[str, Text]: ...  # noqa: D102
    @property
    def columns(self) -> tuple[ColumnPlan, ...]: ...  # noqa: D102
    @property
    def labels(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def options(self) -> Mapping[str, Any]: ...  # noqa: D102
