"""Words for codes: from the codebooks and from the plan."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from compendium.errors import UserError
from compendium.text import Lang, Text, spoken

_CATEGORY = re.compile(r"(\w+)\[(.+)\]")
_CONSTANT = dict.fromkeys(("Intercept", "const"), Text("Constant", "常数项"))
"""What formulas and `add_constant` of statsmodels call the constant."""


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
            serve codes that a source lacks, such as "all". A number stands for itself, a code
            of several parts, such as "strength|3|1", for what `spoken` makes of them, and a term
            such as "hazard[fire]" for the name of that column and the words of its code.

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
        found = self.of_source(key, source) if source else None
        found = found or self.plan_labels.get(key) or self._of_category(key, source)
        return found or _CONSTANT.get(key) or (None if source else self._of_column(key))

    def of_source(self, key: str, source: str) -> Text | None:
        """Return the words of a code in a codebook's column or table, see `text`; None without.

        Raises
        ------
        UserError
            There is no such table or column.
        """
        self.asked.add((key, source))
        table, _, column = source.partition(".")
        columns = self.tables.get(table)
        if columns is None:
            raise UserError(f"labels name an unknown table, {table}", "use a table of a codebook")
        if not column:
            return columns[key].label if key in columns else None
        if column not in columns:
            raise UserError(f"labels name an unknown column, {source}", "use a codebook column")
        return (columns[column].values or {}).get(key)

    def with_words(self, text: str) -> list[Text]:
        """Return the pairs that a text is one of: the plan's, or where it has none, codebooks'."""
        planned = ((key, None, one) for key, one in self.plan_labels.items())
        pairs: list[tuple[str, str | None, Text]]
        pairs = [known for known in planned if text in _both(known[2])]
        pairs = pairs or [known for known in self._of_codebooks() if text in _both(known[2])]
        self.asked.update((key, source) for key, source, _ in pairs)
        return [one for _, _, one in pairs]

    def columns_with(self, code: str) -> list[str]:
        """Return the columns of codebooks, as "table.column", that a code is a value of."""
        known = (source for key, source, _ in self._of_codebooks() if key == code)
        return sorted({source for source in known if "." in source})

    def _of_codebooks(self) -> Iterator[tuple[str, str, Text]]:
        for table, columns in self.tables.items():
            for name, column in columns.items():
                yield name, table, column.label
                for code, words in (column.values or {}).items():
                    yield code, f"{table}.{name}", words

    def _of_category(self, key: str, source: str | None) -> Text | None:
        """Words of a model's term such as "hazard[fire]", by its column and that column's code."""
        if (term := _CATEGORY.fullmatch(key)) is None:
            return None
        tables = [source.partition(".")[0]] if source else list(self.tables)
        columns = (self.tables.get(table, {}).get(term[1]) for table in tables)
        known = ((column.label, (column.values or {}).get(term[2])) for column in columns if column)
        found = {
            Text(f"{name.en}: {value.en}", f"{name.zh}：{value.zh}")
            for name, value in known
            if value
        }
        return found.pop() if len(found) == 1 else None

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
