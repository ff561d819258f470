"""Response surfaces: a published example, geometry, recovered truth, refusals."""

import numpy as np
import pytest
from survey_truth import clustered, near

from compendium.errors import UserError
from compendium.stats.response_surface import (
    LINEAR,
    PARAMETERS,
    response_surface,
    surface_grid,
    surface_lines,
    surface_parameters,
)

TRUTH = {"b0": 1.0, "x": 0.3, "y": -0.2, "x2": 0.12, "xy": -0.2, "y2": 0.05}


def simulated(seed, G=30, size=10):
    rng = np.random.default_rng(seed)
    e, cluster = clustered(rng, G, size)
    x, y = (rng.integers(1, 6, len(e)).astype(float) for _ in range(2))
    u, v = x - 3, y - 3
    b = TRUTH
    z = b["b0"] + b["x"] * u + b["y"] * v + b["x2"] * u**2 + b["xy"] * u * v + b["y2"] * v**2
    return z + e[:, 0], x, y, cluster


@pytest.fixture(scope="module")
def surface():
    z, x, y, cluster = simulated(1)
    return response_surface(z, x, y, cluster, center=3, draws=2000, seed=5, name="unit")


def test_published_example_of_shanock_and_others_2010():
    """Table 2, p. 548; coefficients as the documentation of R's RSA quotes them."""
    found = surface_parameters(np.array([-0.23, 0.77, -0.07, 0.27, -0.10]))
    expected = {"a1": 0.54, "a2": 0.10, "a3": -1.00, "a4": -0.44}
    for parameter, value in expected.items():
        assert found[parameter] == pytest.approx(value, abs=1e-12)


def test_the_surface_is_level_at_its_stationary_point():
    b = np.array([0.3, -0.2, 0.12, -0.2, 0.05])
    at = surface_parameters(b)
    x, y = at["x0"], at["y0"]
    assert b[0] + 2 * b[2] * x + b[3] * y == pytest.approx(0, abs=1e-12)
    assert b[1] + 2 * b[4] * y + b[3] * x == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("b4", [-0.2, 0.2, 1e-9, -1e-9])
@pytest.mark.parametrize("b3", [0.12, 0.01])
def test_axes_are_the_eigenvectors_of_the_curvature(b3, b4):
    b = np.array([0.3, -0.2, b3, b4, 0.05])
    at = surface_parameters(b)
    curvature, vectors = np.linalg.eigh([[b3, b4 / 2], [b4 / 2, 0.05]])
    for key, i in (("p11", 1), ("p21", 0)):
        x, y = vectors[:, i]
        assert at[key] == pytest.approx(y / x, rel=1e-6)
    assert curvature[1] >= curvature[0]
    assert at["p11"] * at["p21"] == pytest.approx(-1)


def test_squared_difference_is_a_ridge_along_congruence():
    at = surface_parameters(np.array([0.0, 0.0, -1.0, 2.0, -1.0]))
    assert (at["a2"], at["a4"], at["a5"], at["p11"]) == (0, -4, 0, 1)
    assert np.isnan(at["x0"])


def test_fitted_surface_says_what_it_did_and_finds_the_truth(surface):
    truth = surface_parameters(np.array([TRUTH[k] for k in ("x", "y", "x2", "xy", "y2")]))
    for key in LINEAR:
        assert abs(surface[key].value - truth[key]) < 3 * surface[key].se
    assert str(surface["a1"].method) == (
        "linear combination after OLS, CR1 by unit, 30 clusters, t(29)"
    )
    assert str(surface["p11"].method).startswith("delta method after")
    assert [line.term for line in surface.tidy()] == list(PARAMETERS)


def test_bootstrap_and_linear_errors_agree_where_the_delta_method_is_exact(surface):
    lines = {line.term: line for line in surface.bootstrap}
    for key in LINEAR:
        assert lines[key].se == pytest.approx(surface[key].se, rel=0.2)
        assert "percentile cluster bootstrap by unit, 30 clusters, 2000 draws" in str(
            lines[key].method
        )
    assert lines["x0"].ci_high - lines["x0"].ci_low > 0


def test_intervals_cover_at_their_level():
    truth = surface_parameters(np.array([TRUTH[k] for k in ("x", "y", "x2", "xy", "y2")]))
    simulations = 200
    hits = 0
    for seed in range(simulations):
        z, x, y, cluster = simulated(1000 + seed)
        found = response_surface(z, x, y, cluster, center=3)["a4"]
        hits += found.ci_low <= truth["a4"] <= found.ci_high
    assert near(hits / simulations, 0.95, simulations)


def test_lines_of_congruence_carry_the_slopes_and_curvatures(surface):
    lines = surface_lines(surface, points=11)
    b0 = surface.fit["(intercept)"].value
    for path, (slope, curvature) in {
        "congruence": ("a1", "a2"),
        "incongruence": ("a3", "a4"),
    }.items():
        rows = lines[lines["path"] == path]
        assert rows["x"].agg(["min", "max"]).tolist() == [1, 5]
        t = rows["x"].to_numpy() - 3
        expected = b0 + surface[slope].value * t + surface[curvature].value * t**2
        np.testing.assert_allclose(rows["value"], expected, rtol=1e-10)
    assert lines[["x", "y"]].to_numpy().min() >= 1 - 1e-9
    assert lines[["x", "y"]].to_numpy().max() <= 5 + 1e-9


def test_grid_passes_through_the_fitted_values(surface):
    grid = surface_grid(surface, points=5)
    assert len(grid) == 25
    _, x, y, _ = simulated(1)
    first = grid[(grid["x"] == x[0]) & (grid["y"] == y[0])]["value"].item()
    assert first == pytest.approx(surface.fit.fitted[0])


def test_refusals():
    z, x, y, cluster = simulated(2)
    with pytest.raises(UserError, match=r"column x.*same in every row"):
        response_surface(z, np.full(300, 4), y, cluster, center=3)
    with pytest.raises(UserError, match="combination of the terms before"):
        response_surface(z, x, x, cluster, center=3)
    with pytest.raises(UserError, match="1 cluster"):
        response_surface(z, x, y, np.ones(300), center=3)
    with pytest.raises(UserError, match="needs a seed"):
        response_surface(z, x, y, cluster, center=3, draws=500)
    with pytest.raises(UserError, match="6 rows for 6 coefficients"):
        response_surface(z[:6], x[:6], y[:6], cluster[:6], center=3)
    with pytest.raises(UserError, match="no such parameter"):
        response_surface(z, x, y, cluster, center=3)["a9"]


def test_twelve_rows_give_an_interval_as_wide_as_they_deserve():
    z, x, y, cluster = simulated(3, G=3, size=4)
    line = response_surface(z, x, y, cluster, center=3)["a1"]
    assert line.n == 12
    assert "3 clusters, t(2)" in str(line.method)
