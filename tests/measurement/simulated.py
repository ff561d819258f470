"""Answers made from known factor models, for tests."""

import numpy as np
import pandas as pd


def with_covariance(S, n, seed=0):
    """Rows whose sample covariance (divisor n) is exactly S and whose means are 0."""
    p = len(S)
    x = np.random.default_rng(seed).normal(size=(n, p))
    x -= x.mean(axis=0)
    whitened = x @ np.linalg.inv(np.linalg.cholesky(x.T @ x / n)).T
    return pd.DataFrame(whitened @ np.linalg.cholesky(np.asarray(S, dtype=float)).T).add_prefix("y")


def two_factors(n, seed, *, loadings=0.7, correlation=0.4, units=None, shared=0.0, items=4):
    """Standard normal items y0.. of two factors; `shared` of the variance lies between units."""
    rng = np.random.default_rng(seed)
    p = 2 * items
    unit = np.arange(n) if units is None else np.arange(n) % units
    G = unit.max() + 1

    def draw(columns):
        between = rng.normal(size=(G, columns))[unit]
        return np.sqrt(shared) * between + np.sqrt(1 - shared) * rng.normal(size=(n, columns))

    factor = draw(2)
    factor[:, 1] = correlation * factor[:, 0] + np.sqrt(1 - correlation**2) * factor[:, 1]
    strength = np.broadcast_to(loadings, p)
    noise = draw(p)
    y = strength * factor[:, np.arange(p) // items] + np.sqrt(1 - strength**2) * noise
    return pd.DataFrame(y).add_prefix("y"), unit


def structure(items=4):
    return {
        "first": [f"y{k}" for k in range(items)],
        "second": [f"y{k}" for k in range(items, 2 * items)],
    }


def five_points(frame):
    """Cut normal items into answers 1 to 5."""
    return pd.DataFrame(
        np.digitize(frame.to_numpy(), [-1.4, -0.5, 0.4, 1.3]) + 1, columns=frame.columns
    )
