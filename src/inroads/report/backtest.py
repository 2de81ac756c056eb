"""Scores of forecasts: for the terminal, and as tables on disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from inroads.report.format import number, short

if TYPE_CHECKING:
    from inroads.study.outlook.backtest import Backtest


def print_backtest(scores: Backtest, console: Console) -> None:
    """Each forecast beside its outcome, how often intervals held, the mean log score."""
    level = scores.coverage.index.max()
    table = _table("Forecast", "Quarter", "Outcome", "Median", f"{level:.0%} interval", "Log")
    for row in scores.table.to_dict("records"):
        low, high = (row[f"{side} {level:.0%}"] for side in ("low", "high"))
        missed = "" if row[f"inside {level:.0%}"] else ", missed"
        table.add_row(
            Text(str(row["id"])),
            str(row["period"]),
            short(row["outcome"], 3),
            short(row["median"], 3),
            f"{short(low)}–{short(high)}{missed}",
            number(row["log_score"], 3),
        )
    console.print(table)
    console.print()
    covered = _table("Central interval", "Held", "Of", "95% interval of the share")
    for share, row in scores.coverage.iterrows():
        ends = f"{row['low']:.0%}–{row['high']:.0%}"
        covered.add_row(f"{share:.0%}", f"{row['held']:.0f}", f"{row['of']:.0f}", ends)
    console.print(covered)
    console.print()
    console.print(f"Log: log score, higher is better; mean {number(scores.log_score, 3)}.")
    if len(scores.left_out):
        why = scores.left_out["why"].value_counts().to_dict()
        reasons = ", ".join(f"{count} {reason}" for reason, count in why.items())
        console.print(f"Outcomes left out: {reasons}.")


def write_backtest(scores: Backtest, folder: Path) -> None:
    """forecasts.csv, coverage.csv and left_out.csv in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("table", "coverage", "left_out"):
        table = getattr(scores, name)
        unfinished = folder / f".{name}.part"
        table.to_csv(unfinished, index=name == "coverage", lineterminator="\n")
        unfinished.replace(folder / f"{'forecasts' if name == 'table' else name}.csv")


def _table(*columns: str) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for k, name in enumerate(columns):
        table.add_column(name, justify="right" if k > 1 else "left", no_wrap=True)
    return table
