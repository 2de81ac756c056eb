"""Starts and draws made elsewhere, and panels in blocks that stay where they are."""

import os
import pickle
import signal
import threading
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pandas as pd
import pytest

import inroads as ir
from inroads.estimation.blocks.market_block import MarketBlock
from inroads.estimation.estimate import build_problem

RANDOM = ir.Demand("1 + prices + x", random="1 + prices")
START = {"sigma": [0.5, 0.3]}


class ByPickle(Executor):
    """Does the work at once, on what has been through pickle, as another process would."""

    def submit(self, fn, /, *args, **kwargs):
        done = Future()
        sent_fn, sent, named = pickle.loads(pickle.dumps((fn, args, kwargs)))
        done.set_result(pickle.loads(pickle.dumps(sent_fn(*sent, **named))))
        return done


def tables(markets=24, J=6, agents=20):
    rng = np.random.default_rng(0)
    products, people = [], []
    for t in range(markets):
        x, cost, xi = rng.normal(size=J), rng.uniform(size=J), 0.2 * rng.normal(size=J)
        prices = 1 + cost + 0.3 * xi
        nodes = rng.normal(size=(agents, 2))
        u = (1 - 2 * prices + x + xi)[:, None] + nodes[:, 0] + 0.5 * prices[:, None] * nodes[:, 1]
        odds = np.exp(u)
        made = np.column_stack([cost, cost**2, cost * x, x**2])
        columns = {f"demand_instruments{k}": column for k, column in enumerate(made.T)}
        shares = (odds / (1 + odds.sum(axis=0))).mean(axis=1)
        products.append(
            pd.DataFrame({"market_ids": t, "prices": prices, "x": x, "shares": shares, **columns})
        )
        names = ["nodes0", "nodes1"]
        people.append(pd.DataFrame(nodes, columns=names).assign(market_ids=t, weights=1 / agents))
    return pd.concat(products, ignore_index=True), pd.concat(people, ignore_index=True)


@pytest.fixture(scope="module")
def panel():
    return ir.read_panel(*tables())


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Six files of four markets, as folders of products and of agents."""
    root = tmp_path_factory.mktemp("panel")
    for name, table in zip(("products", "agents"), tables(), strict=True):
        (root / name).mkdir()
        for k in range(6):
            rows = table["market_ids"].between(4 * k, 4 * k + 3)
            table[rows].to_parquet(root / name / f"{k}.parquet")
    return root / "products", root / "agents"


def own_elasticities(fitted):
    return fitted.own_elasticities()[:3]


def test_starts_elsewhere_end_in_the_same_estimate(panel):
    options = {"start": START, "n_starts": 3, "seed": 1}
    here = ir.estimate(RANDOM, panel, **options)
    there = ir.estimate(RANDOM, panel, executor=ByPickle(), **options)
    np.testing.assert_allclose(there.params, here.params, rtol=1e-10)
    np.testing.assert_allclose(there.standard_errors, here.standard_errors, rtol=1e-9)
    np.testing.assert_allclose(there.searches["objective"], here.searches["objective"], rtol=1e-9)
    assert there.evaluations >= here.evaluations


def test_a_start_that_fails_elsewhere_is_refused(panel):
    with pytest.raises(ir.InputError, match="start"):
        ir.estimate(RANDOM, panel, start={"sigma": [1e200, 1]}, executor=ByPickle())


def test_draws_elsewhere_are_the_same(panel):
    fit = ir.estimate(RANDOM, panel, start=START, n_starts=1, steps=1)
    options = {"method": "bootstrap", "draws": 20, "seed": 3}
    here = fit.standard_errors_of(own_elasticities, **options)
    there = fit.standard_errors_of(own_elasticities, executor=ByPickle(), **options)
    np.testing.assert_allclose(there.low, here.low, rtol=1e-10)
    np.testing.assert_allclose(there.covariance, here.covariance, rtol=1e-8)


@pytest.mark.parametrize("steps", [1, 2])
@pytest.mark.parametrize("blocks", [1, 4])
def test_blocks_give_the_estimate_of_the_whole(panel, folders, steps, blocks):
    whole = ir.estimate(RANDOM, panel, start=START, n_starts=1, steps=steps)
    found = ir.estimate_blocks(RANDOM, *folders, start=START, steps=steps, blocks=blocks)
    assert found.converged
    assert found.evaluations == whole.evaluations
    assert list(found.params.index) == list(whole.params.index)
    np.testing.assert_allclose(found.params, whole.params, rtol=1e-10)
    np.testing.assert_allclose(found.standard_errors, whole.standard_errors, rtol=1e-9)
    assert found.objective == pytest.approx(whole.objective, rel=1e-9)
    assert found.overidentification.degrees == whole.overidentification.degrees
    assert found.blocks == blocks
    assert found.observations == len(panel)
    assert "sigma[prices]" in str(found)


def test_instruments_that_others_explain_are_left_out(folders, tmp_path):
    products, agents = tables()
    products["demand_instruments4"] = products["demand_instruments0"] + 2 * products["x"]
    where = tmp_path / "products"
    where.mkdir()
    for k in range(6):
        rows = products["market_ids"].between(4 * k, 4 * k + 3)
        products[rows].to_parquet(where / f"{k}.parquet")
    whole = ir.estimate(RANDOM, ir.read_panel(products, agents), start=START, n_starts=1, steps=1)
    found = ir.estimate_blocks(RANDOM, where, folders[1], start=START, steps=1)
    np.testing.assert_allclose(found.params, whole.params, rtol=1e-10)
    assert found.overidentification.degrees == whole.overidentification.degrees


def test_plain_logit_and_folders_of_markets(tmp_path):
    products, _ = tables()
    for market, rows in products.groupby("market_ids"):
        place = tmp_path / f"market_ids={market}"
        place.mkdir()
        rows.drop(columns="market_ids").to_parquet(place / "part.parquet")
    demand = ir.Demand("1 + prices + x")
    found = ir.estimate_blocks(demand, tmp_path, blocks=5)
    whole = ir.estimate(demand, ir.read_panel(products))
    np.testing.assert_allclose(found.params, whole.params, rtol=1e-10)


def test_processes_keep_what_they_read(panel, folders):
    whole = ir.estimate(RANDOM, panel, start=START, n_starts=1, steps=1)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        found = ir.estimate_blocks(RANDOM, *folders, start=START, steps=1, blocks=3, executor=pool)
    np.testing.assert_allclose(found.params, whole.params, rtol=1e-10)
    # Sums, not tables: some kilobytes a block and evaluation.
    assert found.bytes_moved / found.evaluations < 3 * 20_000


def test_a_worker_that_dies_costs_its_evaluation(panel, folders):
    distributed = pytest.importorskip("distributed")
    whole = ir.estimate(RANDOM, panel, start=START, n_starts=1, steps=1)
    killed = []

    def kill(progress):
        if not killed and progress.evaluations == 2:
            pid = next(iter(client.run(os.getpid).values()))
            killed.append(pid)
            threading.Timer(0.01, os.kill, (pid, signal.SIGKILL)).start()

    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            dashboard_address=None,
            memory_limit=None,
            silence_logs=50,
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        found = ir.estimate_blocks(
            RANDOM, *folders, start=START, steps=1, blocks=4, executor=client, callback=kill
        )
    assert killed
    np.testing.assert_allclose(found.params, whole.params, rtol=1e-10)


class TestRefusals:
    def test_effects_to_absorb_and_nests_alone(self, folders):
        for demand in (
            ir.Demand("0 + prices", absorb="x"),
            ir.Demand("1 + prices", nested=True),
            ir.Demand("1 + prices + C(x)"),
        ):
            with pytest.raises(ir.InputError, match="without effects to absorb"):
                ir.estimate_blocks(demand, *folders)

    def test_no_files(self, tmp_path):
        with pytest.raises(ir.InputError, match="a folder with Parquet files"):
            ir.estimate_blocks(ir.Demand("1 + prices"), tmp_path)

    def test_files_that_do_not_pair(self, folders, tmp_path):
        tables()[1].to_parquet(tmp_path / "0.parquet")
        with pytest.raises(ir.InputError, match="one side only"):
            ir.estimate_blocks(RANDOM, folders[0], tmp_path, start=START)

    def test_columns_that_differ(self, tmp_path):
        products, _ = tables()
        products.to_parquet(tmp_path / "0.parquet")
        more = products.assign(market_ids=products["market_ids"] + 100, demand_instruments9=1.5)
        more.to_parquet(tmp_path / "1.parquet")
        with pytest.raises(ir.InputError, match="the same columns in every block"):
            ir.estimate_blocks(ir.Demand("1 + prices"), tmp_path)

    def test_too_few_moments(self, folders):
        demand = ir.Demand("1 + prices + x + I(prices ** 2) + I(prices ** 3)", random="1 + prices")
        with pytest.raises(ir.InputError, match="at least"):
            ir.estimate_blocks(demand, *folders, start={"sigma": np.full((2, 2), 0.2)})

    def test_shares_that_cannot_be_inverted(self, folders):
        with pytest.raises(ir.InputError, match="start"):
            ir.estimate_blocks(RANDOM, *folders, start={"sigma": [1e200, 1]})


def test_blocks_and_problems_travel(panel, folders):
    problem = pickle.loads(pickle.dumps(build_problem(RANDOM, panel, None, START, workers=2)))
    assert problem.names[-1] == "sigma[prices]"
    from inroads.estimation.blocks.estimate_blocks import block_files

    block = MarketBlock(block_files(*folders, 2)[0], RANDOM, START)
    again = pickle.loads(pickle.dumps(block))
    theta = np.array([0.4, 0.2])
    np.testing.assert_allclose(again.values(theta).in_Z, block.values(theta).in_Z, rtol=1e-10)
