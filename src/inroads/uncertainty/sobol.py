"""What the spread comes from: the part of an output's variance that each uncertain input brings."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inroads.choice.base import Array
from inroads.errors import refuse, require_extra
from inroads.uncertainty.draw_store import Draws, draw_in_batches
from inroads.uncertainty.ensemble import INPUT, Ensemble


class Saltelli:
    """An ensemble at the points of Saltelli's sample: two base samples, and their mixtures.

    The function is called base x (sources + 2) times. Inputs of one source are mixed together, as
    they hang together. Needs SALib: `pip install "inroads[uncertainty]"`.

    Parameters
    ----------
    ensemble : Ensemble
        What is drawn.
    base : int
        Size of each base sample, a power of two.

    Raises
    ------
    InputError
        For another base.

    References
    ----------
    Saltelli, A. et al. (2010), Variance based sensitivity analysis of model output, Computer
    Physics Communications 181(2).

    Examples
    --------
    >>> import tempfile
    >>> from inroads.uncertainty import Ensemble, Saltelli, Uniform
    >>> def profit(inputs):
    ...     return {"profit": 3 * inputs["price"] - inputs["cost"]}
    >>> sources = (Uniform("price", 0.0, 1.0), Uniform("cost", 0.0, 1.0))
    >>> ensemble = Ensemble(sources=sources, function=profit, outputs=("profit",), about="demo")
    >>> sample = Saltelli(ensemble, 64)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     indices = sample.indices(sample.run(folder), "profit")
    >>> indices["total"].round(1).to_dict()
    {'price': 0.9, 'cost': 0.1}
    """

    def __init__(self, ensemble: Ensemble, base: int) -> None:
        require_extra("uncertainty", "SALib")
        from SALib.sample import sobol

        if base < 2 or base & (base - 1):
            raise refuse(
                expected="a power of two, 2 or more",
                found=str(base),
                where="base",
                remedy="give 64, 128, 256, ...",
            )
        self.ensemble, self.base = ensemble, base
        u = sobol.sample(self.problem, base, calc_second_order=False, seed=ensemble.seed)
        self.points: Array = np.clip(np.asarray(u), 2.0**-31, 1 - 2.0**-31)

    @property
    def problem(self) -> dict[str, object]:
        """What SALib is told: uniform inputs, one group for each source."""
        names = self.ensemble.names
        return {
            "num_vars": len(names),
            "names": list(names),
            "bounds": [[0.0, 1.0]] * len(names),
            "groups": [source_name(s.names) for s in self.ensemble.sources for _ in s.names],
        }

    def __call__(self, first: int, last: int) -> dict[str, NDArray[Any]]:
        """A batch of the sample."""
        return self.ensemble.evaluated(self.points[first:last])

    def run(self, folder: Path | str, **pools: Any) -> Draws:
        """The whole sample, each batch kept on disk as it is done.

        Parameters
        ----------
        folder : path
            Where it is kept.
        **pools : object
            `size`, `workers`, `cluster`, `executor` and `report`, as `Ensemble.run` takes them.

        Returns
        -------
        Draws
            For `indices`.
        """
        about = self.ensemble.manifest() | {"sample": "Saltelli"}
        return draw_in_batches(self, len(self.points), folder, about, **pools)

    def indices(self, draws: Draws, output: str) -> pd.DataFrame:
        """Sobol indices by source.

        Parameters
        ----------
        draws : Draws
            As `run` gives them.
        output : str
            Of which the variance is taken apart.

        Returns
        -------
        DataFrame
            A row a source. first: the part of the variance that knowing this source alone would
            take away;
            total: the part that would be left if all others were known; first_error, total_error:
            half-widths of their 95 % intervals.

        Raises
        ------
        InputError
            Where a draw failed: the sample is of no use with holes.

        References
        ----------
        Saltelli, A. et al. (2010), Variance based sensitivity analysis of model output, Computer
        Physics Communications 181(2).
        Jansen, M. (1999), Analysis of variance designs for model output, Computer Physics
        Communications 117(1-2).
        """
        from SALib.analyze import sobol

        y = draws.column(output)
        _whole(y, output)
        sources = [source_name(source.names) for source in self.ensemble.sources]
        columns = {"S1": "first", "S1_conf": "first_error", "ST": "total", "ST_conf": "total_error"}
        if np.ptp(y) == 0:
            return pd.DataFrame(0.0, pd.Index(sources), list(columns.values()))
        with warnings.catch_warnings():
            # SALib before 1.6 asks pandas 2 for what pandas 3 refuses.
            warnings.simplefilter("ignore", FutureWarning)
            seed = self.ensemble.seed
            analysis = sobol.analyze(self.problem, y, calc_second_order=False, seed=seed)
        return pd.DataFrame(
            {name: np.asarray(analysis[key]) for key, name in columns.items()}, sources
        )


def slopes(draws: Draws, names: Sequence[str], output: str) -> pd.DataFrame:
    """The linear part, from draws at hand: by input, its slope, how sure, and its part of variance.

    `slope`: change of the output for a standard deviation of the input, others as they are (least
    squares); `error`: its standard error, infinite where draws are no more than inputs; `part`:
    squared slope over the output's variance. Where inputs are independent and the function is
    linear the parts are its Sobol indices, and sum to `r_squared` (in `attrs`), which is 1.
    """
    y, X = _at_hand(draws, names, output)
    spread = X.std(axis=0)
    varied = spread > 0
    Z = (X[:, varied] - X[:, varied].mean(axis=0)) / spread[varied]
    slope = np.zeros(len(names))
    slope[varied] = np.linalg.lstsq(Z, y - y.mean(), rcond=None)[0]
    variance = y.var()
    part = slope**2 / variance if variance > 0 else np.zeros(len(names))
    miss = y - y.mean() - Z @ slope[varied]
    free = len(y) - Z.shape[1] - 1
    error = np.zeros(len(names))
    error[varied] = (
        np.sqrt(miss @ miss / free * np.diag(np.linalg.inv(Z.T @ Z))) if free > 0 else np.inf
    )
    frame = pd.DataFrame({"slope": slope, "error": error, "part": part}, pd.Index(names))
    frame.attrs["r_squared"] = float(1 - miss.var() / variance) if variance > 0 else 1.0
    return frame


def source_name(names: Sequence[str]) -> str:
    """A source's name: its inputs, joined."""
    return ", ".join(names)


def _at_hand(draws: Draws, names: Sequence[str], output: str) -> tuple[Array, Array]:
    """Output and inputs of the draws that did not fail."""
    columns = draws.columns([output, *(INPUT + name for name in names)])
    y = columns[output]
    fine = ~np.isnan(y)
    if fine.sum() < 2:
        _whole(y, output)
    X = np.column_stack([columns[INPUT + name] for name in names])
    return y[fine], X[fine]


def _whole(y: Array, output: str) -> None:
    failed = int(np.isnan(y).sum())
    if failed:
        raise refuse(
            expected=f"{output} at every point of the sample",
            found=f"{failed} of {len(y)} that failed",
            where="indices",
            remedy="narrow the inputs to where the function can be computed.",
        )
