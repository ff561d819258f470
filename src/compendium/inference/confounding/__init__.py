"""How strong something unseen would have to be to change a result."""

from compendium.inference.confounding.benchmarks import benchmark_bounds
from compendium.inference.confounding.e_value import EValue, e_value
from compendium.inference.confounding.omitted import (
    Confounding,
    confounding,
    of_line,
    robustness_value,
)
from compendium.inference.confounding.oster import BetaStar, Movement, Oster, movement, oster

__all__ = [
    "BetaStar",
    "Confounding",
    "EValue",
    "Movement",
    "Oster",
    "benchmark_bounds",
    "confounding",
    "e_value",
    "movement",
    "of_line",
    "oster",
    "robustness_value",
]
