"""Results of pyfixest and wildboottest on data/clustered.csv, written to python_packages.json.

Run with the extra `benchmark` installed:
`python tests/reference/inference/python_packages.py`
"""

import json
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

FOLDER = Path(__file__).parent
TERMS = ("x", "treated")
REPS = 99_999
MONTE_CARLO_CLUSTERS = 40


def many_clusters() -> pd.DataFrame:
    """Clusters too many to list their signs; the tests make the same frame."""
    rng = np.random.default_rng(40)
    g = np.repeat(np.arange(MONTE_CARLO_CLUSTERS), 12)
    x = rng.normal(size=MONTE_CARLO_CLUSTERS)[g] + rng.normal(size=g.size)
    error = 0.6 * rng.normal(size=(MONTE_CARLO_CLUSTERS, 3))[g] + rng.normal(size=(g.size, 3))
    effects = (0.35, 0.2, 0.05)
    outcomes = {f"y{i}": b * x + error[:, i] for i, b in enumerate(effects)}
    return pd.DataFrame({"g": g, "x": x, **outcomes})


def by_wildboottest(frame: pd.DataFrame, term: str) -> dict[str, dict[str, list[float]]]:
    """t statistics of all patterns of signs, in order of size, and p as that package counts it."""
    from wildboottest.wildboottest import WildboottestCL

    X = np.column_stack([np.ones(len(frame)), frame["x"], frame["treated"]])
    R = np.array([0.0, term == "x", term == "treated"])
    clusters = pd.factorize(frame["place"])[0]
    found = {}
    for imposed in (True, False):
        boot = WildboottestCL(X=X, Y=frame["y"], cluster=clusters, R=R, B=9999, seed=1)
        boot.get_scores(bootstrap_type="11", impose_null=imposed)
        boot.get_weights(weights_type="rademacher")
        boot.get_numer()
        boot.get_denom()
        boot.get_tboot()
        boot.get_vcov()
        boot.get_tstat()
        boot.get_pvalue()
        quantiles = np.sort(boot.t_boot)[::64].tolist()
        found["WCR" if imposed else "WCU"] = {
            "t": float(boot.t_stat),
            "p": float(boot.pvalue),
            "t_star_every_64th": quantiles,
        }
    return found


def by_pyfixest(frame: pd.DataFrame) -> dict[str, object]:
    """CR1 and jackknife errors, enumerated bootstrap p-values."""
    import pyfixest as pf

    found: dict[str, object] = {}
    frame = frame.assign(place=pd.factorize(frame["place"])[0])
    for name, kind in (("CR1", "CRV1"), ("CRV3", "CRV3")):
        fit = pf.feols("y ~ x + treated", frame, vcov={kind: "place"})
        found[name] = fit.se().loc[list(TERMS)].tolist()
    fit = pf.feols("y ~ x + treated", frame, vcov={"CRV1": "place"})
    found["wild"] = {
        term: float(fit.wildboottest(param=term, reps=9999, seed=1)["Pr(>|t|)"]) for term in TERMS
    }
    return found


def by_monte_carlo(frame: pd.DataFrame) -> dict[str, object]:
    """Drawn bootstrap and Romano-Wolf p-values of three outcomes."""
    import pyfixest as pf

    fits = [pf.feols(f"y{i} ~ x", frame, vcov={"CRV1": "g"}) for i in range(3)]
    wild = [float(f.wildboottest(param="x", reps=REPS, seed=1)["Pr(>|t|)"]) for f in fits]
    adjusted = pf.rwolf(fits, "x", reps=9999, seed=1)
    return {
        "reps": REPS,
        "wild": wild,
        "rwolf_reps": 9999,
        "rwolf": [float(v) for v in adjusted.loc["RW Pr(>|t|)"]],
    }


def main() -> None:
    """Run both packages and write what they say."""
    warnings.simplefilter("ignore")
    frame = pd.read_csv(FOLDER / "data" / "clustered.csv", encoding="utf-8")
    names = ("pyfixest", "wildboottest", "numpy", "numba", "pandas")
    found = {
        "version": {"python": sys.version.split()[0], **{name: version(name) for name in names}},
        "wildboottest": {term: by_wildboottest(frame, term) for term in TERMS},
        "pyfixest": by_pyfixest(frame),
        "monte_carlo": by_monte_carlo(many_clusters()),
    }
    text = json.dumps(found, indent=1) + "\n"
    (FOLDER / "python_packages.json").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
