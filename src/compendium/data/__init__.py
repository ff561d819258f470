"""Codebooks, loaders and checks: the only room that reads data files.

Pandas is imported by the functions that need them, so importing this is quick.
"""

from __future__ import annotations

from compendium.data.check import TableReport, check, check_tables
from compendium.data.codebook import (
    Codebook,
    Column,
    Exemption,
    Series,
    Table,
    load_books,
    load_codebook,
    load_codebooks,
)
from compendium.data.load import load_table, year_of
from compendium.data.render import render_codebook
from compendium.data.sheet import table_sha256
from compendium.data.violations import Violation

__all__ = [
    "Codebook",
    "Column",
    "Exemption",
    "Series",
    "Table",
    "TableReport",
    "Violation",
    "check",
    "check_tables",
    "load_books",
    "load_codebook",
    "load_codebooks",
    "load_table",
    "render_codebook",
    "table_sha256",
    "year_of",
]
