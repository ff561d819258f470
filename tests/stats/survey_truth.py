"""Simulated surveys with known truth, and how far a share of simulations may stray from it."""

import numpy as np
import pandas as pd


def clustered(rng, G=30, size=10, icc=0.2, n=1):
    """Errors of variance 1, alike within clusters: (G * size, n), and the clusters."""
    cluster = np.repeat(np.arange(G), size)
    shared = rng.normal(size=(G, n))[cluster] * np.sqrt(icc)
    return shared + rng.normal(size=(G * size, n)) * np.sqrt(1 - icc), cluster


def survey(rng, G=30, size=10, *, a=0.5, b=0.4, direct=0.3, confounding=0.0):
    """x -> m -> y with errors alike within clusters and, if asked for, with each other."""
    e, cluster = clustered(rng, G, size, n=3)
    x = e[:, 0]
    m = a * x + e[:, 1]
    error = confounding * e[:, 1] + np.sqrt(1 - confounding**2) * e[:, 2]
    return pd.DataFrame({"x": x, "m": m, "y": direct * x + b * m + error, "unit": cluster})


def near(share, level, simulations, errors=3.0):
    """Whether a share of simulations is within so many Monte Carlo errors of its level."""
    return abs(share - level) < errors * np.sqrt(level * (1 - level) / simulations)
