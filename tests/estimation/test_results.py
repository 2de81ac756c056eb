"""The result: printed, in LaTeX, saved and read again, and damaged on the way."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache

import numpy as np
import pandas as pd
import pyblp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

import inroads as ir

CEREALS = ir.Demand(
    "0 + prices",
    absorb="product_ids",
    random="1 + prices",
    demographics="0 + income",
)
START = {"sigma": [0.3, 2.0], "pi": [[2.0], [0]]}


@cache
def tables():
    products = pd.read_csv(pyblp.data.NEVO_PRODUCTS_LOCATION)
    agents = pd.read_csv(pyblp.data.NEVO_AGENTS_LOCATION)
    return products, agents.drop(columns=["nodes2", "nodes3"])


@cache
def cereals():
    return ir.estimate(CEREALS, ir.read_panel(*tables()), start=START, n_starts=2)


@cache
def nested():
    products = tables()[0].assign(nesting_ids=lambda t: t["mushy"].map({0: "hard", 1: "soft"}))
    groups = products.groupby(["market_ids", "nesting_ids"])["shares"]
    products = products.assign(demand_instruments20=groups.transform("size"))
    return ir.estimate(ir.Demand("0 + prices", nested=True), ir.read_panel(products))


@cache
def supplied():
    """Automobiles of three years, with supply and two firms that count each other's profit."""
    products = pd.read_csv(pyblp.data.BLP_PRODUCTS_LOCATION)
    agents = pd.read_csv(pyblp.data.BLP_AGENTS_LOCATION)
    years = [1980, 1981, 1982]
    panel = ir.read_panel(*(frame[frame["market_ids"].isin(years)] for frame in (products, agents)))
    demand = ir.Demand("1 + hpwt + air", random="1 + prices", demographics="0 + I(1 / income)")
    firms = sorted(set(panel.products["firm_ids"]))
    kappa = [(f, f, 1.0) for f in firms] + [(firms[0], firms[1], 0.5)]
    supply = ir.Supply(
        "1 + hpwt + air",
        log=False,
        kappa=pd.DataFrame(kappa, columns=["sets_price", "profit_of", "kappa"]),
    )
    start = {"sigma": [1.0, 0], "pi": [[0], [-30.0]]}
    return ir.estimate(demand, panel, supply=supply, start=start, n_starts=1)


ALL = pytest.mark.parametrize("made", [cereals, nested, supplied])


def same(a, b):
    """Every number and name, exactly."""
    pd.testing.assert_series_equal(a.params, b.params, check_exact=True)
    pd.testing.assert_series_equal(a.standard_errors, b.standard_errors, check_exact=True)
    for name in ("covariance", "searches", "sigma", "pi"):
        pd.testing.assert_frame_equal(getattr(a, name), getattr(b, name), check_exact=True)
    for name in ("weights", "delta", "xi", "omega", "costs"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    for name in ("objective", "converged", "status", "residual", "evaluations", "steps"):
        assert getattr(a, name) == getattr(b, name)
    for name in (
        "at_bounds",
        "unidentified_directions",
        "overidentification",
        "demand",
        "errors",
        "at_edge",
        "efficient",
    ):
        assert getattr(a, name) == getattr(b, name)
    for name in ("products", "agents"):
        left, right = getattr(a.panel, name), getattr(b.panel, name)
        if left is None:
            assert right is None
        else:
            pd.testing.assert_frame_equal(left, right, check_exact=True)
    assert a.design.supply == b.design.supply
    assert a.summary() == b.summary()


class TestSaving:
    @ALL
    def test_what_is_read_is_what_was_saved(self, made, tmp_path):
        made().save(tmp_path / "fit.zip")
        again = ir.Estimate.load(tmp_path / "fit.zip")
        same(made(), again)
        pd.testing.assert_frame_equal(made().elasticities(), again.elasticities(), check_exact=True)
        pd.testing.assert_frame_equal(made().frame(), again.frame(), check_exact=True)

    def test_ids_of_every_kind(self, tmp_path):
        ids = [date(2018, 1, 2), pd.Timestamp("2018-01-02 10:30"), Decimal("1.50"), 7, "x", 2.5]
        rng = np.random.default_rng(0)
        table = {
            "market_ids": pd.Series([ids[k] for k in np.arange(24) // 4], dtype=object),
            "product_ids": ["a", 2, "c", "d"] * 6,
            "shares": rng.uniform(0.05, 0.2, size=24),
            "prices": rng.uniform(1, 2, size=24),
            "demand_instruments0": rng.normal(size=24),
            "day": pd.date_range("2018-01-01", periods=24),
        }
        found = ir.estimate(ir.Demand("1 + prices"), ir.read_panel(pd.DataFrame(table)))
        found.save(tmp_path / "fit.zip")
        again = ir.Estimate.load(tmp_path / "fit.zip")
        same(found, again)
        assert list(again.elasticities()["market_ids"].unique()) == ids
        assert list(map(type, again.panel.markets)) == list(map(type, found.panel.markets))

    def test_an_id_that_cannot_be_written_is_named(self, tmp_path):
        panel = cereals().panel
        odd = replace(panel, products=panel.products.assign(firm_ids=1j))
        with pytest.raises(ir.InputError, match="a complex"):
            replace(cereals(), panel=replace(odd, products=odd.products.astype(object))).save(
                tmp_path / "fit.zip"
            )
        assert not list(tmp_path.iterdir())

    def test_tests_and_restricted_models_go_on_from_a_loaded_one(self, tmp_path):
        cereals().save(tmp_path / "fit.zip")
        again = ir.Estimate.load(str(tmp_path / "fit.zip"))
        assert again.wald("prices = -30") == cereals().wald("prices = -30")
        wider = {"sigma": [1.0, 1.0], "pi": [[1.0], [1.0]]}
        assert again.score(wider).statistic == pytest.approx(cereals().score(wider).statistic)

    def test_the_same_bytes_every_time_and_nothing_else_in_the_folder(self, tmp_path):
        for name in ("a.zip", "b.zip", "b.zip"):
            cereals().save(tmp_path / name)
        assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
        assert sorted(p.name for p in tmp_path.iterdir()) == ["a.zip", "b.zip"]

    def test_no_pickle_inside(self, tmp_path):
        supplied().save(tmp_path / "fit.zip")
        with zipfile.ZipFile(tmp_path / "fit.zip") as archive:
            names = archive.namelist()
            json.loads(archive.read("estimate.json"))
            assert all(name.endswith(".npy") for name in names if name != "estimate.json")
            heads = [archive.read(name)[:200] for name in names if name.endswith(".npy")]
        assert not any(b"|O" in head for head in heads)

    def test_a_failed_save_leaves_the_old_file(self, tmp_path, monkeypatch):
        target = tmp_path / "fit.zip"
        cereals().save(target)
        before = target.read_bytes()

        def full(*_, **__):
            raise OSError("disk full")

        monkeypatch.setattr(np, "save", full)
        with pytest.raises(OSError, match="disk full"):
            nested().save(target)
        assert target.read_bytes() == before
        assert [p.name for p in tmp_path.iterdir()] == ["fit.zip"]

    def test_where_nothing_can_be_written(self, tmp_path):
        with pytest.raises(ir.InputError, match="folder that can be written to"):
            cereals().save(tmp_path / "none" / "fit.zip")

    @pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04" + bytes(40)])
    def test_a_file_of_another_kind(self, tmp_path, content):
        (tmp_path / "fit.zip").write_bytes(content)
        with pytest.raises(ir.InputError, match=r"a file that Estimate\.save wrote"):
            ir.Estimate.load(tmp_path / "fit.zip")

    def test_no_file(self, tmp_path):
        with pytest.raises(ir.InputError, match=r"none\.zip"):
            ir.Estimate.load(tmp_path / "none.zip")

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("inroads estimate 3", "inroads estimate 4"),
            ('"params"', '"parameters"'),
            ('"Demand"', '"subprocess.Popen"'),
            ('"array0"', '"array9999"'),
            ('"converged"', '"unheard of"'),
            ('"0 + prices"', '"0 + prices.__class__"'),
        ],
    )
    def test_a_file_that_was_tampered_with(self, tmp_path, old, new):
        cereals().save(tmp_path / "fit.zip")
        with (
            zipfile.ZipFile(tmp_path / "fit.zip") as archive,
            zipfile.ZipFile(tmp_path / "other.zip", "w") as other,
        ):
            for name in archive.namelist():
                data = archive.read(name)
                if name == "estimate.json":
                    assert old in data.decode()
                    data = data.decode().replace(old, new).encode()
                other.writestr(name, data)
        with pytest.raises(ir.InputError):
            ir.Estimate.load(tmp_path / "other.zip")

    def test_an_array_of_objects_is_not_opened(self, tmp_path):
        cereals().save(tmp_path / "fit.zip")
        with (
            zipfile.ZipFile(tmp_path / "fit.zip") as archive,
            zipfile.ZipFile(tmp_path / "other.zip", "w") as other,
        ):
            for name in archive.namelist():
                if name != "array0.npy":
                    other.writestr(name, archive.read(name))
            with other.open("array0.npy", "w") as file:
                np.save(file, np.array([{}], dtype=object), allow_pickle=True)
        with pytest.raises(ir.InputError, match="allow_pickle"):
            ir.Estimate.load(tmp_path / "other.zip")

    @settings(max_examples=40, deadline=None)
    @given(data=st.data())
    def test_damage_is_an_input_error_or_nothing(self, data, tmp_path_factory):
        folder = tmp_path_factory.mktemp("damage")
        nested().save(folder / "fit.zip")
        content = bytearray((folder / "fit.zip").read_bytes())
        if data.draw(st.booleans()):
            content = content[: data.draw(st.integers(0, len(content) - 1))]
        else:
            for _ in range(data.draw(st.integers(1, 4))):
                content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(
                    st.integers(1, 255)
                )
        (folder / "fit.zip").write_bytes(content)
        try:
            again = ir.Estimate.load(folder / "fit.zip")
        except ir.InputError:
            return
        same(nested(), again)


class TestPrinting:
    def test_plain(self):
        text = str(cereals())
        lines = text.splitlines()
        assert lines[0].split() == ["estimate", "standard_error", "low", "high"]
        assert lines[1].startswith("prices")
        assert (
            "2256 products, 94 markets; 2-step GMM; weights efficient, standard errors robust"
            in text
        )
        assert f"objective {cereals().objective:.8g}; converged after" in text
        assert "of 2 starts found the lowest objective of the first step" in text
        assert "overidentifying moments are zero: chi2(16)" in text
        assert repr(cereals()).startswith("<Estimate of 4 parameters, objective")

    def test_notes_of_the_panel_and_of_the_design(self):
        products = tables()[0].assign(demand_instruments20=lambda t: t["demand_instruments0"])
        products.loc[0, "shares"] = 0.0
        panel = ir.read_panel(products, zeros=1e-6)
        text = ir.estimate(ir.Demand("0 + prices"), panel).summary()
        assert "instruments explained by others: demand_instruments20" in text
        assert "1 shares of 0 replaced by 1e-06" in text

    def test_clustered_is_said(self):
        panel = ir.read_panel(tables()[0].assign(clustering_ids=lambda t: t["market_ids"]))
        found = ir.estimate(ir.Demand("0 + prices"), panel, errors="clustered")
        said = "weights efficient, standard errors clustered by clustering_ids"
        assert said in found.summary()
        one = ir.estimate(ir.Demand("0 + prices"), panel, steps=1)
        assert "weights of two-stage least squares or given, standard errors robust" in str(one)

    def test_on_a_terminal(self):
        console = Console(width=100, record=True, file=io.StringIO())
        console.print(cereals())
        text = console.export_text()
        assert "pi[1, income]" in text
        assert f"{cereals().params['prices']:.6g}" in text
        assert "converged" in text

    def test_latex(self):
        text = cereals().to_latex()
        assert text.startswith("\\begin{tabular}{lr}\n\\toprule")
        assert text.rstrip().endswith("\\bottomrule\n\\end{tabular}")
        price, error = cereals().params["prices"], cereals().standard_errors["prices"]
        assert f"prices & ${price:.6g}$ \\\\\n & $({error:.6g})$ \\\\" in text
        assert "sigma[1]" in text
        few = cereals().to_latex(["pi[1, income]"])
        assert "sigma" not in few
        with pytest.raises(ir.InputError, match="names of parameters"):
            cereals().to_latex(["none"])

    def test_latex_of_names_with_signs(self):
        demand = ir.Demand(
            "0 + prices", absorb="product_ids", random="1", demographics="0 + income_squared"
        )
        panel = ir.read_panel(*tables())
        found = ir.estimate(demand, panel, start={"pi": [[0.1]]}, steps=1, n_starts=1)
        assert "pi[1, income\\_squared]" in found.to_latex()
        assert "income_squared" not in found.to_latex()


class TestShape:
    def test_frozen(self):
        with pytest.raises(AttributeError):
            cereals().objective = 0.0

    def test_optima_are_the_searches_in_order(self):
        np.testing.assert_array_equal(cereals().optima, np.sort(cereals().searches["objective"]))

    @ALL
    def test_costs_and_margins_agree(self, made):
        """Marginal costs of the estimation are prices minus the margins that follow from it."""
        found = made()
        if not len(found.costs):
            assert found.omega.size == 0
            return
        margins = found.fitted.margins()
        np.testing.assert_allclose(found.costs, found.panel.products["prices"] - margins, rtol=1e-9)
