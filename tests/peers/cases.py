"""Other packages' cases, and the same markets in our terms.

Cases come from R antitrust and R mergersim (both CC0), solved by their own equations to about
machine precision. Their conventions: price coefficients are negative; a nest's sigma (or mu) is
1 - rho; bargaining weights are the buyer's; disagreement drops one product; a firm's label at both
levels of a chain means that it is integrated.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inroads.calibration.from_margins.buyers import buyers_at
from inroads.choice import Nested
from inroads.conduct.bargaining import NegotiatedTerms
from inroads.conduct.bargaining.links import make_links
from inroads.conduct.equilibrium import PriceEquilibrium, solve
from inroads.conduct.priced_demand import PricedDemand
from inroads.conduct.retail_pricing import Retail
from inroads.conduct.stakes import integrated_stakes, vertical_stakes

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Case:
    """One market of a peer; `family` is the file it lies in."""

    family: str
    id: str
    given: dict[str, Any]
    truth: dict[str, Any] | None
    output: dict[str, Any]
    seconds: float | None

    def __getitem__(self, name: str) -> np.ndarray:
        """An array of the inputs or, failing that, of the output; missing numbers are nan."""
        return array(self.given[name] if name in self.given else self.output[name])


def array(values: Any) -> np.ndarray:
    """Numbers with null as nan; labels as they are."""
    if isinstance(values, list) and None in values:
        values = [np.nan if v is None else v for v in values]
    return np.asarray(values)


def close(got: Any, expected: Any, relative: float, absolute: float = 0.0) -> None:
    """Fail unless numbers agree."""
    np.testing.assert_allclose(got, array(expected), rtol=relative, atol=absolute)


def load() -> list[Case]:
    """Every case of every family."""
    found = []
    for path in sorted(FOLDER.glob("*.json")):
        for case in json.loads(path.read_text(encoding="utf-8"))["cases"]:
            parts = (case[k] for k in ("inputs", "truth", "output", "seconds_shipped_solver"))
            found.append(Case(path.stem, case["id"], *parts))
    return found


def firms(*labels: np.ndarray) -> list[np.ndarray]:
    """Labels of several levels as one numbering 0..F-1."""
    every = np.unique(np.concatenate(labels), return_inverse=True)[1]
    return np.split(every, len(labels))


def plain(delta: np.ndarray, alpha: float, outside: float = 0.0, model: Any = None) -> PricedDemand:
    """One type of consumer with utility delta - alpha p."""
    extra = {} if model is None else {"model": model}
    return PricedDemand(
        utility=delta[:, None],
        alpha=np.array([alpha]),
        weights=np.ones(1),
        outside=outside,
        **extra,
    )


def allocated(case: Case) -> Nested | None:
    """Nests of mergersim: a matrix (J, nests) of zeros and ones, and a mu for each nest."""
    if case.given.get("nest_allocation") is None:
        return None
    where = array(case.given["nest_allocation"])
    assert np.isin(where, (0, 1)).all()
    nests = where.argmax(axis=1)
    return Nested(nests, 1.0 - array(case.given["mu"])[nests][None])


def labelled(case: Case) -> tuple[np.ndarray, np.ndarray] | None:
    """Nests and rho (J,) of antitrust: labels, and a sigma for each label in order."""
    if case.given.get("nests") is None:
        return None
    names = case.given.get("sigma_levels") or sorted(set(case.given["nests"]))
    nests = np.array([names.index(name) for name in case.given["nests"]])
    return nests, 1.0 - array(case.given["sigma"])[nests]


def inside_only(shares: np.ndarray) -> bool:
    """Whether there is no outside option."""
    return abs(float(shares.sum()) - 1.0) < 1e-9


def observed(case: Case, prices: str, shares: str) -> PricedDemand:
    """Consumers with a case's shares at its prices and its alpha."""
    p, s = case[prices], case[shares]
    nests = labelled(case)
    nests, rho = (None, np.zeros(len(p))) if nests is None else nests
    # A sum of printed digits is not quite one.
    s = s / s.sum() if inside_only(s) else s
    return buyers_at(p, s, -float(case["alpha"]), nests, rho=rho)


def horizontal(
    buyers: PricedDemand,
    owner: np.ndarray,
    costs: np.ndarray,
    start: np.ndarray,
    present: Any = None,
) -> PriceEquilibrium:
    """Bertrand prices."""
    (F,) = firms(owner)
    retail = Retail(buyers, integrated_stakes(F, costs), F)
    return solve(retail, start=start, present=present, certificate=False).value


def vertical(
    buyers: PricedDemand,
    up: np.ndarray,
    down: np.ndarray,
    making: np.ndarray,
    handling: np.ndarray,
    power: np.ndarray | float,
    start: np.ndarray,
    **kind: Any,
) -> PriceEquilibrium:
    """Retail and wholesale prices."""
    M, R = firms(up, down)
    retail = Retail(buyers, vertical_stakes(M, R, making, handling), R)
    lam = np.where(M == R, 1.0, power)
    terms = NegotiatedTerms(links=make_links(M, R, lam, "offer"), production_cost=making, **kind)
    return solve(retail, terms, start=start, certificate=False).value
