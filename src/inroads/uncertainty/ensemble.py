"""How sure: the same draws of everything uncertain through every scenario, and what comes of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import qmc

from inroads._version import __version__
from inroads.choice.base import Array
from inroads.display import Card, Displayed, counted
from inroads.errors import InroadsError, refuse
from inroads.numerics.blas_threads import one_blas_thread
from inroads.uncertainty.distributions import Source
from inroads.uncertainty.draw_store import Draws, draw_in_batches
from inroads.uncertainty.executors import Report

#: inputs by name -> outputs by name: all scenarios of one draw. Picklable, without memory.
Function = Callable[[Mapping[str, float]], Mapping[str, float]]
INPUT = "in."
FAILURE = "failure"
# Outputs read in one pass over the files.
_AT_ONCE = 8


@dataclass(frozen=True, kw_only=True, repr=False)
class Ensemble(Displayed):
    """A function of uncertain inputs, drawn by a scrambled Sobol sequence.

    One draw is one point for every scenario that the function plays: differences between scenarios
    are not blurred by luck.

    Parameters
    ----------
    sources : tuple of Source
        Distributions of the inputs: `Uniform`, `Triangular`, `Normal`, `Bernoulli`, or other
        classes with their methods.
    function : callable
        {input: value} -> {output: value}; picklable, without memory. Where it raises an
        InroadsError the draw counts as failed.
    outputs : tuple of str
        The names it returns.
    about : str
        What the function hangs on beside its inputs (a hash of a study); draws of anything else are
        refused as another run.
    seed : int
        Of the sequence.

    Raises
    ------
    InputError
        Without inputs, and for a name that comes twice.

    Examples
    --------
    >>> import tempfile
    >>> from inroads.uncertainty import Ensemble, Uniform, intervals
    >>> def profit(inputs):
    ...     return {"profit": 10 - inputs["cost"]}
    >>> ensemble = Ensemble(
    ...     sources=(Uniform("cost", 1.0, 3.0),), function=profit, outputs=("profit",), about="demo"
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table = intervals(ensemble.run(64, folder), ["profit"])
    >>> round(float(table.loc["profit", "mean"]), 2)
    8.0
    """

    sources: tuple[Source, ...]
    function: Function
    outputs: tuple[str, ...]
    about: str
    seed: int = 0

    def __post_init__(self) -> None:
        names = (*self.names, *self.outputs)
        doubled = [name for name in names if names.count(name) > 1]
        if doubled or not self.names or FAILURE in names:
            raise refuse(
                expected="inputs and outputs, each with a name of its own",
                found=doubled[0] if doubled else FAILURE if self.names else "no input",
                where="ensemble",
                remedy="rename one of them.",
            )

    def _card(self) -> Card:
        return Card(
            line=f"Ensemble of {counted(len(self.names), 'input')} and "
            f"{counted(len(self.outputs), 'output')}: {self.about}",
            next_steps=("ensemble.run(draws, folder)",),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return tuple(name for source in self.sources for name in source.names)

    def points(self, first: int, last: int) -> Array:
        """Points of the sequence.

        Parameters
        ----------
        first, last : int
            The first, and one past the last.

        Returns
        -------
        (last - first, inputs) array
            Uniform in (0, 1).
        """
        sequence = qmc.Sobol(len(self.names), scramble=True, seed=np.random.default_rng(self.seed))
        # The first point alone: of a first call SciPy expects a power of two.
        points = sequence.random(1)[first:]
        if first > 1:
            sequence.fast_forward(first - 1)
        if last > max(first, 1):
            points = np.vstack([points, sequence.random(last - max(first, 1))])
        # At zero a normal would be minus infinity; the sequence's grid is 2**-30.
        return np.clip(points, 2.0**-31, 1 - 2.0**-31)

    def inputs(self, u: Array) -> Array:
        """Values of the inputs at points.

        Parameters
        ----------
        u : (n, inputs) array
            Uniform in (0, 1).

        Returns
        -------
        (n, inputs) array
            Values.
        """
        ends = np.cumsum([len(source.names) for source in self.sources])
        parts = np.split(u, ends[:-1], axis=1)
        return np.hstack([s.at(part) for s, part in zip(self.sources, parts, strict=True)])

    def evaluated(self, u: Array) -> dict[str, NDArray[Any]]:
        """Inputs, outputs and failures at points, as columns.

        Where the function raises an InroadsError its outputs are NaN and its words are kept in the
        column `failure` (empty where all went well).

        Parameters
        ----------
        u : (n, inputs) array
            Uniform in (0, 1).

        Returns
        -------
        dict of (n,) arrays
            By column, inputs as "in.NAME".
        """
        values = self.inputs(u)
        rows = np.full((len(u), len(self.outputs)), np.nan)
        failures = [""] * len(u)
        with one_blas_thread():
            for k, point in enumerate(values):
                try:
                    result = self.function(dict(zip(self.names, map(float, point), strict=True)))
                except InroadsError as error:
                    failures[k] = str(error) or type(error).__name__
                else:
                    rows[k] = [result[name] for name in self.outputs]
        columns: dict[str, NDArray[Any]] = {
            INPUT + name: values[:, k] for k, name in enumerate(self.names)
        }
        columns |= {name: rows[:, k] for k, name in enumerate(self.outputs)}
        return columns | {FAILURE: np.array(failures, dtype=object)}

    def __call__(self, first: int, last: int) -> dict[str, NDArray[Any]]:
        """A batch of draws."""
        return self.evaluated(self.points(first, last))

    def manifest(self) -> dict[str, Any]:
        """What draws of this ensemble hang on.

        Returns
        -------
        dict
            Of plain values, written beside the draws as JSON.
        """
        function = self.function
        return {
            "about": self.about,
            "inputs": {", ".join(s.names): s.stated for s in self.sources},
            "outputs": list(self.outputs),
            "function": getattr(function, "__qualname__", type(function).__qualname__),
            "seed": self.seed,
            "version": __version__,
            "code": code(),
        }

    def key(self, draws: int) -> str:
        """A short name of so many draws of this ensemble: other draws have another.

        Parameters
        ----------
        draws : int
            How many.

        Returns
        -------
        str
            16 hexadecimal digits.
        """
        text = json.dumps({**self.manifest(), "draws": draws}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def run(
        self,
        draws: int,
        folder: Path | str,
        *,
        size: int = 16,
        workers: int = 1,
        cluster: str | None = None,
        executor: Executor | None = None,
        report: Report | None = None,
    ) -> Draws:
        """Make draws, each batch kept on disk as it is done; batches there already are not made
        again.

        Parameters
        ----------
        draws : int
            How many.
        folder : path
            Where they are kept.
        size : int
            Draws a batch.
        workers : int
            Processes, 1 for this one alone.
        cluster : str, optional
            Address of a Dask scheduler that computes instead.
        executor : Executor, optional
            Of concurrent.futures, to use instead.
        report : callable, optional
            Called with the number of draws that are done, and of all; unless given, a line on
            stderr where that is a terminal.

        Returns
        -------
        Draws
            On disk, read a batch or a column at a time.

        Raises
        ------
        InputError
            Where the folder holds another run.
        """
        return draw_in_batches(
            self,
            draws,
            folder,
            self.manifest(),
            size=size,
            workers=workers,
            cluster=cluster,
            executor=executor,
            report=report,
        )


def intervals(
    draws: Draws, outputs: Sequence[str], levels: Sequence[float] = (0.05, 0.5, 0.95)
) -> pd.DataFrame:
    """Quantiles of outputs over the draws that did not fail.

    A few outputs are in memory at a time.

    Parameters
    ----------
    draws : Draws
        As `Ensemble.run` gives them.
    outputs : sequence of str
        Names.
    levels : sequence of float
        Of the quantiles.

    Returns
    -------
    DataFrame
        A row an output; columns: the levels, `mean`, `sd`, `draws` and `failed`.

    Raises
    ------
    InputError
        Where every draw failed.
    """
    rows = []
    chunks = (outputs[k : k + _AT_ONCE] for k in range(0, len(outputs), _AT_ONCE))
    for name, values in (pair for names in chunks for pair in draws.columns(names).items()):
        fine = values[~np.isnan(values)]
        if not len(fine):
            raise refuse(
                expected=f"a draw in which {name} could be computed",
                found=f"{len(values)} draws that failed: {draws.column(FAILURE)[0]}",
                where=str(draws.folder),
                remedy="look into the failures, then narrow the inputs.",
            )
        spread = float(fine.std(ddof=1)) if len(fine) > 1 else 0.0
        counts = [len(fine), len(values) - len(fine)]
        rows.append([*np.quantile(fine, levels), fine.mean(), spread, *counts])
    columns = [*levels, "mean", "sd", "draws", "failed"]
    return pd.DataFrame(rows, pd.Index(outputs, name="output"), columns)


@cache
def code() -> str:
    """A hash of the package's own source: draws of other code are another run."""
    folder = Path(__file__).resolve().parents[1]
    result = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        result.update(path.relative_to(folder).as_posix().encode())
        result.update(path.read_bytes())
    return result.hexdigest()
