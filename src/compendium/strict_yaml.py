"""YAML files written by people, read strictly and with the line of every key.

Only ``true``/``false`` are booleans, numbers are decimal, and dates stay strings, so that a value
never changes its type because of how it happens to look.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import yaml

from compendium.errors import UserError
from compendium.text import LANGS, Text

Key = str | int | float | bool | None
KeyPath = tuple[Key, ...]

MAX_BYTES = 4_000_000
MAX_DEPTH = 64
MAX_VALUES = 100_000
"""Far more than a person writes: a larger file is none, or its aliases multiply."""

_CORE = "tag:yaml.org,2002:"
_MERGE_TAG = _CORE + "merge"


class _StrictLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Safe loader with the scalars of the YAML 1.2 core schema; libyaml's parser where it is."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}


_RESOLVERS = (
    ("bool", r"true|false", "tf"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?",
        "-+.0123456789",
    ),
    ("null", r"~|null|", ["~", "n", ""]),
    ("merge", r"<<", "<"),
)
_FORMS = {f"{_CORE}{name}": re.compile(rf"^(?:{pattern})$") for name, pattern, _ in _RESOLVERS}
for _name, _, _first in _RESOLVERS:
    _StrictLoader.add_implicit_resolver(_CORE + _name, _FORMS[_CORE + _name], list(_first))

_SCALARS: dict[str, Callable[[str], Any]] = {
    _CORE + "str": str,
    _CORE + "bool": lambda text: text == "true",
    _CORE + "int": int,
    _CORE + "float": float,
    _CORE + "null": lambda _: None,
}
_COLLECTIONS: Mapping[type[yaml.Node], str] = {
    yaml.MappingNode: _CORE + "map",
    yaml.SequenceNode: _CORE + "seq",
}


@dataclass(frozen=True)
class Document:
    """A YAML file as plain Python values, with the line of every key.

    Attributes
    ----------
    path
        The file.
    value
        Dicts, lists, strings, numbers, booleans and None.
    lines
        Key path (list positions count from 0) to line, from 1.
    """

    path: Path
    value: Any
    lines: Mapping[KeyPath, int] = field(repr=False)

    def line(self, *keys: Key) -> int:
        """Line of a nested key, or of its nearest parent that exists."""
        for length in range(len(keys), 0, -1):
            if keys[:length] in self.lines:
                return self.lines[keys[:length]]
        return self.lines[()]

    def at(self, *keys: Key, default: Any = None) -> Any:
        """Value under a key path, or ``default`` where the path ends early."""
        value = self.value
        for key in keys:
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError):
                return default
        return value

    def error(self, problem: str, mend: str, *keys: Key, value: object = None) -> UserError:
        """Make (not raise) an error that points at a key path."""
        return UserError(problem, mend, file=self.path, line=self.line(*keys), value=value)

    def mapping(self, *keys: Key) -> dict[Any, Any]:
        """Return the mapping under a key path; raises UserError where there is none."""
        return self._typed(dict, "a mapping (key: value)", *keys)

    def sequence(self, *keys: Key) -> list[Any]:
        """Return the list under a key path; raises UserError where there is none."""
        return self._typed(list, "a list", *keys)

    def string(self, *keys: Key) -> str:
        """Return the non-empty string under a key path; raises UserError where there is none."""
        text: str = self._typed(str, "a text", *keys)
        if not text.strip():
            raise self.error(f"{_shown(keys)} is empty", "write the text", *keys)
        return text

    def _typed(self, kind: type, wanted: str, *keys: Key) -> Any:
        missing = object()
        value = self.at(*keys, default=missing)
        if value is missing:
            raise self.error(f"{_shown(keys)} is missing", f"add it as {wanted}", *keys)
        if not isinstance(value, kind):
            raise self.error(f"{_shown(keys)} is not {wanted}", "correct it", *keys, value=value)
        return value


def _shown(keys: KeyPath) -> str:
    return "'" + ".".join(str(key) for key in keys) + "'" if keys else "the file"


def load_strict(path: Path | str) -> Document:
    """Read one YAML file; refuse whatever a person could have meant otherwise.

    Raises
    ------
    UserError
        With file and line: no such file, not UTF-8, empty, a tab, invalid YAML, a duplicate key,
        a tag, an anchor that holds itself, more bytes, levels or values (aliases written out) than
        MAX_BYTES, MAX_DEPTH and MAX_VALUES.
    """
    path = Path(path)
    _refuse_size(path)
    return document_of(path, read_utf8(path))


@lru_cache(maxsize=32)
def document_of(path: Path, text: str) -> Document:
    """Parse a text once, however often its file is read; nobody changes what a document holds."""
    _refuse_tabs(text, path)
    _refuse_depth(text, path)
    node = _compose(text, path)
    if node is None:
        raise UserError("the file is empty", "write its content or delete it", file=path, line=1)
    lines: dict[KeyPath, int] = {(): node.start_mark.line + 1}
    return Document(path, _Builder(path, lines).build(node, (), ()), lines)


def read_utf8(path: Path) -> str:
    """Text of a UTF-8 file without byte order mark; any other encoding is named in the error."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise UserError(
            "there is no such file", "check the name or restore it", file=path
        ) from None
    return decode_utf8(raw, path)


def decode_utf8(raw: bytes, path: Path | str) -> str:
    """Decode strictly; raises UserError with the line of the first wrong byte."""
    fault = encoding_fault(raw)
    if fault is None:
        return raw.decode("utf-8")
    raise UserError(
        f"the bytes are not plain UTF-8 but look like {fault.found}",
        "save the file as UTF-8 without byte order mark",
        file=path,
        line=fault.line,
        value=fault.excerpt,
    )


@dataclass(frozen=True)
class EncodingFault:
    """What a file is encoded in instead of plain UTF-8, and the line where that shows first."""

    found: str
    line: int
    excerpt: bytes


_MARKS = (
    (b"\xef\xbb\xbf", "UTF-8 with a byte order mark"),
    (b"\xff\xfe", "UTF-16 with a byte order mark"),
    (b"\xfe\xff", "UTF-16 with a byte order mark"),
)
_EXCERPT_BYTES = 4


def encoding_fault(raw: bytes) -> EncodingFault | None:
    """Say how bytes fail to be UTF-8 without byte order mark; None where they do not."""
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return EncodingFault(name, 1, mark)
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        excerpt = raw[error.start : error.start + _EXCERPT_BYTES]
        return EncodingFault(_guess_encoding(raw), line, excerpt)
    return None


def _guess_encoding(raw: bytes) -> str:
    for codec, name in (("gbk", "GBK"), ("gb18030", "GB18030")):
        try:
            raw.decode(codec)
        except UnicodeDecodeError:
            continue
        return name
    return "no encoding known here"


def _refuse_tabs(text: str, path: Path) -> None:
    before, tab, _ = text.partition("\t")
    if tab:
        raise UserError(
            "the line holds a tab",
            'use spaces; inside double quotes write "\\t"',
            file=path,
            line=before.count("\n") + 1,
        )


def _refuse_size(path: Path) -> None:
    size = path.stat().st_size if path.is_file() else 0
    if size > MAX_BYTES:
        raise UserError(
            f"the file has {size:,} bytes, more than the {MAX_BYTES:,} of a file written by hand",
            "name the file that was meant, or divide it",
            file=path,
        )


def _refuse_depth(text: str, path: Path) -> None:
    """Refuse nesting that the parser could not survive; looked at closely only where it may be."""
    if _deepest(text) <= MAX_DEPTH:
        return
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_StrictLoader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise _too_deep(path, event.start_mark)
    except yaml.YAMLError:
        return  # which says itself where it stops


def _deepest(text: str) -> int:
    """Bound of the levels in a text: brackets, and twice what stands before a line's first word."""
    depth = inline = 0
    for bracket in re.findall(r"[\[\]{}]", text):
        depth = depth + 1 if bracket in "[{" else max(depth - 1, 0)
        inline = max(inline, depth)
    return inline + 2 * max(map(len, re.findall(r"^[ ?:-]*", text, re.MULTILINE)), default=0)


def _too_deep(path: Path, mark: Any) -> UserError:
    line = mark.line + 1 if mark else None
    problem = f"more than {MAX_DEPTH} levels stand one in the other here"
    return UserError(problem, "write them side by side", file=path, line=line)


def _compose(text: str, path: Path) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=_StrictLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        said = ", ".join(part for part in (error.context, error.problem) if part)
        raise UserError(f"not valid YAML ({said})", "correct the line", path, line=line) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        problem = "a control character that YAML does not allow"
        raise UserError(problem, "delete it", path, line=line) from None


@dataclass
class _Builder:
    """Turn nodes into values and note the line of every key path."""

    path: Path
    lines: dict[KeyPath, int]
    made: int = 0

    def build(self, node: yaml.Node, keys: KeyPath, above: tuple[yaml.Node, ...]) -> Any:
        above = self._below(node, above)
        if isinstance(node, yaml.MappingNode):
            return {
                key: self._child(value, (*keys, key), line, above)
                for key, value, line in self._pairs(node, above)
            }
        if isinstance(node, yaml.SequenceNode):
            return [
                self._child(item, (*keys, position), item.start_mark.line + 1, above)
                for position, item in enumerate(node.value)
            ]
        return self._scalar(node)

    def _below(self, node: yaml.Node, above: tuple[yaml.Node, ...]) -> tuple[yaml.Node, ...]:
        """Go into a node; aliases are counted each time that they are used."""
        if node.tag != _COLLECTIONS.get(type(node), node.tag):
            raise self._foreign(node)
        self.made += 1
        if any(node is other for other in above):
            raise self._error("an anchor holds itself", "break the circle", node)
        if len(above) >= MAX_DEPTH:
            raise _too_deep(self.path, node.start_mark)
        if self.made > MAX_VALUES:
            problem = f"the file has more than {MAX_VALUES:,} values, its aliases written out"
            raise self._error(problem, "use fewer aliases of aliases", node)
        return (*above, node)

    def _child(
        self, node: yaml.Node, keys: KeyPath, line: int, above: tuple[yaml.Node, ...]
    ) -> Any:
        self.lines[keys] = line
        return self.build(node, keys, above)

    def _scalar(self, node: yaml.Node) -> Any:
        if node.tag not in _SCALARS:
            raise self._foreign(node)
        try:
            value = _SCALARS[node.tag](node.value)
        except ValueError:
            value = math.nan
        form = _FORMS.get(node.tag)
        if (form and not form.match(node.value)) or (
            isinstance(value, float) and not math.isfinite(value)
        ):
            kind = node.tag.removeprefix(_CORE)
            raise self._error(f"the value is no {kind} that fits", "write it plainly", node)
        return value

    def _foreign(self, node: yaml.Node) -> UserError:
        return self._error(f"the tag {node.tag} is not allowed", "write a plain value", node)

    def _pairs(
        self, node: yaml.MappingNode, above: tuple[yaml.Node, ...]
    ) -> list[tuple[Key, yaml.Node, int]]:
        own: dict[Key, tuple[yaml.Node, int]] = {}
        merged: dict[Key, tuple[yaml.Node, int]] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if key_node.tag == _MERGE_TAG:
                merged.update(self._merged(value_node, above, merged))
                continue
            key = self._key(key_node)
            if key in own:
                raise UserError(
                    f"the key {str(key)!r} stands here a second time (first on line {own[key][1]})",
                    "keep one of the two",
                    file=self.path,
                    line=line,
                )
            own[key] = (value_node, line)
        return [(key, value, line) for key, (value, line) in (merged | own).items()]

    def _key(self, node: yaml.Node) -> Key:
        if not isinstance(node, yaml.ScalarNode):
            raise self._error("a key is not a plain word", "write a word or a number", node)
        key: Key = self._scalar(node)
        return key

    def _merged(
        self,
        node: yaml.Node,
        above: tuple[yaml.Node, ...],
        known: Mapping[Key, tuple[yaml.Node, int]],
    ) -> dict[Key, tuple[yaml.Node, int]]:
        sources = [node]
        if isinstance(node, yaml.SequenceNode):
            above, sources = self._below(node, above), node.value
        found: dict[Key, tuple[yaml.Node, int]] = {}
        for source in sources:
            if not isinstance(source, yaml.MappingNode):
                raise self._error("<<: needs a mapping", "name an anchored mapping", source)
            for key, value, line in self._pairs(source, self._below(source, above)):
                if key not in known:
                    found.setdefault(key, (value, line))
        return found

    def _error(self, problem: str, mend: str, node: yaml.Node) -> UserError:
        return UserError(problem, mend, file=self.path, line=node.start_mark.line + 1)


def refuse_unknown(doc: Document, keys: Iterable[Key], allowed: Iterable[str]) -> None:
    """Raise UserError at the first key of the mapping at ``keys`` that is not allowed."""
    keys, allowed = tuple(keys), tuple(allowed)
    for key in doc.mapping(*keys):
        if key not in allowed:
            near = get_close_matches(str(key), allowed, n=1)
            mend = f"did you mean {near[0]!r}?" if near else f"allowed here: {', '.join(allowed)}"
            raise doc.error(f"unknown key {str(key)!r} in {_shown(keys)}", mend, *keys, key)


def read_text(doc: Document, *keys: Key) -> Text:
    """Bilingual text from a mapping ``{en: ..., zh: ...}``; raises UserError with file and line."""
    doc.mapping(*keys)
    refuse_unknown(doc, keys, LANGS)
    return Text(**{lang: doc.string(*keys, lang) for lang in LANGS})
