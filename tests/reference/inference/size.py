"""The full table of sizes: `python tests/reference/inference/size.py` writes size.csv (a minute)."""

from pathlib import Path

from compendium.inference.size_study import SHAPES, size_study

SEED, REPLICATIONS, DRAWS = 6, 10_000, 399


def main() -> None:
    found = size_study(shapes=tuple(SHAPES), seed=SEED, replications=REPLICATIONS, draws=DRAWS)
    path = Path(__file__).with_name("size.csv")
    path.write_text(
        found.to_csv(index=False, float_format="%.4f", lineterminator="\n"), "utf-8", newline="\n"
    )


if __name__ == "__main__":
    main()
