"""YAML files as typed objects: pydantic reads them, each fault keeps its line, value and mend."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from functools import cache
from typing import Annotated, Any, TypeVar, cast

from pydantic import (
    BeforeValidator,
    Field,
    StrictFloat,
    StrictInt,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from compendium.errors import UserError, settle
from compendium.strict_yaml import Document, Key, KeyPath

T = TypeVar("T")

GIVEN: Mapping[str, Any] = {"given": True}
"""Metadata of a field that the reader fills in, and no file may write."""
Number = StrictInt | StrictFloat
Filled = Annotated[str, Field(pattern=r"\S")]
"""A text that is not empty."""

_NOT = {
    "string_type": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "dict": "a mapping (key: value)",
    "mapping": "a mapping (key: value)",
    "dataclass": "a mapping (key: value)",
    "model": "a mapping (key: value)",
    "tuple": "a list",
    "list": "a list",
}
"""Head of a pydantic error type -> what the value should have been."""


def fault(problem: str, mend: str, *keys: Key, value: object = None) -> PydanticCustomError:
    """Make (not raise) what a validator has found.

    `keys` lead on from its object to the place, which `{place}` in the problem stands for.
    """
    told = {"problem": problem, "mend": mend, "keys": keys, "value": value}
    return PydanticCustomError("fault", "fault", told)


def refuse_keys(value: Any, allowed: Iterable[str]) -> None:
    """Raise a fault at the first key of a mapping that is not allowed."""
    allowed = tuple(allowed)
    for key in value if isinstance(value, dict) else ():
        if key not in allowed:
            raise fault(f"unknown key {str(key)!r}", did_you_mean(str(key), allowed), key)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Mend of an unknown word: the nearest known one, or all of them."""
    known = tuple(known)
    near = get_close_matches(word, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"allowed here: {', '.join(known)}"


@dataclass(frozen=True)
class Written:
    """A dataclass that a file's mapping is read into; a field's key is its name, or metadata's."""

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, value: Any) -> Any:
        own = [f.metadata.get("key", f.name) for f in fields(cls) if "given" not in f.metadata]
        refuse_keys(value, (*own, *value.given) if isinstance(value, _Given) else own)
        return value


class _Given(dict[Any, Any]):
    """A mapping to which the reader has added fields."""

    given: tuple[str, ...] = ()


def _with_names(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {str(key): _with_name(str(key), entry) for key, entry in value.items()}


def _with_name(name: str, entry: Any) -> Any:
    if not isinstance(entry, dict) or "name" in entry:
        return entry
    found = _Given(entry, name=name)
    found.given = ("name",)
    return found


def _keyed_by_text(value: Any) -> Any:
    return {str(key): entry for key, entry in value.items()} if isinstance(value, dict) else value


NAMED = BeforeValidator(_with_names)
"""Entries of a mapping are given their key as their field `name`."""
BY_TEXT = BeforeValidator(_keyed_by_text)
"""Keys of a mapping are texts, also where YAML reads them as numbers."""


@cache
def _adapter(kind: Hashable) -> TypeAdapter[Any]:
    """Reader of a type, which takes longer to make than a file to read."""
    return TypeAdapter(cast("Any", kind))


def read_typed(document: Document, kind: type[T], *keys: Key, value: Any = None) -> T:
    """Read a document, or what stands under a key path, as an object of a type.

    Parameters
    ----------
    value
        Taken in place of what stands there: the same with fields that the reader adds.

    Raises
    ------
    UserError
        With file, line and value: an unknown or missing key, a value of another type, or what the
        type's own validators refuse; where there are several, all in one list.
    """
    try:
        given = document.at(*keys) if value is None else value
        found: T = _adapter(cast("Hashable", kind)).validate_python(given)
        return found
    except ValidationError as error:
        settle(_faults(document, error, keys), document.path.name)
        raise


def _faults(document: Document, error: ValidationError, above: KeyPath) -> Iterator[UserError]:
    """Every fault in the words of this project, one a place."""
    found = error.errors()
    parents = {one["loc"][:n] for one in found for n in range(len(one["loc"]))}
    seen: set[KeyPath] = set()
    for one in found:
        if one["type"] == "too_short" and one["loc"] in parents:
            continue  # for want of the entries that are at fault
        if one["loc"][-1:] == ("int",):  # of a union, which pydantic tells as one fault a member
            whole = (*one["loc"][:-1], "float")
            one = next((other for other in found if other["loc"] == whole), one)
        keys, told = _told(document, one, above)
        if keys not in seen:
            seen.add(keys)
            yield told


def _told(document: Document, first: Any, above: KeyPath) -> tuple[KeyPath, UserError]:
    context, missing = first.get("ctx", {}), first["type"] in ("missing", "missing_argument")
    loc = (*above, *first["loc"], *context.get("keys", ()))
    keys = _keys(document, loc, keep_last=missing or "problem" in context)
    place = ".".join(map(str, keys)) or "the file"
    if "problem" in context:
        problem, mend = context["problem"].replace("{place}", place), context["mend"]
        value = context["value"]
        if problem.startswith("unknown key"):
            problem += f" in {'.'.join(map(str, keys[:-1])) or 'the file'}"
        return keys, document.error(problem, mend, *keys, value=value)
    problem, mend = _words(first, place)
    value = first["input"]
    shown = None if missing or isinstance(value, dict | list | tuple) else value
    return keys, document.error(problem, mend, *keys, value=shown)


def _words(first: Any, place: str) -> tuple[str, str]:
    kind = str(first["type"])
    if kind in ("missing", "missing_argument"):
        above, _, key = place.rpartition(".")
        return f"'{key}' is missing in {above or 'the file'}", "add it"
    if kind in ("too_short", "string_pattern_mismatch") and not str(first["input"]).strip("() []"):
        return f"'{place}' is empty", "add it"
    if kind == "literal_error":
        expected = first["ctx"]["expected"].replace(" or ", ", ").replace("'", "")
        return f"'{place}' is not known", f"write one of: {expected}"
    wanted = next((said for head, said in _NOT.items() if kind.startswith(head)), None)
    if wanted and kind != "int_from_float":
        return f"'{place}' is not {wanted}", "correct it"
    return f"{place}: {first['msg'].removeprefix('Value error, ')}", "correct the entry"


def _keys(document: Document, loc: KeyPath, *, keep_last: bool) -> KeyPath:
    """Keys of the document along a pydantic location, without what names types or unions."""
    keys: KeyPath = ()
    for position, part in enumerate(loc):
        here = document.at(*keys)
        if isinstance(here, dict):
            same = next((key for key in here if key == part or str(key) == str(part)), None)
            if same is not None:
                keys = (*keys, same)
                continue
        elif isinstance(here, list) and isinstance(part, int) and part < len(here):
            keys = (*keys, part)
            continue
        if keep_last and position == len(loc) - 1:
            keys = (*keys, part)
    return keys
