"""The command line: one module a command, imported only when its command is chosen."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from compendium import __version__
from compendium.registry import program, work_in

COMMANDS = {
    "run": "run the notebooks whose inputs changed",
    "verify": "check results: every file against its recorded data, numbers against the reference",
    "review": "check a run and make the kit that a reviewer signs, as a folder and a .zip",
    "trace": "follow a number, estimate, exhibit, test, claim or data row to what it rests on",
    "exhibits": "draw figures and tables again from recorded data, in a style, width and format",
    "claims": "show each claim, what its tests found and the verdict",
    "calibrate": "simulate each test where the truth is known: bias, coverage, size, power",
    "report": "make the site, the PDF, Word and LaTeX files and numbers from the last run",
    "multiverse": "fit every admissible analysis of each test and show how often it holds",
    "archive": "make a deposit of the last commit, with the metadata that archives read",
    "mutate": "put single defects into copies of the project and see which check catches each",
    "clean": "remove results as they were written; files of your own stay and are named",
    "new": "make a new compendium, or the entries of a new figure, table, claim, test or notebook",
    "data": "check the data, fetch external data, make or import a survey",
}
"""Command and what it does; its module is `compendium.commands.<command>`."""

OK, NOT_AS_EXPECTED, WRONG_USE, INTERRUPTED = 0, 1, 2, 130
"""Exit codes; 130 is what shells report after Ctrl-C."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    Parameters
    ----------
    argv
        Arguments without the program's name; those of the process by default.
    """
    _speak_utf8()
    arguments = list(sys.argv[1:] if argv is None else argv)
    args = _parser(arguments).parse_args(arguments)
    try:
        from compendium.root import find_root
        from compendium.surroundings import settle

        settle()
        if not args.anywhere:
            args.root = find_root(args.root)
            work_in(args.root)
        code: int = args.main(args)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return INTERRUPTED
    except BrokenPipeError:
        return _closed_pipe()
    except Exception as error:
        return _report(error, debug=args.debug)
    return code


class _Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_USE, f"error: {message}; see {self.prog} --help\n")


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=program(),
        description="A research compendium: run its notebooks and check what they found.",
        epilog=f"example: {program()} run --explain",
    )
    parser.add_argument("--version", action="version", version=f"{program()} {__version__}")
    commands = parser.add_subparsers(title="commands", dest="command", required=True)
    chosen = next((word for word in arguments if word in COMMANDS), None)
    for name, about in COMMANDS.items():
        _add_command(commands, name, about, chosen == name)
    return parser


def _add_command(
    commands: argparse._SubParsersAction[_Parser],
    name: str,
    about: str,
    chosen: bool,
) -> None:
    module = _module(name) if chosen else None
    example = f"example: {program()} {module.EXAMPLE}" if module else None
    parser = commands.add_parser(name, help=about, description=about, epilog=example)
    parser.add_argument("--root", type=Path, metavar="FOLDER", help="folder of the project")
    parser.add_argument("--debug", action="store_true", help="show the trace of an error")
    if module:
        module.add_arguments(parser)
        parser.set_defaults(main=module.main, anywhere=getattr(module, "ANYWHERE", False))


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"compendium.commands.{name}")


def _report(error: Exception, *, debug: bool) -> int:
    from compendium.errors import UserError
    from compendium.files import explained, refused

    if refused(error) and not debug:
        error = explained(error)
    if debug:
        import traceback

        traceback.print_exception(error)
    elif isinstance(error, UserError):
        sys.stderr.write(f"error: {error}\n")
    else:
        kind = type(error).__name__
        sys.stderr.write(f"error: {kind}: {error} (use --debug for the trace)\n")
    return WRONG_USE if isinstance(error, UserError) else NOT_AS_EXPECTED


def _closed_pipe() -> int:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return OK


def _speak_utf8() -> None:
    """Write UTF-8 unless another encoding was asked for; what that lacks is written as its code."""
    asked = os.environ.get("PYTHONIOENCODING", "").partition(":")[0]
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            encoding = stream.encoding if asked else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")


if __name__ == "__main__":
    sys.exit(main())
