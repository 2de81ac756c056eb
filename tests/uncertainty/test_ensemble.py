"""Distributions, ensembles and sensitivities against what is known in closed form."""

import math
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom, norm, triang
from statsmodels.api import OLS, add_constant

from inroads.errors import InputError, UnreachableError
from inroads.uncertainty.distributions import Bernoulli, Normal, Triangular, Uniform
from inroads.uncertainty.draw_store import Draws
from inroads.uncertainty.ensemble import Ensemble, intervals
from inroads.uncertainty.sobol import Saltelli, slopes

ISHIGAMI = tuple(Uniform(name, -math.pi, math.pi) for name in ("x1", "x2", "x3"))


def ishigami(x: Mapping[str, float]) -> dict[str, float]:
    """Ishigami and Homma (1990), a = 7, b = 0.1."""
    return {"y": math.sin(x["x1"]) * (1 + 0.1 * x["x3"] ** 4) + 7 * math.sin(x["x2"]) ** 2}


def ishigami_indices() -> tuple[list[float], list[float]]:
    a, b, pi = 7.0, 0.1, math.pi
    v1 = 0.5 * (1 + b * pi**4 / 5) ** 2
    v2, v13 = a**2 / 8, b**2 * pi**8 * 8 / 225
    total = v1 + v2 + v13
    return [v1 / total, v2 / total, 0.0], [(v1 + v13) / total, v2 / total, v13 / total]


def linear(x: Mapping[str, float]) -> dict[str, float]:
    return {"y": 5 + 3 * x["a"] - 2 * x["b"] + 0 * x["c"], "flat": 1.0}


def fails_at_times(x: Mapping[str, float]) -> dict[str, float]:
    if x["a"] > 0.75:
        raise UnreachableError("no equilibrium here")
    return {"y": x["a"]}


def drawn(ensemble: Ensemble, n: int, folder: Path) -> Draws:
    return ensemble.run(n, folder, size=256)


def test_quantiles_of_known_distributions(tmp_path: Path) -> None:
    sources = (
        Uniform("u", 2, 6),
        Triangular("t", 0, 1, 4),
        Normal(("n",), (10.0,), ((4.0,),)),
        Bernoulli("b", 0.3),
    )
    ensemble = Ensemble(
        sources=sources, function=_doubled, outputs=("u2", "t2", "n2", "b2"), about="test", seed=3
    )
    levels = (0.05, 0.25, 0.5, 0.9)
    found = intervals(drawn(ensemble, 4096, tmp_path), ensemble.outputs, levels)
    q = np.array(levels)
    exact = {
        "u2": 2 * (2 + 4 * q),
        "t2": 2 * triang(0.25, 0, 4).ppf(q),
        "n2": 2 * norm(10, 2).ppf(q),
    }
    for name, value in exact.items():
        assert found.loc[name, list(levels)].to_numpy(float) == pytest.approx(value, abs=0.01)
    assert found.loc["n2", "mean"] == pytest.approx(20, abs=0.005)
    assert found.loc["n2", "sd"] == pytest.approx(4, abs=0.02)
    assert found.loc["b2", "mean"] == pytest.approx(0.6, abs=2e-3)
    assert found["failed"].eq(0).all()


def _doubled(x: Mapping[str, float]) -> dict[str, float]:
    return {name + "2": 2 * value for name, value in x.items()}


def test_triangular_is_the_inverse_of_its_distribution_function() -> None:
    u = np.linspace(0, 1, 101)[:, None]
    for low, mode, high in ((0, 1, 4), (-3, -3, 2), (1, 5, 5), (2, 2, 2)):
        x = Triangular("t", low, mode, high).at(u)
        exact = triang((mode - low) / (high - low), low, high - low).ppf(u) if high > low else low
        assert x == pytest.approx(np.broadcast_to(exact, x.shape), abs=1e-12)


def test_normals_have_their_covariance_also_where_it_is_singular() -> None:
    V = np.array([[4.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    source = Normal.of(("a", "b", "c"), np.array([1.0, 2.0, 3.0]), V)
    ensemble = Ensemble(sources=(source,), function=_doubled, outputs=("a2",), about="test")
    x = ensemble.inputs(ensemble.points(0, 8192))
    assert np.cov(x.T) == pytest.approx(V, abs=0.02)
    assert x.mean(axis=0) == pytest.approx([1, 2, 3], abs=2e-3)
    assert x[:, 0] - 1 == pytest.approx(2 * (x[:, 1] - 2))
    held = replace(source, low=(0.0, -9.0, 0.0), high=(2.0, 9.0, 9.0))
    assert (
        Ensemble(sources=(held,), function=_doubled, outputs=("a2",), about="t")
        .inputs(ensemble.points(0, 99))[:, 0]
        .max()
        == 2
    )


def test_a_matrix_that_is_no_covariance_is_refused() -> None:
    for V in (((1.0, 2.0), (2.0, 1.0)), ((1.0, 0.5), (0.4, 1.0)), ((0.0, 1.0), (1.0, 1.0))):
        with pytest.raises(InputError, match="covariance"):
            Normal(("a", "b"), (0.0, 0.0), V)


def test_ranges_out_of_order_are_refused() -> None:
    for make in (
        lambda: Triangular("t", 0, 5, 4),
        lambda: Uniform("u", 1, 0),
        lambda: Bernoulli("b", 1.2),
    ):
        with pytest.raises(InputError, match="in order"):
            make()


def test_points_do_not_depend_on_how_they_are_asked_for() -> None:
    ensemble = Ensemble(sources=ISHIGAMI, function=ishigami, outputs=("y",), about="test", seed=11)
    whole = ensemble.points(0, 100)
    for cuts in ([0, 1, 2, 50, 100], [0, 33, 66, 100]):
        parts = [ensemble.points(a, b) for a, b in pairwise(cuts)]
        assert np.array_equal(np.vstack(parts), whole)
    assert not np.array_equal(replace(ensemble, seed=12).points(0, 100), whole)


def test_the_mean_converges_faster_than_by_chance() -> None:
    ensemble = Ensemble(sources=ISHIGAMI, function=ishigami, outputs=("y",), about="test")
    # Exact mean a/2; independent draws would be off by 3.7 / 64.
    assert ensemble(0, 4096)["y"].mean() == pytest.approx(3.5, abs=5e-3)


def test_sobol_indices_of_ishigami(tmp_path: Path) -> None:
    sample = Saltelli(
        Ensemble(sources=ISHIGAMI, function=ishigami, outputs=("y",), about="test"), 2048
    )
    found = sample.indices(sample.run(tmp_path, size=2048), "y")
    first, total = ishigami_indices()
    assert found["first"].to_numpy() == pytest.approx(first, abs=0.02)
    assert found["total"].to_numpy() == pytest.approx(total, abs=0.02)
    assert list(found.index) == ["x1", "x2", "x3"]


def test_sources_that_hang_together_share_an_index(tmp_path: Path) -> None:
    # Var(3a - 2b) = 9 + 4 - 12 rho; c, apart from them, has none.
    both = Normal(("b", "a"), (0.0, 0.0), ((1.0, 0.5), (0.5, 1.0)))
    sample = Saltelli(
        Ensemble(
            sources=(Uniform("c", 0, 1), both), function=linear, outputs=("y", "flat"), about="test"
        ),
        1024,
    )
    draws = sample.run(tmp_path, size=512)
    found = sample.indices(draws, "y")
    assert list(found.index) == ["c", "b, a"]
    assert found["total"].to_numpy() == pytest.approx([0, 1], abs=0.01)
    assert draws.column("y")[:1024].var() == pytest.approx(7, rel=0.15)
    assert (sample.indices(draws, "flat") == 0).all(axis=None)


def test_a_linear_function_has_exact_indices(tmp_path: Path) -> None:
    sources = (Uniform("a", 0, 1), Uniform("b", -1, 1), Uniform("c", 0, 5))
    ensemble = Ensemble(sources=sources, function=linear, outputs=("y", "flat"), about="test")
    exact = np.array([9 / 12, 4 * 4 / 12, 0.0])
    exact /= exact.sum()
    draws = drawn(ensemble, 4096, tmp_path / "draws")
    found = slopes(draws, ["a", "b", "c"], "y")
    assert found["part"].to_numpy() == pytest.approx(exact, abs=2e-3)
    assert found.attrs["r_squared"] == pytest.approx(1, abs=1e-12)
    spread = [draws.column(f"in.{name}").std() for name in "abc"]
    assert found["slope"].to_numpy() == pytest.approx(np.array([3, -2, 0]) * spread, abs=1e-12)
    assert found["error"].to_numpy() == pytest.approx(np.zeros(3), abs=1e-12)
    sample = Saltelli(ensemble, 4096)
    sobol = sample.indices(sample.run(tmp_path / "saltelli", size=4096), "y")
    assert sobol["first"].to_numpy() == pytest.approx(exact, abs=2e-3)
    assert sobol["total"].to_numpy() == pytest.approx(exact, abs=2e-3)


def test_slopes_have_the_standard_errors_of_least_squares(tmp_path: Path) -> None:
    draws = drawn(
        Ensemble(sources=ISHIGAMI, function=ishigami, outputs=("y",), about="test"), 512, tmp_path
    )
    found = slopes(draws, ["x1", "x2", "x3"], "y")
    X = np.column_stack([draws.column(f"in.{name}") for name in ("x1", "x2", "x3")])
    fit = OLS(draws.column("y"), add_constant(X / X.std(axis=0))).fit()
    assert found["slope"].to_numpy() == pytest.approx(fit.params[1:], rel=1e-10)
    assert found["error"].to_numpy() == pytest.approx(fit.bse[1:], rel=1e-10)


def test_a_draw_that_fails_is_kept_as_failed(tmp_path: Path) -> None:
    ensemble = Ensemble(
        sources=(Uniform("a", 0, 1),), function=fails_at_times, outputs=("y",), about="test"
    )
    draws = drawn(ensemble, 1024, tmp_path / "draws")
    found = intervals(draws, ["y"])
    assert found.loc["y", "failed"] == 256
    assert found.loc["y", 0.95] < 0.75
    said = draws.column("failure")
    assert set(said) == {"", "no equilibrium here"}
    assert np.array_equal(said != "", np.isnan(draws.column("y")))
    sample = Saltelli(ensemble, 16)
    with pytest.raises(InputError, match="failed"):
        sample.indices(sample.run(tmp_path / "saltelli"), "y")


def test_what_is_no_inroads_error_is_not_swallowed(tmp_path: Path) -> None:
    ensemble = Ensemble(
        sources=(Uniform("a", 0, 1),), function=_doubled, outputs=("no such output",), about="test"
    )
    with pytest.raises(KeyError, match="no such output"):
        ensemble.run(4, tmp_path)


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    """A measurement with a normal error: its 90 % interval holds the truth 9 times in 10."""
    rng, repeats, truth, error = np.random.default_rng(5), 400, 2.0, 0.7
    covered = 0
    for seed, seen in enumerate(truth + error * rng.standard_normal(repeats)):
        source = Normal(("a",), (float(seen),), ((error**2,),))
        draws = Ensemble(
            sources=(source,), function=_doubled, outputs=("a2",), about="test", seed=seed
        )(0, 256)["a2"]
        low, high = np.quantile(draws, [0.05, 0.95])
        covered += bool(low <= 2 * truth <= high)
    least, most = binom(repeats, 0.9).ppf([0.001, 0.999])
    assert least <= covered <= most


def test_names_that_clash_are_refused() -> None:
    with pytest.raises(InputError, match="name of its own"):
        Ensemble(
            sources=(Uniform("a", 0, 1), Uniform("a", 0, 1)),
            function=linear,
            outputs=("y",),
            about="test",
        )
    with pytest.raises(InputError, match="no input"):
        Ensemble(sources=(), function=linear, outputs=("y",), about="test")
