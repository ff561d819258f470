"""The words of the ledger's estimates, by the pattern of their ids."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from compendium.plan.base import Identifier, PlannedEvidence, Strict
from compendium.text import LANGS, Text

ESTIMATES_FILE = "estimates.yml"
FOUND = "found"
"""Slot for the term of the recorded line itself, e.g. the case that was left out."""

_PART = re.compile(r"\{([a-z_]+)\}")
_SLOT = re.compile(r"\{([a-z_]+)(\|lower)?\}")
_PATTERN = r"^[A-Za-z0-9{][A-Za-z0-9_.{}-]*$"


class Part(Strict):
    """Where the words of one part of an id are.

    Attributes
    ----------
    source
        "table.column", "table", or nothing for the plan's labels; see `Labels.text`.
    code
        The code that has the words, with * for the part, e.g. "phase:*".
    codes
        The code that stands for a part, where it is another.
    drop
        Beginning of the part that the id leaves out, e.g. "tier_".
    words
        Words of its own, by the part.
    """

    source: str | None = None
    code: str = "*"
    codes: dict[str, str] = Field(default_factory=dict)
    drop: str = ""
    words: dict[str, Text] = Field(default_factory=dict)

    def in_id(self, part: str) -> str:
        """Write a part as it stands in an id: interactions by name, levels after a dot."""
        written = part.removeprefix(self.drop).replace("[", ".").replace("]", "")
        return written.replace(":", "_by_")


def _part(told: object) -> object:
    return {"source": told} if isinstance(told, str) else told


class EstimateWords(Strict):
    """What the estimates of one pattern are.

    Attributes
    ----------
    id
        The pattern: "officials.{model}.{term}" takes model and term from the keys of the results.
    dataset
        The table or tables that they are computed from; nothing where the notebook says it.
    evidence
        Their kind, where it is not that of the data loaded.
    arithmetic
        Of numbers that are computed, not estimated: their term and the formula, e.g.
        {share: own / all duties}; `record` is then given plain numbers and their n, or a table.
    column, n_column
        Of a table, the column of the numbers and that of their n; none of single published ones.
    en, zh
        What is estimated. {model} stands for the words of that part, {model|lower} for them in
        small letters, {found} for the term of the line.
    parts
        Where the words of the parts are, and of what the notebook names beside the id.
    """

    id: Annotated[str, Field(pattern=_PATTERN)]
    dataset: str = ""
    evidence: PlannedEvidence | None = None
    arithmetic: Annotated[dict[str, str], Field(max_length=1)] = Field(default_factory=dict)
    column: str = "value"
    n_column: str = "n"
    en: Annotated[str, Field(min_length=1)]
    zh: Annotated[str, Field(min_length=1)]
    parts: dict[str, Annotated[Part, BeforeValidator(_part)]] = Field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parts of its ids, in their order."""
        return tuple(_PART.findall(self.id))

    @property
    def others(self) -> tuple[str, ...]:
        """Names of what the notebook must name for its words beside the parts of the id."""
        own = self.names
        return tuple(n for n, part in self.parts.items() if n not in own and "*" in part.code)

    @property
    def slots(self) -> set[str]:
        """Names that stand in its words."""
        return {slot[1] for lang in LANGS for slot in _SLOT.finditer(self[lang])}

    def part(self, name: str) -> Part:
        """Return where the words of a part are."""
        return self.parts.get(name, Part())

    def id_of(self, key: Sequence[str]) -> str:
        """Return the id of one estimate from its parts."""
        parts = iter(zip(self.names, key, strict=True))

        def filled(_: re.Match[str]) -> str:
            name, part = next(parts)
            return self.part(name).in_id(part)

        return _PART.sub(filled, self.id)

    def under(self, pattern: str, key: Sequence[str]) -> tuple[str, ...] | None:
        """Return the key of the one of its estimates that a pattern as wide or wider names.

        Returns
        -------
        tuple
            None where it has none: "ranks.{rank}" has ("county",) under "{what}.{rank}" and
            ("ranks", "county").
        """
        if not covers(pattern, self.id) or len(_PART.findall(pattern)) != len(key):
            return None
        rest, kept = list(key), list[str]()
        for asked, own in zip(pattern.split("."), self.id.split("."), strict=True):
            parts = [rest.pop(0) for _ in _PART.findall(asked)]
            if own == asked or _PART.fullmatch(own):
                kept += parts
            elif [own] != parts:
                return None
        return tuple(kept)

    def filled(self, words: Mapping[str, Text]) -> Text:
        """Return what is estimated, from the words of every part."""

        def said(lang: str) -> str:
            return _SLOT.sub(
                lambda slot: _written(str(getattr(words[slot[1]], lang)), slot), self[lang]
            )

        return Text(*map(said, LANGS))

    def __getitem__(self, lang: str) -> str:
        return str(getattr(self, lang))

    @model_validator(mode="after")
    def _slots_are_known(self) -> EstimateWords:
        known = {*self.names, *self.parts, FOUND}
        for lang in LANGS:
            rest = _SLOT.sub("", self[lang])
            unknown = [slot[1] for slot in _SLOT.finditer(self[lang]) if slot[1] not in known]
            if unknown or "{" in rest or "}" in rest:
                slot = unknown[0] if unknown else rest
                raise ValueError(
                    f"'{slot}' in its words is no part of the id '{self.id}' nor under its parts"
                )
        if len(set(self.names)) < len(self.names):
            raise ValueError(f"a part stands twice in the id '{self.id}'")
        return self


def _written(word: str, slot: re.Match[str]) -> str:
    return word.lower() if slot[2] else word


def covers(pattern: str, entry: str) -> bool:
    """Whether a pattern is an entry's, or has a part in braces where the entry is narrower."""
    asked, own = pattern.split("."), entry.split(".")
    return len(asked) == len(own) and all(
        a == b or _PART.fullmatch(a) is not None for a, b in zip(asked, own, strict=True)
    )


class EstimatesFile(Strict):
    """What `notebooks/plan/estimates.yml` holds.

    Attributes
    ----------
    method_names
        What names in methods are called in Chinese: clusters, terms, formulas.
    estimates
        Estimates by the notebook that records them.
    """

    method_names: dict[str, Annotated[str, Field(min_length=1)]] = Field(default_factory=dict)
    estimates: dict[Identifier, tuple[EstimateWords, ...]] = Field(default_factory=dict)
