"""Where searches end: PyBLP's optima of its tutorials, and lower ones where there are any."""

import numpy as np
import pandas as pd
import pyblp
import pytest

import inroads as ir
from inroads.estimation.integration import draw_agents
from tests.estimation.cereals import BARE as CEREALS
from tests.estimation.cereals import drawn_panel as panel
from tests.estimation.cereals import products

LOWER = np.tril(np.ones((4, 4)))


class TestAgainstPyBLP:
    """Section "random coefficients logit" of PyBLP's documentation, no demographics, two steps."""

    def test_diagonal_sigma_with_fifty_draws(self):
        found = ir.estimate(CEREALS, panel(), start={"sigma": np.eye(4)}, n_starts=1)
        assert found.converged
        assert found.objective == pytest.approx(179.0116153025868, rel=1e-7)
        assert found.params["prices"] == pytest.approx(-30.212238846496, rel=1e-5)
        assert found.standard_errors["prices"] == pytest.approx(1.363484284709, rel=1e-5)
        sigma = [0.05247993612, -0.433867993862, 0.035632256042, 0.501097544957]
        np.testing.assert_allclose(np.diag(found.sigma), sigma, rtol=1e-5)
        assert found.optima[0] == pytest.approx(184.47681406452847, rel=1e-9)
        assert found.evaluations < 40

    def test_full_sigma_from_where_pyblp_ended_its_first_step(self):
        """A local minimum of the first step: from there the second is PyBLP's."""
        first = np.zeros((4, 4))
        first[np.tril_indices(4)] = [
            *(1.322, -13.725, 6.745, 0.0878, -0.0844),
            *(0.03255, -0.6722, -0.5044, -0.03607, 0.3408),
        ]
        found = ir.estimate(CEREALS, panel(), start={"sigma": first}, n_starts=1)
        assert found.converged
        assert found.optima[0] == pytest.approx(167.70776769260135, rel=1e-8)
        assert found.objective == pytest.approx(148.36650925751155, rel=1e-7)
        assert found.params["prices"] == pytest.approx(-31.373498344017, rel=1e-5)
        assert found.standard_errors["prices"] == pytest.approx(6.006484948761, rel=1e-4)

    def test_full_sigma_has_a_lower_optimum_than_pyblp_ends_at(self):
        """PyBLP's own objective there is 160.350274, its gradient 6e-4, its Hessian positive."""
        found = ir.estimate(CEREALS, panel(), start={"sigma": LOWER}, steps=1, seed=1)
        assert found.optima[0] == pytest.approx(160.350273984, rel=1e-8)
        assert found.converged
        ended = found.searches["objective"].to_numpy()
        assert len(ended) == 3
        assert ended.max() > 167
        assert "lowest objective of the first step, 160.35; others" in found.summary()

    def test_full_sigma_with_product_nodes_from_a_far_start(self):
        """Sigma ends with one column: to first order moments see the others' squares alone."""
        people = draw_agents(products()["market_ids"], "product", 5, 4)
        found = ir.estimate(
            CEREALS,
            ir.read_panel(products(), people),
            start={"sigma": LOWER},
            n_starts=1,
        )
        assert found.converged
        assert found.optima[0] == pytest.approx(168.84712426598344, rel=1e-9)
        assert found.objective == pytest.approx(159.01942656522093, rel=1e-6)
        assert found.params["prices"] == pytest.approx(-30.801831639073, rel=1e-5)
        hidden = {name for direction in found.unidentified_directions for name in direction}
        one = ("sugar, prices", "mushy, prices", "mushy, sugar")
        assert {f"sigma[{n}]" for n in one} == hidden
        assert found.at_edge == ("sigma[prices]", "sigma[sugar]", "sigma[mushy]")
        hidden |= {*found.at_edge}
        assert found.standard_errors[list(hidden)].isna().all()
        assert np.isfinite(found.standard_errors.drop(list(hidden))).all()
        assert np.isfinite(found.conf_int().loc[list(found.at_edge)]).all(axis=None)
        assert "NOT determined by the moments" in found.summary()
        assert found.overidentification.degrees == 15


class TestAutomobiles:
    """BLP's, with PyBLP's tutorial's equations: its 497.3357 is not the lowest optimum.

    First step, weights updated at the tutorial's start."""

    def found(self, air, **options):
        agents = pd.read_csv(pyblp.data.BLP_AGENTS_LOCATION)
        nodes = {f"nodes{k}": f"nodes{k + 1}" for k in range(1, 5)}
        agents = agents.rename(columns=nodes).assign(nodes1=0.0)
        demand = ir.Demand(
            "1 + hpwt + air + mpd + space",
            random="1 + prices + hpwt + air + mpd + space",
            demographics="0 + I(1 / income)",
        )
        return ir.estimate(
            demand,
            ir.read_panel(pd.read_csv(pyblp.data.BLP_PRODUCTS_LOCATION), agents),
            supply=ir.Supply("1 + log(hpwt) + air + log(mpg) + log(space) + trend", lowest=0.001),
            start={
                "sigma": [3.612, 0, 4.628, air, 1.050, 2.056],
                "pi": [[0], [-43.501], [0], [0], [0], [0]],
            },
            errors="clustered",
            steps=1,
            n_starts=1,
            **options,
        )

    def test_a_lower_optimum_below_zero_and_one_at_zero(self):
        """Draws are importance sampled, not symmetric: the sign of a deviation matters."""
        above = self.found(1.818, initial_update=True)
        below = self.found(-5.0, initial_weighting=above.weights)
        assert above.converged
        assert below.converged
        # PyBLP's own objective with these weights: 537.431673 and 487.930081, gradients below 2e-4.
        assert above.objective == pytest.approx(537.431673374, rel=1e-8)
        assert below.objective == pytest.approx(487.930080824, rel=1e-8)
        assert below.params["sigma[air]"] == pytest.approx(-6.78633, rel=1e-4)
        at_zero = self.found(0.3, initial_weighting=above.weights, bounds={"sigma": (0, None)})
        assert at_zero.at_edge == ("sigma[air]",)
        assert at_zero.objective == pytest.approx(530.696871, rel=1e-6)
