"""Places of defects in tables, in the plan's YAML, and in words that people read."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import yaml

from compendium.data.codebook import CODED, NUMERIC, Column, Table
from compendium.review.mutation.draw import Change, Draw, Place, edit, line_of, operators, spliced
from compendium.text import LANGS, Lang

_FIELD = re.compile(r'("(?:[^"]|"")*"|[^,"\r\n]*)(,|\r?\n|$)')
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_DIGITS = re.compile(r"\d")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_SENTENCE: Mapping[Lang, re.Pattern[str]] = {
    "en": re.compile(r"[^.;\n]{20,}(?:[.;](?=\s|$)|$)\s*"),
    "zh": re.compile(r"[^。；\n]{6,}[。；]"),
}
Vary = Callable[[str, Draw], str]
_CODE = re.compile(r"```.*?```|`[^`]*`|\{[^}]*\}|\[[\w.~-]+:|https?://\S+|\]\([^)]*\)", re.DOTALL)


# ---- tables


@dataclass(frozen=True)
class _Cells:
    """A table as its file has it: where each cell stands, and each row."""

    text: str
    rows: list[list[tuple[int, int]]]

    def value(self, row: int, column: int) -> str:
        start, end = self.rows[row][column]
        raw = self.text[start:end]
        return raw[1:-1].replace('""', '"') if raw.startswith('"') else raw

    def line(self, row: int) -> tuple[int, int]:
        start = self.rows[row][0][0]
        end = self.text.find("\n", self.rows[row][-1][1]) + 1
        return start, end or len(self.text)


def _cells(text: str) -> _Cells:
    rows: list[list[tuple[int, int]]] = [[]]
    position = 0
    while position < len(text):
        match = _FIELD.match(text, position)
        assert match is not None, text[position : position + 40]
        rows[-1].append(match.span(1))
        position = match.end()
        if match[2] != ",":
            rows.append([])
    return _Cells(text, [row for row in rows if row])


def in_tables(root: Path, tables: Iterable[Table]) -> Iterator[Place]:
    """Places in the cells and rows of the data tables that a codebook describes."""
    for table in tables:
        file = table.path.relative_to(root).as_posix()
        cells = _cells(table.path.read_text(encoding="utf-8"))
        names = [cells.value(0, n) for n in range(len(cells.rows[0]))]
        rows = range(1, len(cells.rows))
        for number, name in enumerate(names):
            filled = [row for row in rows if cells.value(row, number)]
            if filled:
                column = _OneColumn(cells, number, table.columns[name], filled)
                for operator, make in column.changes():
                    yield Place(operator, file, name, _of_some_row(cells, filled, make))
        for operator, times in (("dropped", 0), ("doubled", 2)):
            yield Place(
                operator, file, "", _of_some_row(cells, rows, partial(_repeated, cells, times))
            )


Make = Callable[[int, Draw], Change | None]


def _of_some_row(cells: _Cells, rows: Sequence[int], make: Make) -> Callable[[Draw], Change | None]:
    def changed(rng: Draw) -> Change | None:
        row = rng.choice(rows)
        change = make(row, rng)
        return change and change._replace(where=line_of(cells.text, cells.rows[row][0][0]))

    return changed


def _repeated(cells: _Cells, times: int, row: int, _: Draw) -> Change:
    start, end = cells.line(row)
    line = cells.text[start:end]
    return edit(cells.text, start, end, f"{line.rstrip()}\n" * times)


def _fixed(text: str, start: int, end: int, after: str) -> Callable[[Draw], Change]:
    return lambda _: edit(text, start, end, after)


@dataclass(frozen=True)
class _OneColumn:
    cells: _Cells
    number: int
    column: Column
    filled: Sequence[int]

    def changes(self) -> Iterator[tuple[str, Make]]:
        """What can be done to a cell of this column; `vary` makes the new value of the old."""
        values = {self.cells.value(row, self.number) for row in self.filled}
        distinct, kind = sorted(values), self.column.type
        rules: list[tuple[str, bool, Vary]] = [
            ("digit", kind in NUMERIC, _other_digit),
            ("tenfold", kind in NUMERIC, lambda value, _: f"{float(value) * 10:.15g}"),
            ("sign", kind in NUMERIC, _other_sign),
            (
                "category",
                kind in CODED and len(distinct) > 1,
                lambda value, rng: _other(value, distinct)(rng),
            ),
            ("year", kind == "date" or all(map(_YEAR.fullmatch, distinct)), _moved_year),
            ("address", kind == "url", _other_address),
            ("blank", True, lambda _, __: ""),
        ]
        yield from ((name, partial(self._put, vary)) for name, fits, vary in rules if fits)
        if len(distinct) > 1:
            yield "swapped", self._swap

    def _put(self, vary: Vary, row: int, rng: Draw) -> Change:
        value = self.cells.value(row, self.number)
        after = vary(value, rng)
        change = edit(self.cells.text, *self.cells.rows[row][self.number], _quoted(after))
        return change._replace(before=value, after=after)

    def _swap(self, row: int, rng: Draw) -> Change | None:
        one, two = (self.cells.rows[r][self.number] for r in (row, rng.choice(self.filled)))
        before, after = (self.cells.text[slice(*span)] for span in (one, two))
        if before == after:
            return None
        content = spliced(self.cells.text, (*one, after), (*two, before))
        return Change(before, after, content.encode())


def _quoted(value: str) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([value])
    return line.getvalue() if value else ""


def _other_digit(value: str, rng: Draw) -> str:
    at = rng.choice([match.start() for match in _DIGITS.finditer(value)])
    return value[:at] + rng.choice([d for d in "123456789" if d != value[at]]) + value[at + 1 :]


def _moved_year(value: str, rng: Draw) -> str:
    return _YEAR.sub(lambda match: str(int(match[0]) + rng.choice((-1, 1))), value, count=1)


def _other_address(value: str, rng: Draw) -> str:
    at = rng.choice([i for i, sign in enumerate(value) if sign.isalnum() and i > len("https://")])
    letters = "abcdefghkmnpqrstuvwxyz23456789".replace(value[at].lower(), "")
    return value[:at] + rng.choice(letters) + value[at + 1 :]


def _other_sign(value: str, _: Draw) -> str:
    return value[1:] if value.startswith("-") else f"-{value}"


# ---- the plan

_OPPOSITE = {
    "greater_than": "less_than",
    "less_than": "greater_than",
    "greater_than_estimate": "less_than_estimate",
    "less_than_estimate": "greater_than_estimate",
    "all_of": "any_of",
    "any_of": "all_of",
}
_SCALES = ("share", "difference", "correlation", "ratio", "count", "real")
_KINDS = ("observed", "external", "survey", "arithmetic")
_ADMISSIBLE = ("equivalent", "uncertain", "stress")
_LISTS = (
    "tests",
    "columns",
    "sources",
    "data",
    "claims",
    "order",
    "controls",
    "levels",
    "decisions",
    "options",
)
_CHOICE = re.compile(r"\[([\w.~-]+): ([^|\[\]]*)\|([^|\[\]]*)((?:\|[^|\[\]]*)?)\]")
_SLOT = re.compile(r"(?<!\{)\{[\w.~-]+((?:\|\w+)+)\}")
_WRITTEN = ("percent", "points", "number2", "integer", "number3")


def in_plan(root: Path, files: Sequence[str]) -> Iterator[Place]:
    """Places in what the plan decides."""
    for file in files:
        text = (root / file).read_text(encoding="utf-8")
        document = yaml.compose(text)
        pairs = list(_pairs(document))
        estimates = [
            v.value for k, v in pairs if k == "estimate" and isinstance(v, yaml.ScalarNode)
        ]
        for (key, node), at in zip(pairs, _keys(document), strict=True):
            for operator, start, end, vary in _of_entry(text, key, node, at, estimates):
                yield Place(operator, file, line_of(text, start), _varied(text, start, end, vary))
        for match in _CHOICE.finditer(text):
            named, one, two, rest = match.groups()
            after = f"[{named}: {two}|{one}{rest}]"
            where = line_of(text, match.start())
            yield Place("outcome", file, where, _fixed(text, *match.span(), after))
        for match in _SLOT.finditer(text):
            where = line_of(text, match.start())
            yield Place("format", file, where, _formatted(text, *match.span(1)))


def _varied(
    text: str, start: int, end: int, vary: Callable[[Draw], str]
) -> Callable[[Draw], Change]:
    return lambda rng: edit(text, start, end, vary(rng))


def _formatted(text: str, start: int, end: int) -> Callable[[Draw], Change]:
    *first, last = text[start:end].split("|")
    others = [one for one in _WRITTEN if one != last]
    return lambda rng: edit(text, start, end, "|".join((*first, rng.choice(others))))


def _walk(node: yaml.Node | None) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    """Keys and values of every mapping once, however often an alias repeats it."""
    waiting, seen = [node], set()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, yaml.MappingNode):
            yield from one.value
            waiting += [value for _, value in one.value]
        elif isinstance(one, yaml.SequenceNode):
            waiting += one.value


def _pairs(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    return ((str(key.value), value) for key, value in _walk(node))


def _keys(node: yaml.Node | None) -> Iterator[tuple[int, int]]:
    return (_span(key) for key, _ in _walk(node))


def _span(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.index, node.end_mark.index


def _of_entry(
    text: str, key: str, node: yaml.Node, at: tuple[int, int], estimates: Sequence[str]
) -> Iterator[tuple[str, int, int, Callable[[Draw], str]]]:
    start, end = _span(node)
    scalar = isinstance(node, yaml.ScalarNode)
    if key in _OPPOSITE:
        yield "direction", *at, lambda _: _OPPOSITE[key]
        if scalar and re.fullmatch(r"-?\d+(?:\.\d+)?", node.value):
            bound = float(node.value)
            yield "bound", start, end, lambda rng: f"{bound + rng.choice((-0.1, 0.1, 0.2)):.3g}"
    elif scalar and key == "estimate":
        yield "link", start, end, lambda rng: rng.choice(estimates)
    elif scalar and key == "evidence":
        yield "evidence", start, end, _other(node.value, _KINDS)
    elif scalar and key == "scale":
        yield "scale", start, end, _other(node.value, _SCALES)
    elif scalar and key == "admissibility":
        yield "choice", start, end, _other(node.value, _ADMISSIBLE)
    elif scalar and key in ("blind", "role", "main", "line"):
        before = text.rfind("\n", 0, at[0])
        if not text[before + 1 : at[0]].strip():
            yield "mark", before, text.find("\n", end), lambda _: ""
    elif isinstance(node, yaml.SequenceNode) and key in _LISTS and node.flow_style:
        spans = [_span(one) for one in node.value]
        for one, two in pairwise(spans):
            swapped = text[slice(*two)] + text[one[1] : two[0]] + text[slice(*one)]
            yield "columns", one[0], two[1], partial(_given, swapped)
            yield "member", one[0], two[0], lambda _: ""
    elif isinstance(node, yaml.MappingNode) and key in ("labels", "values", "columns"):
        for (_, one), (_, two) in pairwise(node.value):
            first, second = _span(one), _span(two)
            if first[1] <= second[0] and isinstance(one, yaml.MappingNode) and one.flow_style:
                parts = text[slice(*second)], text[first[1] : second[0]], text[slice(*first)]
                yield "label", first[0], second[1], partial(_given, "".join(parts))
    if scalar and key == "column":
        columns = sorted({*re.findall(r"^\s+column: (\w+)$", text, re.MULTILINE)})
        yield "choice", start, end, _other(node.value, columns)


def _given(text: str, _: Draw) -> str:
    return text


def _other(value: str, values: Sequence[str]) -> Callable[[Draw], str]:
    return lambda rng: rng.choice([one for one in values if one != value] or [value])


# ---- words


@dataclass(frozen=True)
class Passage:
    """Words in one language: where they stand in a text, and how a change gets into its file."""

    file: str
    where: str
    lang: Lang
    text: str
    start: int
    end: int
    put: Callable[[int, int, str], Change]


def passages(root: Path, files: Sequence[str]) -> Iterator[Passage]:
    """Words of the plan, codebooks, prose cells and READMEs of the data, by their language."""
    for file in files:
        content = (root / file).read_text(encoding="utf-8")
        if file.endswith(".ipynb"):
            yield from _of_cells(file, json.loads(content))
            continue

        def put(start: int, end: int, after: str, content: str = content) -> Change:
            return edit(content, start, end, after)

        if file.endswith(".yml"):
            found = ((k, v) for k, v in _pairs(yaml.compose(content)) if k in LANGS)
            spans = [(_lang(k), *_span(v)) for k, v in found if isinstance(v, yaml.ScalarNode)]
        else:
            lang = _lang("zh" if ".zh" in file else "en")
            spans = [
                (lang, *match.span()) for match in re.finditer(r"[^\n]+(?:\n[^\n]+)*", content)
            ]
        for key, start, end in spans:
            yield Passage(file, line_of(content, start), key, content, start, end, put)


def _lang(key: str) -> Lang:
    return "zh" if key == "zh" else "en"


def _of_cells(file: str, book: Mapping[str, Sequence[Mapping[str, str]]]) -> Iterator[Passage]:
    from compendium.review.mutation.in_code import putter

    for number, cell in enumerate(book["cells"]):
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            for match in re.finditer(r"[^\n]+", text):
                lang = _lang("zh" if _CHINESE.search(match[0]) else "en")
                where = f"cell {cell['id']}"
                yield Passage(file, where, lang, text, *match.span(), putter(book, number, text))


def in_words(
    root: Path, files: Sequence[str], groups: Mapping[Lang, Sequence[Sequence[str]]]
) -> Iterator[Place]:
    """Places in words, names of columns, code, slots and addresses left out.

    Parameters
    ----------
    groups
        In each language the words of codes that stand beside each other: one may be taken for
        another.
    """
    rules = {lang: list(_rules(lang, groups[lang])) for lang in LANGS}
    for one in passages(root, files):
        inside = one.text[one.start : one.end]
        hidden = _CODE.sub(lambda match: "\0" * len(match[0]), inside)
        for operator, pattern, vary in rules[one.lang]:
            for match in pattern.finditer(hidden):
                span = one.start + match.start(), one.start + match.end()
                yield Place(operator, one.file, one.where, _said(one, span, vary))
        sentences = [match.span() for match in _SENTENCE[one.lang].finditer(hidden)]
        for start, end in sentences if len(sentences) > 1 else ():
            span = one.start + start, one.start + end
            yield Place("caveat", one.file, one.where, _said(one, span, lambda _, __: ""))


def _said(one: Passage, span: tuple[int, int], vary: Vary) -> Callable[[Draw], Change]:
    return lambda rng: one.put(*span, vary(one.text[slice(*span)], rng))


def _rules(
    lang: Lang, groups: Sequence[Sequence[str]]
) -> Iterator[tuple[str, re.Pattern[str], Vary]]:
    """Patterns of an operator's words, and what each is replaced by."""
    for operator, both in operators()["words"].items():
        others: dict[str, list[str]] = {}
        for one, two in both[lang]:
            others.setdefault(one, []).append(two)
            if two and operator != "negation":
                others.setdefault(two, []).append(one)
        yield operator, _either(others, lang), _replaced(others)
    yield "number", re.compile(r"(?<![\w.\-])\d+(?:\.\d+)?(?![\w.\-])"), _other_digit
    several = [group for group in groups if len(group) > 1]
    others = {name: [n for n in group if n != name] for group in several for name in group}
    if others:
        yield "group", _either(others, lang), _replaced(others)


def _either(words: Iterable[str], lang: Lang) -> re.Pattern[str]:
    listed = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"\b(?:{listed})\b" if lang == "en" else f"(?:{listed})", re.IGNORECASE)


def _replaced(others: Mapping[str, Sequence[str]]) -> Vary:
    low = {name.lower(): list(found) for name, found in others.items()}

    def vary(text: str, rng: Draw) -> str:
        after = rng.choice(low[text.lower()])
        return after[:1].upper() + after[1:] if text[:1].isupper() else after

    return vary
