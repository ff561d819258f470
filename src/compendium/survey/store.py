"""The file of a survey: answers as given, with what the file is and the hash of its content."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.files import write_atomic
from compendium.registry import program
from compendium.survey.instrument import Instrument, Question

if TYPE_CHECKING:
    import pyarrow as pa

ROW_GROUP = 1 << 17
EMPTY = -1
"""Stands for an empty cell in arrays of whole numbers; no code of an answer is -1."""

Columns = Mapping[str, NDArray[Any]]
"""Column to array: whole numbers with EMPTY, positions of categories (below EMPTY a code for no
answer), numbers with nan, names as strings."""


@dataclass(frozen=True)
class Stored:
    """A survey's file.

    Attributes
    ----------
    kind
        "stand-in" or "observed".
    sha256
        Hash of the content, as it would stand in a CSV file; the same on every system.
    source
        For a stand-in how it was made, for an observed survey where it came from.
    """

    columns: Columns
    kind: str
    sha256: str
    source: Mapping[str, Any]


def write_survey(
    path: Path, instrument: Instrument, columns: Columns, kind: str, source: Mapping[str, Any]
) -> str:
    """Write a survey's file as Parquet, whole or not at all; return the hash of its content.

    An observed survey can be read by nobody but the owner of the file.
    """
    table = arrow_table(instrument, columns)
    sha256 = content_sha256(table)
    content = parquet_bytes(table, {"kind": kind, "sha256": sha256, "source": source})
    write_atomic(path, content, private=kind == "observed")
    return sha256


def parquet_bytes(table: pa.Table, about: Mapping[str, Any]) -> bytes:
    """Parquet with `about` among its metadata; the same bytes for the same content."""
    import pyarrow.parquet as pq

    said = json.dumps(about, ensure_ascii=False, sort_keys=True).encode()
    buffer = io.BytesIO()
    marked = table.replace_schema_metadata({program().encode(): said})
    pq.write_table(marked, buffer, row_group_size=ROW_GROUP, compression="zstd")
    return buffer.getvalue()


def csv_bytes(table: pa.Table) -> bytes:
    """CSV with a header, empty cells for missing."""
    import pyarrow.csv as csv

    buffer = io.BytesIO()
    csv.write_csv(table, buffer)
    return buffer.getvalue()


def content_sha256(table: pa.Table) -> str:
    """Hash of a table's content as CSV."""
    import pyarrow.csv as csv

    class Sink(io.RawIOBase):
        def __init__(self) -> None:
            self.hash = hashlib.sha256()

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            self.hash.update(data)
            return len(data)

    sink = Sink()
    csv.write_csv(table, sink)
    return sink.hash.hexdigest()


def read_about(path: Path) -> dict[str, Any] | None:
    """What a Parquet file says it is; None where it does not say, or is no Parquet file."""
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_schema(path).metadata or {}
    except Exception:  # damaged bytes make it raise almost anything
        return None
    if program().encode() not in metadata:
        return None
    about: dict[str, Any] = json.loads(metadata[program().encode()])
    return about


def read_survey(path: Path, instrument: Instrument) -> Stored:
    """Read a survey's file.

    Raises
    ------
    UserError
        It is damaged, was changed by hand, or belongs to another version of the questionnaire.
    """
    import pyarrow.parquet as pq

    about = read_about(path)
    if about is None:
        raise UserError("this is not a survey's file", "import or make it again", file=path)
    table = pq.read_table(path)
    if content_sha256(table) != about["sha256"]:
        raise UserError("the content is not what was written", "import or make it again", file=path)
    wanted = arrow_schema(instrument)
    if not table.schema.equals(wanted):
        odd = sorted(set(table.column_names) ^ set(wanted.names))
        mend = "import or make it again"
        column = odd[0] if odd else None
        raise UserError(
            "the file has other columns than the questionnaire", mend, path, column=column
        )
    columns = {name: _array(instrument.questions[name], table[name]) for name in wanted.names}
    return Stored(columns, about["kind"], about["sha256"], about["source"])


def category_codes(instrument: Instrument, name: str) -> list[str]:
    """Codes of a category as they stand in a file: answers, then those for no answer."""
    codes = [*instrument.codes(name), *instrument.non_response_codes]
    return [str(code) for code in codes]


def arrow_schema(instrument: Instrument) -> pa.Schema:
    """Columns of a survey's file."""
    import pyarrow as pa

    types = {
        "item": pa.int8(),
        "flag": pa.int8(),
        "integer": pa.int16(),
        "number": pa.float64(),
        "string": pa.string(),
        "category": pa.dictionary(pa.int8(), pa.string()),
    }
    return pa.schema([(name, types[q.type]) for name, q in instrument.questions.items()])


def arrow_table(instrument: Instrument, columns: Columns) -> pa.Table:
    """Arrow table of a survey's columns."""
    import pyarrow as pa

    schema = arrow_schema(instrument)
    arrays = []
    for field in schema:
        array, question = columns[field.name], instrument.questions[field.name]
        if question.type == "category":
            arrays.append(_dictionary(instrument, field.name, array))
        elif question.type == "number":
            arrays.append(pa.array(array, field.type, from_pandas=True))
        elif question.type == "string":
            arrays.append(pa.array(array, field.type))
        else:
            arrays.append(pa.array(array.astype(field.type.to_pandas_dtype()), mask=array == EMPTY))
    return pa.Table.from_arrays(arrays, schema=schema)


def _dictionary(instrument: Instrument, name: str, array: NDArray[Any]) -> pa.DictionaryArray:
    import pyarrow as pa

    answers = len(instrument.codes(name))
    codes = array.astype(np.int8)
    for position, code in enumerate(instrument.non_response_codes):
        codes = np.where(array == code, np.int8(answers + position), codes)
    return pa.DictionaryArray.from_arrays(
        pa.array(codes, mask=array == EMPTY), category_codes(instrument, name)
    )


def _array(question: Question, column: pa.ChunkedArray) -> NDArray[Any]:
    import pyarrow.compute as pc

    if question.type == "category":
        words = column.combine_chunks()
        return _positions(words)
    if question.type == "number":
        numbers: NDArray[Any] = column.to_numpy()
        return numbers
    if question.type == "string":
        return column.to_pandas().to_numpy(dtype=object)
    whole: NDArray[Any] = pc.fill_null(column, EMPTY).to_numpy()
    return whole


def _positions(words: Any) -> NDArray[Any]:
    """Positions among the answers; the codes for no answer as they are."""
    import pyarrow.compute as pc

    dictionary = words.dictionary.to_pylist()
    values = [int(w) if w.startswith("-") else position for position, w in enumerate(dictionary)]
    found = np.asarray(pc.fill_null(words.indices, EMPTY))
    return np.where(found == EMPTY, EMPTY, np.array(values, dtype=np.int8)[found])
