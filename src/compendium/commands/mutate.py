"""`mutate`: put single defects into copies of the project and see which check catches each."""

from __future__ import annotations

import argparse
from pathlib import Path

from compendium.console import plain_console, say
from compendium.text import LANGS, Text
from compendium.threads import one_thread

HELP = "put single defects into copies of the project and see which check catches each"
EXAMPLE = "mutate --seed 1 --quick"
FOLDER = Path("reports") / "mutations"
PER_CLASS, QUICK = 60, 2
EQUIVALENT = Text(
    "{} draws changed nothing and were drawn again ({:.1%}).",
    "{} 次抽取未改变内容，已重抽（{:.1%}）。",
)
LEFT = Text("{} of {} defects have been tried.", "已试 {} 个缺陷，共 {} 个。")
ESCAPED = Text(
    "not caught: {id} {operator}, {file}, {place}: {before} → {after}",
    "未查出：{id} {operator}，{file}，{place}：{before} → {after}",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    from compendium.review.mutation.draw import CLASSES

    add = parser.add_argument
    add("--seed", type=int, default=1, help="seed of the draw (default: 1)")
    add("--classes", nargs="+", choices=CLASSES, default=CLASSES, help="classes (default: all)")
    add("--per-class", type=int, default=PER_CLASS, help=f"defects a class (default: {PER_CLASS})")
    add("--jobs", type=int, default=1, help="copies that work at the same time (default: 1)")
    add("--quick", action="store_true", help=f"{QUICK} defects a class")
    add("--draw", action="store_true", help="say which defects are drawn, try none")
    add("--out", type=Path, help=f"folder of the results (default: {FOLDER.as_posix()})")
    add("--lang", choices=LANGS, default="en", help="language (default: en)")


def main(args: argparse.Namespace) -> int:
    """Try the defects, go on where an earlier call stopped, and print both scores."""
    one_thread()
    from compendium.review.mutation import score, work
    from compendium.scratch import scratch_folder

    console, lang = plain_console(), args.lang
    asked = work.Asked(
        args.seed, tuple(args.classes), QUICK if args.quick else args.per_class, max(1, args.jobs)
    )
    work.refuse_unfinished(args.root)
    found = work.drawn(args.root, asked)
    mutants = [mutant for one in found.values() for mutant in one.mutants]
    same = sum(one.equivalent for one in found.values())
    say(console, EQUIVALENT[lang].format(same, same / (same + len(mutants))))
    if args.draw:
        for mutant in mutants:
            say(console, " ".join(mutant.told().values()), "", "  ")
        return 0
    out = (args.out or args.root / FOLDER).resolve()
    out.mkdir(parents=True, exist_ok=True)
    kept = out / f"seed-{asked.seed}.jsonl"
    with scratch_folder() as scratch:
        work.try_all(args.root, mutants, asked, scratch, kept, lambda line: say(console, line))
    rows = work.results_of(mutants, kept)
    say(console, LEFT[lang].format(len(rows), len(mutants)))
    score.write(out / f"seed-{asked.seed}.csv", rows)
    for row in score.escaped(rows):
        say(console, ESCAPED[lang].format(**row), "", "  ")
    for line in score.table(rows, lang):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    return 0
