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
from compendium.inference.confounding.tables import (
    bound_rows,
    contour_points,
    e_value_rows,
    oster_rows,
    robustness_rows,
)

__all__ = [
    "BetaStar",
    "Confounding",
    "EValue",
    "Movement",
    "Oster",
    "benchmark_bounds",
    "bound_rows",
    "confounding",
    "contour_points",
    "e_value",
    "e_value_rows",
    "movement",
    "of_line",
    "oster",
    "oster_rows",
    "robustness_rows",
    "robustness_value",
]
