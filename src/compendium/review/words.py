"""What a study says beside its numbers, as rows that a reference keeps and `verify` compares."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from compendium.claims.ledger import Estimate
from compendium.claims.wording import ABSENT, Wording
from compendium.data import Codebook
from compendium.files import csv_for_readers
from compendium.plan import Plan
from compendium.plan.predicates import Predicate
from compendium.text import LANGS, Lang, Text

KEY = "what"
HEAD = (KEY, *LANGS)
FILLED = ".filled"
"""How the name of a row ends that holds a sentence with its numbers."""
Said = dict[str, dict[Lang, str]]
"""Rows by what they speak of: the words of each language, or a value under the first."""

PARTS = (
    *("about", "claims", "families", "conditions", "findings", "exhibits", "notebooks", "labels"),
    *("parameters", "profiles", "method_names"),
)
"""Parts of the plan whose words and values are kept, besides estimates and sentences."""
DOCUMENTS = (
    *("data/README*.md", "data/*/README*.md", "data/*/*.yml"),
    *("notebooks/plan/methods.yml", "notebooks/plan/references.bib"),
    *("notebooks/plan/languages.yml", "notebooks/plan/renamed.yml"),
)
"""What else people read of a study: of each section, or each entry, a hash is kept."""
_SECTIONS = {"md": r"^(?=#)", "yml": r"^(?=\w+:)", "bib": r"^(?=@)"}


def words_said(plan: Plan, books: Sequence[Codebook], ledger: Mapping[str, Estimate]) -> Said:
    """Collect what a study says: its plan, the words of its codes, and its filled sentences.

    Statements, limits, labels, predicates with their bounds, what was known, axes, columns and
    their order, and whatever else the plan fixes, each a row. Results of a sentence stand beside
    its template, so that words of a branch that was not taken are seen too.
    """
    said = words_of_plan(plan)
    for name in plan.sentences:
        said |= dict(_rows(f"sentences.{name}{FILLED}", _filled(plan, ledger, name)))
    return said | words_of_books(books)


def words_of_plan(plan: Plan) -> Said:
    """Collect what the plan says, sentences as templates."""
    said: Said = {}
    for part in PARTS:
        said |= dict(_rows(part, getattr(plan, part)))
    for notebook, words in plan.estimates.items():
        said |= dict(_rows(f"estimates.{notebook}", {one.id: one for one in words}))
    for name, sentence in plan.sentences.items():
        said |= dict(_rows(f"sentences.{name}", sentence.text))
    return said


def words_of_books(books: Sequence[Codebook]) -> Said:
    """Collect what codebooks say of their tables and series."""
    said: Said = {}
    for book in books:
        for name, table in book.tables.items():
            said |= dict(_rows(f"data.{name}", table))
        said |= dict(_rows("data.series", book.series))
    return said


def documents_said(root: Path, plan: Plan, beside: Mapping[str, object]) -> Said:
    """Collect what stands beside the typed plan: other plans as rows, prose and READMEs by hash.

    Parameters
    ----------
    beside
        Plans that notebooks load apart, by their name.
    """
    said = {key: row for name, value in beside.items() for key, row in _rows(name, value)}
    for name in plan.notebooks:
        book = json.loads((root / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))
        prose = {c["id"]: c["source"] for c in book["cells"] if c["cell_type"] == "markdown"}
        said |= {f"prose.{name}.{key}": _hashed("".join(text)) for key, text in prose.items()}
    for path in sorted(one for pattern in DOCUMENTS for one in root.glob(pattern)):
        text = path.read_text(encoding="utf-8")
        sections = re.split(_SECTIONS[path.suffix[1:]], text, flags=re.MULTILINE)
        file = path.relative_to(root).as_posix()
        for number, section in enumerate(sections):
            first = section.partition("\n")[0].strip("#@ {,:")[:40]
            said[f"documents.{file}.{number} {first}"] = _hashed(section)
    return said


def _hashed(text: str) -> dict[Lang, str]:
    return _plain(blake2b(text.encode(), digest_size=8).hexdigest())


def of_absent(said: Said) -> frozenset[str]:
    """Rows that say that external data are absent: what they would say is not known."""
    return frozenset(name for name, row in said.items() if row["en"] == ABSENT.en)


def _filled(plan: Plan, ledger: Mapping[str, Estimate], name: str) -> Text:
    return Text(*(Wording(plan, ledger, lang).sentence(name) for lang in LANGS))


def _rows(name: str, value: Any) -> Iterator[tuple[str, dict[Lang, str]]]:
    """Take a part of the plan or a codebook apart down to its words and values."""
    if isinstance(value, Text):
        yield name, {lang: value[lang] for lang in LANGS}
    elif isinstance(value, Predicate):
        yield from _rows(name, value.words())
    elif isinstance(value, Mapping):
        # The order of entries is what a reader sees: of codes on an axis, of columns of a table.
        if value:
            yield name, _plain(", ".join(map(str, value)))
        for key, one in value.items():
            yield from _rows(f"{name}.{key}", one)
    elif isinstance(value, tuple | list):
        yield from _listed(name, value)
    elif isinstance(value, BaseModel) or is_dataclass(value):
        for key, one in _fixed(value):
            yield from _rows(f"{name}.{key}", one)
    elif isinstance(value, Path):
        yield name, _plain(value.name)
    elif value not in (None, ""):
        yield name, _plain(str(value))


def _fixed(value: Any) -> Iterator[tuple[str, Any]]:
    """Fields that the plan or a codebook sets: neither defaults, nor names that head the rows."""
    if isinstance(value, BaseModel):
        defaults = {
            key: field.get_default(call_default_factory=True, validated_data={})
            for key, field in type(value).model_fields.items()
        }
    else:
        defaults = {
            field.name: field.default_factory()
            if field.default_factory is not MISSING
            else field.default
            for field in fields(value)
        }
    for key, default in defaults.items():
        one = getattr(value, key)
        if key not in ("id", "name", "path", "series") and one != default:
            yield key, one


def _listed(name: str, value: Sequence[Any]) -> Iterator[tuple[str, dict[Lang, str]]]:
    named = [getattr(one, "id", None) or getattr(one, "name", None) for one in value]
    if value and all(isinstance(one, str) for one in named):
        yield from _rows(name, dict(zip(named, value, strict=True)))
    elif all(isinstance(one, str | int | float) for one in value):
        yield name, _plain(", ".join(map(str, value)))
    else:
        yield from _rows(name, dict(enumerate(value, 1)))


def _plain(text: str) -> dict[Lang, str]:
    return {lang: text if lang == "en" else "" for lang in LANGS}


def words_csv(said: Said) -> bytes:
    """Write the rows as a table that spreadsheets read."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEAD)
    writer.writerows([name, *(row[lang] for lang in LANGS)] for name, row in said.items())
    return csv_for_readers(text.getvalue())
