"""How strong something unseen would have to be to change a result."""

from grassroots.inference.confounding.benchmarks import benchmark_bounds
from grassroots.inference.confounding.e_value import EValue, e_value
from grassroots.inference.confounding.omitted import (
    Confounding,
    confounding,
    of_line,
    robustness_value,
)
from grassroots.inference.confounding.oster import BetaStar, Movement, Oster, movement, oster

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
