"""Words for codes: from the codebooks and from the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from compendium.errors import UserError
from compendium.text import Lang, Text, spoken


class LabelledColumn(Protocol):
    """What labels need of a codebook's column."""

    @property
    def label(self) -> Text:
        """The column's name in words."""
        ...

    @property
    def values(self) -> Mapping[str, Text] | None:
        """The words of each allowed code, if it has a list of codes."""
        ...


@dataclass(frozen=True)
class Labels:
    """Looks up the words of a code.

    Attributes
    ----------
    plan_labels
        The plan's own words, by code.
    tables
        Codebook columns by table name and column name.
    asked
        Every code that was asked for, with its source: what a notebook's words depend on.
    """

    plan_labels: Mapping[str, Text] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, LabelledColumn]] = field(default_factory=dict)
    asked: set[tuple[str, str | None]] = field(default_factory=set, repr=False, compare=False)

    def text(self, code: object, source: str | None = None, *, lang: Lang) -> str:
        """Return the words of `code` in `lang`.

        Parameters
        ----------
        code
            A category code, column name or plan label.
        source
            "table.column" for the values of a column, "table" for column names, None for the plan's
            labels and then column names that mean the same in every table. The plan's labels also
            serve codes that a source lacks, such as "all". A number stands for itself, and a code
            of several parts, such as "strength|3|1", for what `spoken` makes of them.

        Raises
        ------
        UserError
            Nothing has words for the code; the message says where to add them.
        """
        key = str(code)
        if "|" in key:
            return spoken(key, lambda part: self.text(part, source, lang=lang))
        self.asked.add((key, source))
        found = self.find(key, source)
        if found is None and key.isdecimal():
            return key
        if found is None:
            raise UserError("no label for this code", _mend(source), value=key)
        return found[lang]

    def find(self, key: str, source: str | None = None) -> Text | None:
        """Return the words of a code in both languages, None where nothing has any."""
        found = self._of_source(key, source) if source else None
        return found or self.plan_labels.get(key) or (None if source else self._of_column(key))

    def with_words(self, text: str) -> list[Text]:
        """Return the pairs that a text is one of: the plan's, or where it has none, codebooks'."""
        planned = ((key, None, one) for key, one in self.plan_labels.items())
        pairs: list[tuple[str, str | None, Text]]
        pairs = [known for known in planned if text in _both(known[2])]
        pairs = pairs or [known for known in self._of_codebooks() if text in _both(known[2])]
        self.asked.update((key, source) for key, source, _ in pairs)
        return [one for _, _, one in pairs]

    def _of_codebooks(self) -> Iterator[tuple[str, str, Text]]:
        for table, columns in self.tables.items():
            for name, column in columns.items():
                yield name, table, column.label
                for code, words in (column.values or {}).items():
                    yield code, f"{table}.{name}", words

    def _of_source(self, key: str, source: str) -> Text | None:
        table, _, column = source.partition(".")
        columns = self.tables.get(table)
        if columns is None:
            raise UserError(f"labels name an unknown table, {table}", "use a table of a codebook")
        if not column:
            return columns[key].label if key in columns else None
        if column not in columns:
            raise UserError(f"labels name an unknown column, {source}", "use a codebook column")
        return (columns[column].values or {}).get(key)

    def _of_column(self, key: str) -> Text | None:
        found = {columns[key].label for columns in self.tables.values() if key in columns}
        return found.pop() if len(found) == 1 else None


def _both(text: Text) -> tuple[str, str]:
    return text.en, text.zh


def _mend(source: str | None) -> str:
    place = "labels in notebooks/plan/exhibits.yml"
    if source and "." in source:
        return f"add it to the values of {source} in the codebook, or to {place}"
    return f"add it to {'table ' + source + ' of the codebook, or to ' if source else ''}{place}"
