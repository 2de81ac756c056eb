"""An estimate on disk: one zip of estimate.json and arrays, no pickle, nothing executed."""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields
from datetime import date
from decimal import Decimal
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from inroads._version import __version__
from inroads.errors import InroadsError, refuse
from inroads.estimation.design.matrices import build_design
from inroads.estimation.gmm.parameters import ParameterLayout
from inroads.estimation.gmm.trust_region import Bounds
from inroads.estimation.inference.covariance import ChiSquared
from inroads.estimation.micro.choice_scores import ScoreMoment, ScoresOfChoices
from inroads.estimation.micro.dataset import MicroDataset
from inroads.estimation.micro.moments import MicroCovariance, MicroMean, SecondChoice
from inroads.estimation.specification.demand import Demand
from inroads.estimation.specification.errors import Clustered, NeweyWest
from inroads.estimation.specification.innovations import Innovations
from inroads.estimation.specification.supply import Supply
from inroads.solution import Status
from inroads.tables.panel import Panel

if TYPE_CHECKING:
    from inroads.estimation.results import Estimate

_FORMAT = "inroads estimate 3"
_MAIN = "estimate.json"
# Dates of entries are fixed, so that one estimate is always the same bytes.
_DATE = (1980, 1, 1, 0, 0, 0)
_NONE = pd.Index([], dtype=object)
_CLASSES = (
    *(Bounds, ChiSquared, Clustered, Demand, Innovations, NeweyWest),
    *(Panel, ParameterLayout, Supply),
    *(MicroCovariance, MicroDataset, MicroMean, ScoreMoment, ScoresOfChoices, SecondChoice),
)
_SAVED_TYPES = {cls.__name__: cls for cls in _CLASSES}


def save(estimate: Estimate, path: str | PathLike[str]) -> None:
    """Write `estimate`; the file is there whole or not at all."""
    arrays: dict[str, np.ndarray] = {}
    saved = {
        f.name: _packed(getattr(estimate, f.name), arrays)
        for f in fields(estimate)
        if f.metadata.get("saved", True)
    }
    saved["supply"] = _packed(estimate.design.supply, arrays)
    text = json.dumps({"format": _FORMAT, "inroads": __version__, "estimate": saved})
    target = Path(path)
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        raise refuse(
            expected="a folder that can be written to",
            found=str(error),
            where=str(target),
            remedy="choose another place.",
        ) from error
    try:
        with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w") as archive:
            _add(archive, _MAIN, text.encode())
            for key, array in arrays.items():
                buffer = BytesIO()
                np.save(buffer, array, allow_pickle=False)
                _add(archive, f"{key}.npy", buffer.getvalue())
        os.replace(name, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def load(cls: type[Estimate], path: str | PathLike[str]) -> Estimate:
    """Read what `save` wrote. The design is built again from the demand system and the panel."""
    target = Path(path)
    try:
        with zipfile.ZipFile(target) as archive:
            damaged_entry = archive.testzip()
            if damaged_entry is not None:
                raise ValueError(f"{damaged_entry} is damaged")
            main = json.loads(archive.read(_MAIN))
            if main["format"] != _FORMAT:
                raise ValueError(f"format {main['format']!r}")
            arrays = {
                name.removesuffix(".npy"): np.load(BytesIO(archive.read(name)), allow_pickle=False)
                for name in archive.namelist()
                if name.endswith(".npy")
            }
        saved = {key: _unpacked(value, arrays) for key, value in main["estimate"].items()}
        saved["status"] = Status(saved["status"])
        supply = saved.pop("supply")
        saved["design"] = build_design(
            saved["demand"],
            saved["panel"],
            supply,
            saved["layout"].sigma,
        )
        return cls(**saved)
    except (InroadsError, MemoryError):
        raise
    except Exception as error:  # Whatever a damaged or foreign file makes fail, it is that file.
        raise refuse(
            expected="a file that Estimate.save wrote",
            found=f"{type(error).__name__}: {error}",
            where=str(target),
            remedy="save the estimate again.",
        ) from error


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, _DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, data)


def _packed(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    """As JSON; arrays go aside and leave their name, everything else is tagged by its kind."""
    if value is None or isinstance(value, (bool, int, str)) or type(value) is float:
        return value
    if isinstance(value, Status):
        return value.value
    if type(value) is date:
        return {"date": value.isoformat()}
    if isinstance(value, (date, np.datetime64)):
        return {"time": pd.Timestamp(value).isoformat()}
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, np.generic):
        return _packed(value.item(), arrays)
    if isinstance(value, np.ndarray) and value.dtype != object:
        key = f"array{len(arrays)}"
        arrays[key] = value
        return {"array": key}
    if isinstance(value, pd.Categorical):
        order = [np.asarray(value.codes), value.categories.to_numpy(), bool(value.ordered)]
        return {"categorical": [_packed(item, arrays) for item in order]}
    if isinstance(value, pd.api.extensions.ExtensionArray):
        return _packed(value.to_numpy(), arrays)
    if isinstance(value, (list, tuple, np.ndarray)):
        items = [_packed(item, arrays) for item in value]
        return {"list" if isinstance(value, np.ndarray) else type(value).__name__: items}
    if isinstance(value, Mapping):
        return {"dict": [[k, _packed(v, arrays)] for k, v in value.items()]}
    if isinstance(value, pd.Series):
        return {
            "series": [_packed(x, arrays) for x in (*_labels(value.index), value.to_numpy())]
            + [value.name]
        }
    if isinstance(value, pd.DataFrame):
        columns = [[str(c), _packed(value[c].array, arrays)] for c in value]
        return {"table": [*(_packed(x, arrays) for x in _labels(value.index)), columns]}
    if type(value).__name__ in _SAVED_TYPES:
        pairs = [[f.name, _packed(getattr(value, f.name), arrays)] for f in fields(value)]
        return {type(value).__name__: pairs}
    raise refuse(
        expected="text, numbers, dates and tables of these",
        found=f"{value!r}, a {type(value).__name__}",
        where="save",
        remedy="write ids as text before the panel is read.",
    )


def _labels(index: pd.Index) -> tuple[Any, Any]:
    """Labels and name (names, of several levels) of an index; None for 0, 1, 2, ..."""
    plain = isinstance(index, pd.RangeIndex) and index.start == 0 and index.step == 1
    names = list(index.names) if isinstance(index, pd.MultiIndex) else index.name
    return None if plain else index.to_numpy(), names


def _unpacked(value: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "array":
        return arrays[content]
    if kind in ("list", "tuple"):
        items = [_unpacked(item, arrays) for item in content]
        return items if kind == "list" else tuple(items)
    if kind in ("date", "time", "decimal"):
        return {"date": date.fromisoformat, "time": pd.Timestamp, "decimal": Decimal}[kind](content)
    if kind == "dict":
        return {key: _unpacked(item, arrays) for key, item in content}
    if kind == "categorical":
        codes, categories, ordered = (_unpacked(item, arrays) for item in content)
        return pd.Categorical.from_codes(codes, categories, ordered=ordered)
    if kind == "series":
        labels, name, values, title = (_unpacked(item, arrays) for item in content)
        return pd.Series(values, _index(labels, name, len(values)), name=title)
    if kind == "table":
        labels, name, columns = content
        data = {c: _column(_unpacked(item, arrays)) for c, item in columns}
        index = _index(_unpacked(labels, arrays), _unpacked(name, arrays), None)
        return pd.DataFrame(data, index) if data else pd.DataFrame(index=index, columns=_NONE)
    values = {name: _unpacked(item, arrays) for name, item in content}
    return Clustered(*values["columns"]) if kind == "Clustered" else _SAVED_TYPES[kind](**values)


def _column(values: Any) -> Any:
    return pd.Series(values, dtype=object).to_numpy() if isinstance(values, list) else values


def _index(labels: Any, name: Any, size: int | None) -> pd.Index | None:
    if labels is None:
        return pd.RangeIndex(size, name=name) if size is not None else None
    if isinstance(name, list):
        return pd.MultiIndex.from_tuples(labels, names=name)
    return pd.Index(labels, name=name)
