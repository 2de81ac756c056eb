"""Results on disk: JSON and tables, all of them or none; then the page, from what is on disk."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
from pydantic import ValidationError

from inroads._version import __version__
from inroads.errors import refuse
from inroads.report.format import in_currency
from inroads.report.page import page_of, render
from inroads.report.sections.plan import mandates, plan_section
from inroads.results.files import FILE, read_results, results_text
from inroads.results.plans import FirmPlan
from inroads.results.study import Lock, StudyInfo
from inroads.results.tree import Results
from inroads.results.words import Words
from inroads.tables.workbook import write_workbook

PAGE = "report.html"
PDF = "report.pdf"
TABLES = "tables"
WORKBOOK = "tables.xlsx"
SUFFIXES = {".csv", ".parquet"}
#: folder of plans, a folder a firm; and what a firm's holds
PLANS, PLAN = "plan", "plan.json"
PLAN_SUFFIXES = {".csv", ".json", ".html"}
#: of columns of a run's tables
UNITS = {
    "price": "dollars",
    "shares": "of consumers in the market",
    "units": "units a period",
    "share": "of what is sold there",
    "quality": "units of utility",
    "error": "units of utility, a standard error",
    "production_cost": "dollars a unit",
}
#: with what a spreadsheet takes a text for a formula
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write(
    results: Results,
    tables: Mapping[str, pd.DataFrame],
    folder: str | Path,
    *,
    workbook: bool = False,
) -> None:
    """Write results.json and tables/*.csv and *.parquet into `folder`; `write_page` adds the page.

    workbook: also tables.xlsx, a sheet a table. Plans of the same inputs that lie in the folder
    stay there and go into results.json.

    Everything is made in a temporary folder beside it, which then takes its place: a failure leaves
    an earlier output as it was. Raises InputError where `folder` is a file, a link, or holds
    anything that inroads did not write.
    """
    target = Path(folder).absolute()
    check_folder(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    results = results.model_copy(
        update={"plans": plans_in(target, results.lock, results.study.as_of)}
    )
    workshop = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        complete = workshop / "complete"
        complete.mkdir()
        _write_all(results, tables, complete)
        for plan in results.plans:
            shutil.copytree(plan_folder(target, plan.firm), plan_folder(complete, plan.firm))
        if workbook:
            write_workbook(complete / WORKBOOK, tables, UNITS)
        _swap(complete, target, workshop / "earlier")
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def write_page(folder: str | Path) -> Results:
    """Write report.html from the results.json in `folder`; gives the results.

    An earlier page stays until the new one is complete.
    """
    results = read_results(folder)
    part = Path(folder) / f".{PAGE}.part"
    try:
        part.write_text(render(results), encoding="utf-8")
        part.replace(Path(folder) / PAGE)
    finally:
        part.unlink(missing_ok=True)
    return results


def plan_folder(folder: Path, firm: str) -> Path:
    """Where the plan of a firm lies in a run's folder."""
    return folder / PLANS / _slug(firm)


def write_plan(plan: FirmPlan, study: StudyInfo, words: Words, folder: str | Path) -> list[Path]:
    """Write the pages of a firm's plan into a run's folder, and put the plan on the run's own page
    where that is of the same inputs.

    Gives the pages: the plan's, a mandate for each deal, and the run's where it has the plan.
    """
    place = plan_folder(Path(folder), plan.firm)
    place.mkdir(parents=True, exist_ok=True)
    about = (
        f"As known on {plan.as_of} · {plan.draws} draws · study {study.name} · inroads "
        f"{__version__}"
    )
    pages = []
    with in_currency(words.currency_sign):
        title = f"What {plan.firm} should do"
        sections = [plan_section((plan,), words)]
        pages.append((place / "plan.html", page_of(title, study.title, about, sections)))
        for deal in plan.mandates:
            other = mandates.other_side(plan, deal)
            title = f"Mandate: {plan.firm} with {other}"
            text = page_of(
                title, mandates.about(plan, words), about, mandates.sections(plan, deal, words)
            )
            pages.append((place / f"mandate-{_slug(other)}.html", text))
    for path, text in pages:
        path.write_text(text, encoding="utf-8")
    written = [path for path, _ in pages]
    if _on_page(plan, Path(folder)):
        written.append(Path(folder) / PAGE)
    return written


def _on_page(plan: FirmPlan, folder: Path) -> bool:
    """Put a plan into the results of a run of the same inputs, and make its page again."""
    if not (folder / FILE).is_file():
        return False
    results = read_results(folder)
    if not plan.is_of(results.lock, results.study.as_of):
        return False
    others = (one for one in results.plans if one.firm != plan.firm)
    part = folder / f".{FILE}.part"
    text = results_text(results.model_copy(update={"plans": (*others, plan)}))
    part.write_text(text, encoding="utf-8")
    part.replace(folder / FILE)
    write_page(folder)
    return True


def plans_in(folder: Path, lock: Lock | None, as_of: date) -> tuple[FirmPlan, ...]:
    """Plans that lie in a run's folder and are of these inputs, on this day."""
    plans = []
    for file in sorted((folder / PLANS).glob(f"*/{PLAN}")):
        try:
            plan = FirmPlan.model_validate_json(file.read_text(encoding="utf-8"))
        except ValidationError:
            continue  # of another version
        if plan.is_of(lock, as_of):
            plans.append(plan)
    return tuple(plans)


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", name)


def check_folder(folder: str | Path) -> None:
    """Raise InputError where `folder` is a file, a link, or holds what inroads did not write, or
    where nothing can be written beside it."""
    target = Path(folder).absolute()
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise refuse(
            expected="a folder, or nothing yet", found=str(target), where="output folder",
            remedy="name another folder",
        )  # fmt: skip
    check_writable(target.parent)
    if not target.exists():
        return
    foreign = sorted(
        str(path.relative_to(target)) for path in target.rglob("*") if not _ours(path, target)
    )
    if foreign:
        raise refuse(
            expected="a folder that holds only what inroads writes (it is replaced as a whole)",
            found=", ".join(foreign[:3]) + (" …" if len(foreign) > 3 else ""),
            where=str(target),
            remedy="name another folder, or move these files away",
        )


def check_writable(folder: str | Path) -> None:
    """Raise InputError where nothing can be written into a folder that is there or is to be
    made."""
    place = Path(folder).absolute()
    while not place.exists():
        place = place.parent
    try:
        shutil.rmtree(tempfile.mkdtemp(prefix=".inroads-", dir=place))
    except OSError as error:
        raise refuse(
            expected="a folder that can be written", found=f"{place}: {error.strerror}",
            where="output folder", remedy="name another folder, or change what may be done there.",
        ) from error  # fmt: skip


def _ours(path: Path, target: Path) -> bool:
    if path.is_symlink():
        return False
    place = path.relative_to(target).parts
    if place == (TABLES,) or (place[0] == PLANS and len(place) < 3):
        return path.is_dir()
    if len(place) == 3 and place[0] == PLANS:
        return path.is_file() and path.suffix in PLAN_SUFFIXES
    if len(place) == 2 and place[0] == TABLES:
        return path.is_file() and path.suffix in SUFFIXES
    return (
        len(place) == 1
        and place[0] in (FILE, PAGE, PDF, WORKBOOK, f".{PAGE}.part", f".{FILE}.part")
        and path.is_file()
    )


def _write_all(results: Results, tables: Mapping[str, pd.DataFrame], folder: Path) -> None:
    (folder / FILE).write_text(results_text(results), encoding="utf-8")
    (folder / TABLES).mkdir()
    for name, table in tables.items():
        if Path(name).name != name or name in ("", ".", ".."):
            raise refuse(
                expected="a table's name that can be a file's", found=name, where="tables",
                remedy="rename the table",
            )  # fmt: skip
        for_spreadsheets(table).to_csv(
            folder / TABLES / f"{name}.csv", index=False, lineterminator="\n"
        )
        _write_parquet(table, folder / TABLES / f"{name}.parquet")


def for_spreadsheets(table: pd.DataFrame) -> pd.DataFrame:
    """The same table, texts that a spreadsheet would take for formulas behind an apostrophe."""

    def as_text(value: object) -> object:
        return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value

    texts = [name for name in table if not pd.api.types.is_numeric_dtype(table[name])]
    return table.assign(**{str(name): table[name].map(as_text) for name in texts})


def _write_parquet(table: pd.DataFrame, path: Path) -> None:
    with duckdb.connect() as connection:
        connection.register("written", table)
        connection.table("written").write_parquet(str(path))


def _swap(complete: Path, target: Path, earlier: Path) -> None:
    """Put `complete` in the place of `target`; what stood there comes back if that fails."""
    if target.exists():
        target.rename(earlier)
    try:
        complete.rename(target)
    except OSError:
        if earlier.exists():
            earlier.rename(target)
        raise
