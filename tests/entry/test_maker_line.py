"""The line of quality with makers' effects, and makers left out of it."""

import numpy as np
import pandas as pd
import pytest

from inroads.entry.maker_line import SHIFT, fit_maker_line
from inroads.entry.maker_placebo import maker_placebo
from inroads.errors import InputError

NEW = pd.DataFrame({"screen": [5.0, 6.0]})


def sample(
    makers: int, each: int, *, tau: float, sigma: float, seed: int = 5, shift: float = 0.0
) -> tuple[pd.Series, pd.DataFrame, pd.Series]:
    """Makers M0, M1, ... of which the first half stand `shift` higher."""
    rng = np.random.default_rng(seed)
    maker = np.repeat(np.arange(makers), each)
    X = pd.DataFrame({"screen": rng.uniform(4, 6, len(maker))})
    effects = tau * rng.standard_normal(makers) + shift * (np.arange(makers) < makers // 2)
    quality = 1 + 0.7 * X["screen"] + effects[maker] + sigma * rng.standard_normal(len(maker))
    return quality, X, pd.Series([f"M{m}" for m in maker])


def test_the_truth_is_recovered() -> None:
    line = fit_maker_line(*sample(200, 6, tau=1.0, sigma=0.5))
    assert line.tau == pytest.approx(1.0, rel=0.12)
    assert line.sigma == pytest.approx(0.5, rel=0.06)
    assert line.fit.coefficients[1] == pytest.approx(0.7, abs=3 * line.fit.standard_errors[1])
    assert line.shrinkage == pytest.approx(6 / (6 + (line.sigma / line.tau) ** 2))


def test_a_maker_never_seen_is_a_draw_of_its_population() -> None:
    line = fit_maker_line(*sample(40, 5, tau=1.0, sigma=0.5))
    new = line.predict(NEW, "new")
    b, C = line.fit.coefficients, line.fit.covariance[:2, :2]
    x = np.column_stack([np.ones(2), NEW["screen"]])
    assert new.mean == pytest.approx(x @ b)
    assert new.shared == pytest.approx(line.tau**2 + x @ C @ x.T)
    assert new.standard_error == pytest.approx(np.sqrt(np.diag(new.shared) + line.sigma**2))
    # Two products of one maker never seen are off together, as its effect is most of the error.
    assert new.shared[0, 1] / new.standard_error.prod() > 0.6
    seen = line.predict(NEW, "M3")
    assert (seen.standard_error < 0.7 * new.standard_error).all()
    assert seen.mean - new.mean == pytest.approx(line.fit.effects[0][3])


def test_a_population_stands_apart_by_its_shift() -> None:
    quality, X, maker = sample(60, 4, tau=0.3, sigma=0.2, shift=2.0)
    high = [f"M{m}" for m in range(30)]
    line = fit_maker_line(quality, X, maker, high)
    place = line.names.index(SHIFT)
    assert line.fit.coefficients[place] == pytest.approx(2.0, abs=0.3)
    together = fit_maker_line(quality, X, maker)
    assert SHIFT not in together.names
    assert line.tau < 0.5 < together.tau
    assert line.predict(NEW, "new").mean == pytest.approx(
        together.predict(NEW, "new").mean + 1.0, abs=0.2
    )
    assert fit_maker_line(quality, X, maker, set(maker)).names == together.names


def test_what_cannot_be_told_is_refused() -> None:
    quality, X, maker = sample(1, 6, tau=1.0, sigma=0.5)
    line = fit_maker_line(quality, X, maker)
    assert line.predict(NEW, "M0").standard_error.min() > line.sigma
    with pytest.raises(InputError, match="of two other manufacturers"):
        line.predict(NEW, "new")
    with pytest.raises(InputError, match="drop a specification"):
        fit_maker_line(quality, X.assign(twice=2 * X["screen"]), maker)


def test_makers_left_out_are_predicted_by_the_others() -> None:
    quality, X, maker = sample(30, 4, tau=1.0, sigma=0.5)
    placebo = maker_placebo(quality, X, maker)
    assert len(placebo.table) == len(quality)
    out = maker == "M7"
    by_hand = fit_maker_line(quality[~out], X[~out], maker[~out]).predict(X[out], "M7")
    row = placebo.table[placebo.table["manufacturer"] == "M7"]
    assert row["log_ratio"].to_numpy() == pytest.approx(by_hand.mean - quality[out].to_numpy())
    assert placebo.mean == pytest.approx(placebo.by_maker.mean())
    assert abs(placebo.mean) < 2 * placebo.mean_error
    assert placebo.rmse == pytest.approx(np.hypot(1.0, 0.5), rel=0.3)
    # Their errors are what they should be: nine in ten within.
    assert 0.75 < (np.abs(placebo.z) < 1.645).mean() <= 1


def test_the_wrong_population_is_seen_in_the_placebo() -> None:
    quality, X, maker = sample(30, 4, tau=0.3, sigma=0.3, shift=3.0)
    high = [f"M{m}" for m in range(15)]
    assert maker_placebo(quality, X, maker, high).mean == pytest.approx(1.5, abs=0.4)
    assert maker_placebo(quality, X, maker, high).rmse > 1.3 * maker_placebo(quality, X, maker).rmse
