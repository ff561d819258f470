"""Codebooks, loaders and checks: the only room that reads data files.

Pandas and pandera are imported by the functions that need them, so importing this is quick.
"""

from __future__ import annotations

from grassroots.data.check import TableReport, check, check_tables, report_lines
from grassroots.data.codebook import (
    Codebook,
    Column,
    Exemption,
    Series,
    Table,
    load_books,
    load_codebook,
    load_codebooks,
)
from grassroots.data.instruments import Instrument, load_instruments
from grassroots.data.load import load_table, year_of
from grassroots.data.render import render_codebook, render_dictionary
from grassroots.data.schema import schema, validate_frame
from grassroots.data.sheet import table_sha256
from grassroots.data.violations import Violation

__all__ = [
    "Codebook",
    "Column",
    "Exemption",
    "Instrument",
    "Series",
    "Table",
    "TableReport",
    "Violation",
    "check",
    "check_tables",
    "load_books",
    "load_codebook",
    "load_codebooks",
    "load_instruments",
    "load_table",
    "render_codebook",
    "render_dictionary",
    "report_lines",
    "schema",
    "table_sha256",
    "validate_frame",
    "year_of",
]
