"""`new`: a figure, table, claim or notebook of this compendium."""

from __future__ import annotations

import argparse

from compendium.commands import new_entry

HELP = "write the entries and cells of a new figure, table, claim or notebook"
EXAMPLE = "grassroots new figure fig-reply-times --notebook 03_accountability"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add = parser.add_argument
    add("what", choices=new_entry.FORMS, help="what is new")
    add("id", metavar="ID", help="its id, e.g. fig-reply-times, tab-models, C8, 13_replies")
    add("--notebook", metavar="NAME", help="the notebook that makes it")


def main(args: argparse.Namespace) -> int:
    """Write it; exit code 0."""
    return new_entry.main(args)
