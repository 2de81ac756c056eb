"""From a study's tables to a calibrated market."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from inroads.choice.model import Array
from inroads.errors import InputError, Problem, UnreachableError
from inroads.fit.calibrate import Calibration, Model, Parameter, Target, calibrate
from inroads.fit.hedonic import HedonicLine, hedonic_line
from inroads.fit.moments import Moment, OwnElasticity
from inroads.scenario.assemble import FEATURES
from inroads.scenario.market import Market
from inroads.study.config import Cell
from inroads.study.load import Study
from inroads.study.people import consumers
from inroads.study.targets import moment
from inroads.tables.cells import parse_list
from inroads.tables.dates import known_on
from inroads.tables.formulas import apply, design_matrix
from inroads.tables.schema import row_numbers
from inroads.tables.schemas import SCHEMAS

TASTES = (*FEATURES, "credit")


@dataclass(frozen=True)
class Check:
    """A number of the data that was not fitted, beside what the market says of it."""

    name: str
    label: str
    value: float
    fitted: float


@dataclass(frozen=True)
class Calibrated:
    """The market of the data, how it was fitted, and the line for devices never sold.

    margins: name -> share of sales observed, met exactly; quality_error: standard error of each
    device's quality (0 where observed); used: ids of the facts and assumptions behind it.
    """

    market: Market
    calibration: Calibration
    margins: pd.DataFrame
    checks: tuple[Check, ...]
    labels: Mapping[str, str]
    hedonic: HedonicLine | None
    quality_error: pd.Series
    used: tuple[str, ...]


def calibrated(
    study: Study,
    report: Callable[[int, float], None] | None = None,
    start: Mapping[str, float] | None = None,
    tolerance: float = 1e-6,
) -> Calibrated:
    """Calibrate the study's market at its date; `start` gives tastes to search from.

    Raises InputError for what is wrong in the tables, UnreachableError for margins that cannot
    hold together, ConvergenceError where no market is found.
    """
    bare = _bare(study)
    arrays = bare.arrays
    A, margins, shares = _margins(study, bare)
    parameters, fixed, labels = _parameters(study)
    for name, value in (start or {}).items():
        parameters[name] = replace(parameters[name], start=value)
    targets, checks = _targets(study, bare)
    agents = arrays.agents
    X = arrays.spread(np.concatenate([arrays.X, np.zeros((1, *arrays.X.shape[1:]))]))
    W = np.zeros((len(TASTES), len(agents)))
    W[-1] = agents.credit
    searched = [TASTES.index(name) for name in parameters]
    held = np.array([fixed.get(name, 0.0) for name in TASTES])
    model = Model(
        arrays.choice + np.tensordot(held, X, axes=1),
        X[searched],
        agents.weight + held @ W,
        W[searched],
        A,
        shares,
    )
    money = TASTES.index("money")
    if len(targets) < len(parameters):
        raise InputError.single(
            expected=f"{len(parameters)} rows or more with an error, for {', '.join(parameters)}",
            found=f"{len(targets)}: {', '.join(targets)}",
            where="targets.csv",
            remedy="add targets, or fix a parameter in study.toml with `value`.",
        )
    targets = {n: _placed(t, money, searched, held[money]) for n, t in targets.items()}
    try:
        calibration = calibrate(
            model,
            parameters,
            targets,
            margin_names=list(margins["name"]),
            report=report,
            tolerance=tolerance,
        )
    except UnreachableError as apart:
        raise _unreachable(apart, margins, shares / _inside(study)) from None
    theta = held.copy()
    theta[searched] = calibration.value
    market = _with_utilities(bare, margins, calibration.psi)
    market = replace(market, tastes=dict(zip(TASTES, map(float, theta), strict=True)))
    line, market, error = _never_sold(study, market)
    outcome = market.solve()
    fitted = [
        Check(c.name, c.label, c.value, m.value(outcome.P * outcome.weights, outcome.P, theta))
        for c, m in checks
    ]
    sold = outcome.solution.unwrap() @ A / outcome.solution.unwrap().sum()
    margins = margins.assign(fitted=sold, observed=shares / _inside(study))
    used = tuple(dict.fromkeys(study.facts.ledger()["id"]))
    return Calibrated(market, calibration, margins, tuple(fitted), labels, line, error, used)


def _placed(target: Target, money: int, searched: list[int], fixed: float) -> Target:
    """Tell an elasticity where among the searched parameters money is, or that it is fixed."""
    moment = target.moment
    if not isinstance(moment, OwnElasticity):
        return target
    if money in searched:
        return replace(target, moment=replace(moment, parameter=searched.index(money)))
    fixed_payment = fixed * moment.payment
    return replace(target, moment=replace(moment, parameter=None, payment=fixed_payment))


def _bare(study: Study) -> Market:
    """The market without utilities: tables resolved, consumers built."""
    facts, tables = study.facts, study.tables

    def column(table: str, name: str) -> Array:
        return facts.resolve_column(tables[table], name, SCHEMAS[table])

    devices = tables["devices"].set_index("device")[
        ["maker", "brand", "platform", "tier", "networks", "launched"]
    ]
    devices = devices.assign(price=column("devices", "price"), quality=0.0)
    channels = tables["channels"].set_index("channel")[["network"]]
    home = pd.Series(column("channels", "home"), channels.index)
    channels = channels.assign(
        # A channel with customers of its own is a carrier.
        kind=np.where(home.notna(), "carrier", "open"),
        months=column("channels", "months"),
        down=np.nan_to_num(column("channels", "down")),
        limit=np.nan_to_num(column("channels", "limit"), nan=np.inf),
        appeal=0.0,
    )
    offers = tables["offers"][["device", "channel"]].copy()
    own = channels.loc[offers["channel"]]
    months, down = column("offers", "months"), column("offers", "down")
    offers = offers.assign(
        price=column("offers", "price"),
        months=np.where(np.isnan(months), own["months"], months),
        down=np.where(np.isnan(down), own["down"], down),
        limit=own["limit"].to_numpy(),
        extra=0.0,
    )
    carried = devices.loc[offers["device"], "networks"].to_numpy()
    shelf = own["network"].where(own["kind"].eq("carrier"), "any").to_numpy()
    # A carrier sells variants that work on its network.
    offers["networks"] = [
        n if s == "any" else "+".join(sorted({*n.split("+"), s}))
        for n, s in zip(carried, shelf, strict=True)
    ]
    networks = channels["network"].to_dict()
    size = study.config.market
    people = consumers(
        study.config.consumers, home.dropna().to_dict(), networks, lambda c, w: _number(study, c, w)
    )
    sales = _number(study, size.sales, f"sales in {study.config.study.period}")
    if not 0 < sales < 1e15:
        raise InputError.single(
            expected="units sold, above 0",
            found=f"{sales:g}",
            where="study.toml, market.sales",
            remedy="correct the number, or the unit of the fact that it refers to.",
        )
    return Market(
        devices,
        channels,
        offers.reset_index(drop=True),
        people,
        {"money": 1.0},
        sales / _inside(study),
        study.config.study.period,
    )


def _number(study: Study, cell: Cell, where: str) -> float:
    return study.facts.resolve(cell, f"study.toml: {where}").value


def _inside(study: Study) -> float:
    """Share of consumers in the market who buy."""
    outside = _number(study, study.config.market.outside, "share of consumers who buy none")
    if not 0 < outside < 1:
        raise InputError.single(
            expected="a share between 0 and 1 of consumers who buy none",
            found=f"{outside:g}",
            where="study.toml, market.outside",
            remedy="give a share, 0.25 for 25 percent.",
        )
    return 1.0 - outside


def _margins(study: Study, market: Market) -> tuple[Array, pd.DataFrame, Array]:
    """A (J, M), the margins table, and the shares of consumers they ask for (M,)."""
    table = study.tables["margins"]
    values = study.facts.resolve_column(table, "value", SCHEMAS["margins"])
    named = dict(zip(table["name"], range(len(table)), strict=True))
    labelled, columns, shares = market.table, [], []
    for k in range(len(table)):
        mask = np.ones(len(labelled), dtype=bool)
        for column in ("maker", "device", "channel"):
            if wanted := parse_list(table[column].iloc[k]):
                mask &= labelled[column].isin(wanted).to_numpy()
        columns.append(mask)
        share, step = values[k], table["of"].iloc[k]
        while step:
            share *= values[named[step]]
            step = table["of"].iloc[named[step]]
        shares.append(share * _inside(study))
    nothing = [
        Problem(
            "margins.csv",
            row,
            "value",
            text,
            "a share above 0",
            "delete the row, and the offers that sold nothing.",
        )
        for row, text, share in zip(row_numbers(table), table["value"], shares, strict=True)
        if not share > 0
    ]
    if nothing:
        raise InputError(nothing)
    frame = table[["name", "maker", "device", "channel"]].reset_index(drop=True)
    return np.array(columns, dtype=float).T, frame, np.array(shares)


def _parameters(study: Study) -> tuple[dict[str, Parameter], dict[str, float], dict[str, str]]:
    parts = {str(k): p for k, p in study.config.parameters.items()}
    searched = {k: Parameter(p.start, p.low, p.high) for k, p in parts.items() if p.value is None}
    fixed = {
        k: _number(study, p.value, f"taste {k}") for k, p in parts.items() if p.value is not None
    }
    wrong = {"money": fixed.get("money", 1.0) <= 0, "credit": not 0 <= fixed.get("credit", 0) <= 1}
    for name in (k for k, is_wrong in wrong.items() if is_wrong):
        raise InputError.single(
            expected="a value above 0" if name == "money" else "a share from 0 to 1",
            found=f"{fixed[name]:g}",
            where=f"study.toml, parameters.{name}",
            remedy="correct the number, or search the parameter: give start, low and high.",
        )
    labels = {k: p.label or k for k, p in parts.items()}
    rows = study.tables["targets"]
    labels |= {n: t or n for n, t in zip(rows["name"], rows["label"], strict=True)}
    return searched, fixed, labels


def _targets(study: Study, market: Market) -> tuple[dict[str, Target], list[tuple[Check, Moment]]]:
    """Targets to fit (those with an error) and checks (those without)."""
    table = study.tables["targets"]
    values = study.facts.resolve_column(table, "value", SCHEMAS["targets"])
    errors = study.facts.resolve_column(table, "error", SCHEMAS["targets"])
    targets: dict[str, Target] = {}
    checks: list[tuple[Check, Moment]] = []
    lines = row_numbers(table)
    for k, row in enumerate(table.to_dict("records")):
        try:
            made = moment(row["moment"], row["of"], market, market.arrays)
        except InputError as error:
            raise InputError(
                replace(p, file="targets.csv", row=lines[k], column="of") for p in error.problems
            ) from None
        if np.isnan(errors[k]):
            label = row["label"] or row["name"]
            checks.append((Check(row["name"], label, float(values[k]), np.nan), made))
        elif not max(abs(values[k]), 1e-3) < 1e9 * errors[k]:
            raise InputError.single(
                expected="a standard error of at least a billionth of the value",
                found=f"{errors[k]:g} for {values[k]:g}",
                where="targets.csv",
                row=lines[k],
                column="error",
                remedy="give the error that the source's number may have.",
            )
        else:
            targets[row["name"]] = Target(made, float(values[k]), float(errors[k]))
    return targets, checks


def _unreachable(error: UnreachableError, margins: pd.DataFrame, shares: Array) -> UnreachableError:
    """The same, with what the margins in conflict add up to."""
    weights = error.direction
    if weights is None or not np.isin(np.round(weights, 9), (-1.0, 0.0, 1.0)).all():
        return error
    names = margins["name"].to_numpy()
    sides = [
        f"{' + '.join(names[side])} = {shares[side].sum():.6g}"
        for side in (weights > 0.5, weights < -0.5)
        if side.any()
    ]
    return UnreachableError(
        "margins.csv: found shares of sales that contradict each other: "
        f"{' but '.join(sides)}; expected the two sums to be the same. "
        "Remedy: correct one of these rows (or the facts they refer to), or delete one.",
        weights,
    )


def _with_utilities(market: Market, margins: pd.DataFrame, psi: Array) -> Market:
    """psi handed to devices (margins without a channel), channels, and single offers.

    Quality is as at the mean channel: where makers and channels both add up to all sales, a
    constant could stand with either.
    """
    sizes = {"devices": market.devices, "channels": market.channels, "offers": market.offers}
    added = {name: np.zeros(len(frame)) for name, frame in sizes.items()}
    of = {
        "devices": {"device": market.devices.index, "maker": market.devices["maker"]},
        "channels": {"channel": market.channels.index},
        "offers": {c: market.table[c] for c in ("device", "maker", "channel")},
    }
    for row, value in zip(margins.to_dict("records"), psi, strict=True):
        wanted = {c: parse_list(row[c]) for c in ("maker", "device", "channel") if row[c]}
        kind = "devices" if "channel" not in wanted else "channels"
        if kind == "channels" and len(wanted) > 1:
            kind = "offers"
        mask = np.logical_and.reduce([of[kind][c].isin(names) for c, names in wanted.items()])
        added[kind] += np.where(mask, value, 0.0)
    level = added["channels"].mean()
    added["channels"] -= level
    added["devices"] += level
    never = ~market.devices.index.isin(market.offers["device"])
    return replace(
        market,
        devices=market.devices.assign(quality=np.where(never, np.nan, added["devices"])),
        channels=market.channels.assign(appeal=added["channels"]),
        offers=market.offers.assign(extra=added["offers"]),
    )


def _never_sold(study: Study, market: Market) -> tuple[HedonicLine | None, Market, pd.Series]:
    """Quality of devices without an observed share, from the hedonic line, with its error."""
    devices = market.devices.copy()
    error = pd.Series(0.0, index=devices.index)
    unsold = devices["quality"].isna()
    part = study.config.hedonic
    if part is None or not unsold.any():
        return None, market, error
    data = pd.DataFrame(index=study.tables["devices"].index)
    sold = ~unsold.to_numpy()
    schema = SCHEMAS["devices"]
    listed = {c.name for c in schema.columns}
    for column in study.tables["devices"]:
        if column not in listed and re.search(rf"\b{re.escape(column)}\b", part.formula):
            data[column] = study.facts.resolve_column(study.tables["devices"], column, schema)
    launched = devices["launched"].map(known_on)
    data["age"] = [max(0.0, (study.as_of - day).days / 365.25) for day in launched]
    try:
        X, spec = design_matrix(f"0 + {part.formula}", data[sold])
        line = hedonic_line(
            devices.loc[~unsold, "quality"].reset_index(drop=True),
            X,
            devices.loc[~unsold, "maker"].reset_index(drop=True),
        )
        new = apply(spec, data[~sold])
        for row, device in enumerate(devices.index[unsold]):
            maker = devices.loc[device, "maker"]
            quality, se = line.predict(new.iloc[[row]], maker, part.like.get(maker, ()))
            devices.loc[device, "quality"], error[device] = quality[0], se[0]
    except InputError as wrong:
        raise InputError(
            replace(p, file="study.toml, hedonic" if p.row is None else f"devices.csv, {p.file}")
            for p in wrong.problems
        ) from None
    return line, replace(market, devices=devices), error
