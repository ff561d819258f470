"""Specification curves and contours to test with."""

from math import nan

import numpy as np
import pandas as pd

from compendium.text import Text

OPTIONS = (4, 3, 2)
CONTOUR = {
    "x": Text("Partial R² of the confounder with the treatment", "混杂变量与处理的偏 R²"),
    "y": Text("Partial R² of the confounder with the outcome", "混杂变量与结果的偏 R²"),
    "value": Text("Estimate after adjustment", "调整后的估计值"),
}


def universes(repeats, failed=0, shift=0.0, facet=None):
    """24 combinations of three decisions, `repeats` times, of which some failed."""
    rng = np.random.default_rng(20241101)
    n = int(np.prod(OPTIONS)) * repeats
    codes = {
        f"choice:long{20 + d}": [f"long{6 * d + i * 7 % k}" for i in np.arange(n) // (d + 1)]
        for d, k in enumerate(OPTIONS)
    }
    value = 0.12 + shift + 0.05 * rng.standard_normal(n) + 0.05 * (np.arange(n) % OPTIONS[0])
    half = 0.1 + 0.04 * rng.random(n)
    outcome = np.where(
        value - half > 0, "holds", np.where(value + half < 0, "fails", "inconclusive")
    )
    frame = pd.DataFrame({"universe": [f"u{i}" for i in range(n)], "value": value})
    frame = frame.assign(ci_low=value - half, ci_high=value + half, outcome=outcome, main=0)
    frame.loc[1, "main"] = 1
    lost = frame.index[frame.index % 7 == 5][:failed]
    frame.loc[lost, ["value", "ci_low", "ci_high"]] = nan
    frame.loc[lost, "outcome"] = "not run"
    return frame.assign(**codes, **({"facet": facet} if facet else {}))


def two_curves():
    first, second = universes(1, 2, facet="epidemic"), universes(2, 0, -0.3, facet="other")
    return pd.concat([first, second.drop(columns="choice:long22")], ignore_index=True)


def sensitivity(benchmarks, critical=0.0, facet=None, estimate=0.3, bound=0.4, points=25):
    """Bias sqrt(R2_y R2_d / (1 - R2_d)) on a grid, with benchmarks in a row near its corner."""
    steps = np.linspace(0, bound, points)

    def adjusted(x, y):
        return estimate - np.sqrt(y * x / (1 - x))

    rows = [("grid", "grid", x, y, adjusted(x, y)) for x in steps for y in steps]
    rows.append(("critical", "zero", nan, nan, critical))
    places = [(0.01 + 0.02 * i, 0.02 + 0.015 * i) for i in range(benchmarks)]
    rows += [("benchmark", f"long{3 + i}", *p, adjusted(*p)) for i, p in enumerate(places)]
    frame = pd.DataFrame(rows, columns=["part", "category", "x", "y", "value"])
    return frame.assign(facet=facet) if facet else frame


def two_contours():
    first = sensitivity(3, facet="epidemic")
    return pd.concat([first, sensitivity(5, -0.1, facet="other", estimate=0.1)])


def power_lines():
    """Power against clusters for two effects, and a rate that is exactly the size of the test."""
    sizes = [10, 20, 40, 80]
    rows = [
        (size, code, power, power - 0.03, power + 0.03)
        for code, rate in (("half", 0.02), ("all", 0.05), ("zero", 0.0))
        for size in sizes
        for power in [1 - 0.95 * np.exp(-rate * size)]
    ]
    return pd.DataFrame(rows, columns=["x", "series", "value", "ci_low", "ci_high"])
