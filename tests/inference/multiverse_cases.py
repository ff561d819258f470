"""A small multiverse whose data and plan the tests share."""

import numpy as np
import pandas as pd

from compendium.plan.multiverse import MultiversePlan
from compendium.plan.types import Test
from compendium.text import Text

WORD = Text("word", "词")


def option(name, main=False, admissibility="equivalent", **use):
    return {
        "id": name,
        "label": WORD,
        "why": WORD,
        "admissibility": admissibility,
        "main": main,
        **use,
    }


def decision(name, kind, *options):
    return {"id": name, "kind": kind, "label": WORD, "options": list(options)}


OUTCOME = decision("outcome", "outcome", option("y", True, column="y"), option("y2", column="y2"))
PREDICTOR = decision(
    "predictor", "predictor", option("x", True, column="x"), option("x2", column="x2")
)
CONTROLS = decision(
    "controls", "controls", option("none", True, columns=()), option("z", columns=("z0", "kind"))
)
EFFECTS = decision(
    "effects",
    "fixed_effects",
    option("no", True, column=None),
    option("c", column="c"),
    option("p", column="province"),
)
SAMPLE = decision(
    "sample", "sample", option("all", True, column=None), option("some", column="kept")
)
WEIGHTS = decision("weights", "weights", option("no", True, column=None), option("w", column="w"))
MISSING = decision(
    "gaps", "missing", option("drop", True, treat="drop"), option("flag", treat="indicator")
)


def plan(*decisions, **more):
    entry = {
        "test": "t",
        "data": "survey",
        "cluster": "c",
        "cluster_word": "county",
        "decisions": list(decisions),
    }
    return MultiversePlan(**(entry | more))


def judged(predicate=None, scale="real"):
    return Test(
        id="t", label=WORD, estimate="e", notebook="n", scale=scale, predicate=predicate or {"greater_than": 0},
        evidence="survey", why=WORD, known=WORD,
    )  # fmt: skip


def rows(n=600, G=30, effect=0.3, seed=1):
    rng = np.random.default_rng(seed)
    c = rng.integers(0, G, n)
    shared = rng.normal(size=G)[c]
    x = rng.normal(size=n) + 0.5 * rng.normal(size=G)[c]
    y = effect * x + shared + rng.normal(size=n)
    kind = pd.Categorical(rng.choice(["a", "b", "d"], n))
    frame = pd.DataFrame(
        {
            "c": [f"county {i}" for i in c],
            "province": pd.Categorical([f"p{i % 5}" for i in c]),
            "x": x,
            "x2": x + 0.3 * rng.normal(size=n),
            "y": y,
            "y2": np.exp(y / 3),
            "count": rng.poisson(np.exp(0.2 * x + 0.5)).astype(float),
            "flag": (y > 0).astype(float),
            "z0": rng.normal(size=n) + 0.2 * x,
            "w": rng.uniform(0.5, 2, n),
            "kept": (rng.random(n) < 0.8).astype(float),
            "kind": kind,
        }
    )
    frame.loc[rng.random(n) < 0.05, "z0"] = np.nan
    frame.loc[rng.random(n) < 0.05, "kind"] = None
    return frame
