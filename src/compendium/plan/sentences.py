"""Result sentences, conditions that choose words, and literal words that are declared."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from compendium.plan.base import Identifier, Strict
from compendium.plan.predicates import COMPARISON_KINDS, Predicate, check_scale, read_predicate
from compendium.text import Text


class Condition(Strict):
    """A comparison that chooses words and is no test of a claim; it has the same three outcomes.

    Either an estimate with a predicate, or tests and other conditions joined: `all_of` holds where
    all hold and fails where one fails; `any_of` holds where one holds and fails where all fail.

    Attributes
    ----------
    by
        What is judged: the whole interval, or the value alone, where the words say only what was
        counted ("the largest group on these lists") and nothing of what it was drawn from.
    """

    estimate: Identifier | None = None
    scale: Literal["share", "difference", "correlation", "ratio", "count", "real"] = "real"
    predicate: Annotated[Predicate | None, BeforeValidator(read_predicate)] = None
    all_of: tuple[Identifier, ...] = ()
    any_of: tuple[Identifier, ...] = ()
    by: Literal["interval", "value"] = "interval"

    @property
    def parts(self) -> tuple[str, ...]:
        """The tests and conditions that it joins."""
        return (*self.all_of, *self.any_of)

    @property
    def estimates(self) -> tuple[str, ...]:
        """The estimates that it looks at itself."""
        compared = self.predicate is not None and self.predicate.kind in COMPARISON_KINDS
        other = (self.predicate.other,) if self.predicate is not None and compared else ()
        return ((self.estimate,) if self.estimate else ()) + other

    @model_validator(mode="after")
    def _one_kind(self) -> Condition:
        kinds = (self.estimate is not None, bool(self.all_of), bool(self.any_of))
        if sum(kinds) != 1 or (self.estimate is None) != (self.predicate is None):
            raise ValueError("a condition has 'estimate' and 'predicate', or 'all_of', or 'any_of'")
        if self.predicate is not None:
            check_scale(self.predicate, self.scale)
        return self


class Sentence(Strict):
    """A result sentence; one with the id of a test or of a claim says what that test found.

    Attributes
    ----------
    notebook
        The notebook that says it; of a test's sentence the one that records its estimate, of a
        claim's none.
    differ
        Whether the languages may use different slots, and why; "" when they may not.
    """

    en: Annotated[str, Field(min_length=1)]
    zh: Annotated[str, Field(min_length=1)]
    notebook: Identifier | None = None
    claims: tuple[Identifier, ...] = ()
    differ: str = ""

    @property
    def text(self) -> Text:
        """The sentence in both languages, with its slots."""
        return Text(self.en, self.zh)


class Declared(Strict):
    """Literal numbers and comparisons that texts about findings may hold, and why.

    Attributes
    ----------
    phrases, patterns
        The words as they stand, and regular expressions for them.
    where
        Places they may stand in, with * for any letters: "fig-x.note", "README*".
    why
        Date, definition, method, or a cited fact with its source.
    """

    why: Annotated[str, Field(min_length=1)]
    where: Annotated[tuple[str, ...], Field(min_length=1)]
    phrases: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()

    @property
    def expressions(self) -> tuple[str, ...]:
        """What to look for, as regular expressions."""
        return (*map(re.escape, self.phrases), *self.patterns)

    @model_validator(mode="after")
    def _something_to_find(self) -> Declared:
        if not all(self.expressions) or not self.expressions:
            raise ValueError("a declared text has 'phrases' or 'patterns'")
        for pattern in self.patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"the pattern '{pattern}' can't be read: {error}") from None
        return self


class SentencesFile(Strict):
    """What `notebooks/plan/sentences.yml` holds.

    Attributes
    ----------
    opposite
        Tests and conditions whose words run against the number they are judged by ("fewer" where a
        difference is greater than 0), and why.
    findings
        Of each claim, by its id, one plain sentence with its number: what every report says first.
    """

    conditions: dict[Identifier, Condition] = Field(default_factory=dict)
    opposite: dict[Identifier, Annotated[str, Field(min_length=1)]] = Field(default_factory=dict)
    findings: dict[Identifier, Text] = Field(default_factory=dict)
    sentences: dict[Identifier, Sentence] = Field(default_factory=dict)
    declared: tuple[Declared, ...] = ()
