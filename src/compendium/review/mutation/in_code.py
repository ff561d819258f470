"""Places of defects in Python: modules, and cells of notebooks."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from compendium.review.mutation.draw import Change, Draw, Place, edit, line_of, spliced

COMPARED: Mapping[type[ast.cmpop], str] = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.In: "not in",
    ast.NotIn: "in",
}
COUNTED: Mapping[type[ast.operator], str] = {
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "/",
    ast.Div: "*",
    ast.Pow: "*",
    ast.BitAnd: "|",
    ast.BitOr: "&",
}
FILTERS = frozenset({"query", "dropna", "drop_duplicates", "head", "loc"})
_CONTEXTS: tuple[type[ast.expr_context], ...] = (ast.Store, ast.Load)
ORDERED = frozenset({"sort_values", "sort_index", "reset_index"})

Columns = Mapping[str, Sequence[str]]
"""Columns of the data tables, with the other columns of the same table and type."""
Put = Callable[[int, int, str], Change]


@dataclass(frozen=True)
class Code:
    """A piece of Python, how a change of it is put into its file, and what columns there are."""

    text: str
    put: Put
    columns: Columns
    parameters: Mapping[str, str]
    sentences: Sequence[str] = ()

    def span(self, node: ast.expr) -> tuple[int, int]:
        """Where an expression stands, in characters."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return (
            self._at(node.lineno, node.col_offset),
            self._at(node.end_lineno, node.end_col_offset),
        )

    @cached_property
    def _lines(self) -> tuple[list[str], list[int]]:
        lines = self.text.splitlines(keepends=True)
        return lines, list(accumulate(map(len, lines), initial=0))

    def _at(self, line: int, column: int) -> int:
        lines, starts = self._lines
        return starts[line - 1] + len(lines[line - 1].encode()[:column].decode())

    def source(self, node: ast.expr) -> str:
        """The text of an expression."""
        start, end = self.span(node)
        return self.text[start:end]


Found = tuple[str, int, int, Callable[[Draw], str]]
"""Operator, span, and what may stand there then."""


def _as(text: str) -> Callable[[Draw], str]:
    return lambda _: text


def found(code: Code) -> Iterator[Found]:
    """Every place of an operator; messages, docstrings and annotations are none."""
    for node in _live(ast.parse(code.text)):
        match node:
            case ast.Compare():
                yield from _compared(code, node)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in COUNTED:
                if not isinstance(left, ast.Constant | ast.JoinedStr) or _number(left):
                    between = (code.span(left)[1], code.span(right)[0])
                    yield from _between(code, "arithmetic", *between, COUNTED[type(op)])
            case ast.BoolOp(op=op, values=[first, second, *_]):
                word = "or" if isinstance(op, ast.And) else "and"
                yield from _between(code, "and_or", code.span(first)[1], code.span(second)[0], word)
            case ast.Constant(value=int() | float() as value) if _number(node):
                yield "constant", *code.span(node), _as(_other_number(value))
            case ast.Subscript():
                yield from _subscripts(code, node)
            case ast.Call():
                yield from _calls(code, node)
            case ast.Tuple(elts=[_, _, *_]) | ast.List(elts=[_, _, *_]) if all(
                isinstance(one, ast.Constant) and isinstance(one.value, str) for one in node.elts
            ):
                for one, other in zip(node.elts, node.elts[1:], strict=False):
                    yield "term", code.span(one)[0], code.span(other)[0], _as("")
            case ast.Constant(value=str() as text) if "~" in text and " + " in text:
                start, end = code.span(node)
                cut = code.text[start:end].rpartition(" + ")[0] + code.text[end - 1]
                yield "term", start, end, _as(cut)
            case ast.Name(id=name, ctx=ast.Load()) if name in code.parameters:
                yield "parameter", *code.span(node), _as(code.parameters[name])


def _live(tree: ast.AST) -> Iterator[ast.AST]:
    """Nodes that compute: no annotation, docstring, message of an error, assertion or decorator."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        match node:
            case ast.Raise() | ast.Assert() | ast.Expr(value=ast.Constant()):
                continue
            case ast.If(test=ast.Name(id="TYPE_CHECKING")) | ast.JoinedStr():
                continue
            case ast.FunctionDef(args=args, body=body):
                waiting += [*filter(None, (*args.defaults, *args.kw_defaults)), *body]
            case ast.AnnAssign(value=value):
                waiting += [value] if value else []
            case ast.ClassDef(body=body):
                waiting += body
            case ast.Call(func=ast.Name(id=name)) if name.endswith(("Error", "Text")):
                continue
            case _:
                waiting += ast.iter_child_nodes(node)


def _number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def _other_number(value: float) -> str:
    return repr(value + 1 if isinstance(value, int) else value * 1.1 or 0.1)


def _between(code: Code, operator: str, start: int, end: int, word: str) -> Iterator[Found]:
    """An operator's sign between two expressions, round which brackets may stand."""
    text = code.text[start:end]
    sign = text.strip(" ()\n\t")
    if sign and "#" not in text:
        at = start + text.index(sign)
        yield operator, at, at + len(sign), _as(word)


def _compared(code: Code, node: ast.Compare) -> Iterator[Found]:
    left = node.left
    for op, right in zip(node.ops, node.comparators, strict=True):
        if type(op) in COMPARED:
            between = code.span(left)[1], code.span(right)[0]
            yield from _between(code, "comparison", *between, COMPARED[type(op)])
        left = right


def _subscripts(code: Code, node: ast.Subscript) -> Iterator[Found]:
    start, end = code.span(node)
    match node.slice:
        case (
            ast.Compare()
            | ast.BoolOp()
            | ast.UnaryOp(op=ast.Invert())
            | ast.BinOp(op=ast.BitAnd() | ast.BitOr())
        ):
            yield "filter", start, end, _as(code.source(node.value))
        case ast.Constant(value=int() as at):
            yield "index", *code.span(node.slice), _as(str(at + 1))
        case ast.Slice(lower=ast.Constant(value=int() as at) as lower):
            yield "index", *code.span(lower), _as(str(at + 1))
        case ast.Constant(value=str() as name) if others := code.columns.get(name):
            yield "column", *code.span(node.slice), partial(_one_of, others)
        case ast.List(elts=names):
            for one in names:
                if isinstance(one, ast.Constant) and (others := code.columns.get(str(one.value))):
                    yield "column", *code.span(one), partial(_one_of, others)


def _one_of(names: Sequence[str], rng: Draw) -> str:
    return repr(rng.choice(names))


def _calls(code: Code, node: ast.Call) -> Iterator[Found]:
    start, end = code.span(node)
    match node:
        case ast.Call(func=ast.Name(id="sorted"), args=[first, *_]):
            yield "sorted", start, end, _as(f"list({code.source(first)})")
        case ast.Call(func=ast.Attribute(value=inner, attr=name)) if name in ORDERED | FILTERS:
            operator = "sorted" if name in ORDERED else "filter"
            yield operator, start, end, _as(code.source(inner))
        case ast.Call(func=ast.Attribute(attr="say"), args=names) if code.sentences:
            for one in names:
                if isinstance(one, ast.Constant):
                    yield "say", *code.span(one), partial(_one_of, code.sentences)
    for word in node.keywords:
        if word.arg in ("axis", "ddof", "ascending") and isinstance(word.value, ast.Constant):
            operator = "sorted" if word.arg == "ascending" else word.arg
            other = not word.value.value
            after = str(other if word.arg == "ascending" else int(other))
            yield operator, *code.span(word.value), _as(after)


def in_modules(root: Path, files: Sequence[str], columns: Columns) -> Iterator[Place]:
    """Places in some modules of the project."""
    for file in files:
        text = (root / file).read_text(encoding="utf-8")
        code = Code(text, partial(edit, text), columns, {})
        for operator, start, end, vary in found(code):
            if operator != "term":
                yield _place(code, operator, file, line_of(text, start), start, end, vary)


def _place(
    code: Code,
    operator: str,
    file: str,
    where: str,
    start: int,
    end: int,
    vary: Callable[[Draw], str],
) -> Place:
    def make(rng: Draw) -> Change | None:
        after = vary(rng)
        try:
            now, then = (
                ast.dump(ast.parse(one))
                for one in (code.text, spliced(code.text, (start, end, after)))
            )
        except SyntaxError:
            return None
        return None if now == then else code.put(start, end, after)

    return Place(operator, file, where, make)


def in_notebooks(
    root: Path, files: Sequence[str], columns: Columns, sentences: Sequence[str]
) -> Iterator[Place]:
    """Places in code cells, those of the parameters and of the imports left out."""
    for file in files:
        book = json.loads((root / file).read_text(encoding="utf-8"))
        cells = book["cells"]
        own = [n for n, cell in enumerate(cells) if cell["cell_type"] == "code"]
        given = [n for n in own if "parameters" in cells[n]["metadata"].get("tags", ())]
        defaults = _defaults("".join("".join(cells[n]["source"]) for n in given))
        live = [n for n in own if n not in given]
        for n in live:
            text = "".join(cells[n]["source"])
            code = Code(text, putter(book, n, text), columns, defaults, sentences)
            where = f"cell {cells[n]['id']}"
            for operator, start, end, vary in found(code):
                yield _place(code, operator, file, where, start, end, vary)
        for n in live[1:-1]:
            yield Place("removed", file, f"cell {cells[n]['id']}", _remover(book, n))
        for n, m in pairwise(live[1:-1]):
            if not _tied(*("".join(cells[one]["source"]) for one in (n, m))):
                continue
            yield Place(
                "swapped", file, f"cells {cells[n]['id']}, {cells[m]['id']}", _swapper(book, n, m)
            )


def _tied(one: str, two: str) -> bool:
    """Whether a cell reads a name that the other binds: the order of others is layout."""
    bound, read = ([_names(text, context) for text in (one, two)] for context in _CONTEXTS)
    return bool(bound[0] & read[1] or bound[1] & read[0])


def _names(text: str, context: type[ast.expr_context]) -> set[str]:
    nodes = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name))
    return {node.id for node in nodes if isinstance(node.ctx, context)}


def _defaults(text: str) -> dict[str, str]:
    """Values of a parameters cell by their names, but for the language's."""
    tree = ast.parse(text)
    found = (node for node in tree.body if isinstance(node, ast.AnnAssign) and node.value)
    return {
        node.target.id: ast.unparse(node.value)
        for node in found
        if isinstance(node.target, ast.Name) and node.value and node.target.id != "lang"
    }


def _written(book: Mapping[str, Any], cells: Sequence[Mapping[str, Any]]) -> bytes:
    text = json.dumps({**book, "cells": list(cells)}, ensure_ascii=False, indent=1)
    return f"{text}\n".encode()


def putter(book: Mapping[str, Any], n: int, text: str) -> Put:
    """How a change gets into one cell of a notebook."""

    def put(start: int, end: int, after: str) -> Change:
        cells = list(book["cells"])
        lines = spliced(text, (start, end, after)).splitlines(keepends=True)
        cells[n] = {**cells[n], "source": lines}
        return Change(text[start:end], after, _written(book, cells))

    return put


def _remover(book: Mapping[str, Any], n: int) -> Callable[[Draw], Change]:
    cells = book["cells"]
    rest = [cell for m, cell in enumerate(cells) if m != n]
    return lambda _: Change("".join(cells[n]["source"]), "", _written(book, rest))


def _swapper(book: Mapping[str, Any], n: int, m: int) -> Callable[[Draw], Change]:
    cells = list(book["cells"])
    cells[n], cells[m] = cells[m], cells[n]
    told = ["".join(book["cells"][one]["source"]) for one in (n, m)]
    return lambda _: Change(told[0], told[1], _written(book, cells))
