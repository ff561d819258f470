"""`new`: a new compendium that runs to a verdict, or what is new in a study."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from shlex import quote

from compendium.commands import new_entry
from compendium.text import LANGS, Lang, Text

HELP = "make a new compendium, or the entries of a new figure, table, claim, test or notebook"
EXAMPLE = "new figure fig-reply-times --notebook 03_replies"
ANYWHERE = True
"""It works outside of a project's folder."""

STARTER = Path(__file__).parents[1] / "starter"
DATA = Path("data", "states", "states.csv")
DOTTED = "gitignore"
"""File whose name begins with a dot in a compendium, which would act on the package itself."""

MADE = Text(
    "{folder}: {n} files. Next: cd {folder}, then make reproduce PYTHON={python}",
    "{folder}：{n} 个文件。下一步：cd {folder}，再运行 make reproduce PYTHON={python}",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add = parser.add_argument
    kinds = "|".join(new_entry.FORMS)
    add("what", metavar=f"FOLDER|{kinds}", help="a new or empty folder, or what is new in a study")
    add(
        "id",
        nargs="?",
        metavar="ID",
        help="its id, e.g. fig-reply-times, tab-models, C8, C8.second, 13_replies",
    )
    add("--notebook", metavar="NAME", help="the notebook that makes it")
    add("--lang", choices=LANGS, default="en", help="language (default: en)")


def main(args: argparse.Namespace) -> int:
    """Make the compendium, or write the entries; exit code 0."""
    if args.what in new_entry.FORMS or args.id is not None:
        return new_entry.main(args)
    files = make(Path(args.what))
    lang: Lang = args.lang
    told = MADE[lang].format(folder=args.what, n=len(files), python=quote(sys.executable))
    sys.stdout.write(told + "\n")
    return 0


def make(folder: Path) -> tuple[Path, ...]:
    """Write a new compendium; return its files, relative to the folder.

    Raises
    ------
    UserError
        The folder is not empty, or something else stands there.
    """
    from compendium.errors import UserError
    from compendium.files import explained, write_atomic

    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise UserError("there is something in this place already", "name a new folder", folder)
    sources = [path for path in sorted(STARTER.rglob("*")) if path.is_file()]
    content = {_place(path.relative_to(STARTER)): path.read_bytes() for path in sources}
    content[DATA] = _table()
    try:
        for place, written in content.items():
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            write_atomic(folder / place, written)
    except OSError as error:
        raise explained(error, folder) from None
    return tuple(content)


def _place(path: Path) -> Path:
    return path.with_name(f".{path.name}") if path.name == DOTTED else path


def _table() -> bytes:
    """Write the example's data as statsmodels ships them, but for spaces around names of states."""
    from statsmodels.datasets import statecrime

    data = statecrime.load_pandas().data
    return str(data.rename(index=str.strip).to_csv(lineterminator="\n")).encode()
