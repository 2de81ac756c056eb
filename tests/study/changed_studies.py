"""Studies as others might write them: valid changes of those that come with the package.

Values move within their ranges and beyond, parts are left out, names change, firms and entrants'
channels are added or dropped. What comes out is a folder as on disk: whether it makes sense is for
`inroads check` to say.
"""

import csv
import io
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

import inroads.studies
import inroads.study

STUDY = Path(inroads.study.__file__).parent
BASES = {
    "template": STUDY / "template",
    "template_full": STUDY / "template_full",
    "us_2018": Path(inroads.studies.__file__).parent / "us_2018",
}
#: by what a number may be multiplied: a little, a lot, out of its range
FACTORS = (0.0, 0.2, 0.5, 0.8, 0.95, 1.05, 1.25, 2.0, 5.0, 20.0, -1.0)
NAMES = ("Ö & Söhne", "A, B", "=1+1", "o'Neill", "<b>x</b>", "Größe 2")
#: parts of study.toml without which a study may do, and what then goes too
PARTS = ("path", "negotiations", "firms", "entry", "hedonic", "scenario", "words")
GOES_TOO = {"entry": ("negotiations", "path"), "firms": ("negotiations", "path"),
            "negotiations": ("path",)}  # fmt: skip

Change = Callable[["Files"], None]


@dataclass
class Files:
    """A study's files as text."""

    tables: dict[str, list[list[str]]]
    toml: str

    @classmethod
    def of(cls, folder: Path) -> "Files":
        tables = {
            path.name: list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
            for path in sorted(folder.glob("*.csv"))
        }
        return cls(tables, (folder / "study.toml").read_text(encoding="utf-8"))

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        for name, rows in self.tables.items():
            with (folder / name).open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(rows)
        (folder / "study.toml").write_text(self.toml, encoding="utf-8")


@st.composite
def changed_studies(
    draw: st.DrawFn, bases: tuple[str, ...] = ("template", "template_full")
) -> Files:
    """A study with one to six changes."""
    files = Files.of(BASES[draw(st.sampled_from(bases))])
    for _ in range(draw(st.integers(1, 6))):
        change = draw(st.sampled_from([_assumption, _cell, _literal, _part, _name, _firm, _row]))
        change(draw, files)
    return files


def _assumption(draw: st.DrawFn, files: Files) -> None:
    """An assumption anywhere in its range, or with another range."""
    rows = files.tables["assumptions.csv"]
    head, row = rows[0], draw(st.sampled_from(rows[1:]))
    low, value, high = (head.index(name) for name in ("low", "value", "high"))
    share = draw(st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]))
    a, b = float(row[low]), float(row[high])
    wide = draw(st.sampled_from([0.0, 0.5, 1.0, 1.0, 1.5, 3.0]))
    middle = a + share * (b - a)
    row[value] = f"{middle:.6g}"
    row[low], row[high] = (f"{middle + wide * (end - middle):.6g}" for end in (a, b))


def _cell(draw: st.DrawFn, files: Files) -> None:
    """A number of a table, times something."""
    name = draw(st.sampled_from(sorted(files.tables)))
    rows = files.tables[name]
    places = [(i, j) for i, row in enumerate(rows[1:], 1) for j, cell in enumerate(row)
              if re.fullmatch(r"-?\d+(\.\d+)?", cell)]  # fmt: skip
    if places:
        i, j = draw(st.sampled_from(places))
        rows[i][j] = f"{float(rows[i][j]) * draw(st.sampled_from(FACTORS)):.6g}"


def _literal(draw: st.DrawFn, files: Files) -> None:
    """A number of study.toml, times something."""
    places = list(re.finditer(r"(?<![\w.\"@-])-?\d+(?:\.\d+)?(?![\w.%\"-])", files.toml))
    places = [m for m in places if "as_of" not in files.toml[: m.start()].rpartition("\n")[2]
              and "#" not in files.toml[: m.start()].rpartition("\n")[2]]  # fmt: skip
    found = draw(st.sampled_from(places))
    number = float(found[0]) * draw(st.sampled_from(FACTORS))
    new = f"{number:.0f}" if "." not in found[0] else f"{number:.6g}"
    new = new if "." in new or "." not in found[0] or "e" in new else f"{new}.0"
    files.toml = files.toml[: found.start()] + new + files.toml[found.end() :]


def _part(draw: st.DrawFn, files: Files) -> None:
    """A part of study.toml left out, and what cannot do without it; or an optional table."""
    optional = [name for name in ("events.csv", "shipments.csv", "launches.csv", "margins.csv")
                if name in files.tables]  # fmt: skip
    part = draw(st.sampled_from([*PARTS, *optional]))
    if part in optional:
        files.tables.pop(part)
        return
    for gone in (part, *GOES_TOO.get(part, ())):
        pattern = rf"(?ms)^\[\[?{gone}(?:\.[\w.]+)?\]\]?.*?(?=^\[|\Z)"
        files.toml = re.sub(pattern, "", files.toml)


def _name(draw: st.DrawFn, files: Files) -> None:
    """A manufacturer, channel, brand or product by another name, everywhere."""
    head = files.tables["products.csv"][0]
    columns = [k for k, name in enumerate(head) if name in ("product", "manufacturer", "brand")]
    names = {row[k] for row in files.tables["products.csv"][1:] for k in columns}
    names |= {row[0] for row in files.tables["channels.csv"][1:]}
    old, new = draw(st.sampled_from(sorted(names - {""}))), draw(st.sampled_from(NAMES))
    for rows in files.tables.values():
        for row in rows[1:]:
            row[:] = [new if cell == old else cell for cell in row]
    files.toml = files.toml.replace(f'"{old}"', f'"{new}"')
    files.toml = re.sub(rf"(?m)^{re.escape(old)} =", f'"{new}" =', files.toml)


def _firm(draw: st.DrawFn, files: Files) -> None:
    """A manufacturer with a margin of its own, or a channel whose members are worth something."""
    if "[firms]" not in files.toml:
        return
    head = files.tables["products.csv"][0]
    makers = {row[head.index("manufacturer")] for row in files.tables["products.csv"][1:]}
    channels = {row[0] for row in files.tables["channels.csv"][1:]}
    if draw(st.booleans()):
        name, margin = (
            draw(st.sampled_from(sorted(makers))),
            draw(st.sampled_from([0.05, 0.3, 0.8])),
        )
        files.toml += f'\n[[firms.manufacturer]]\nname = "{name}"\nmargin = {margin}\n'
    else:
        name, worth = draw(st.sampled_from(sorted(channels))), draw(st.sampled_from([0.1, 5.0]))
        files.toml += f'\n[[firms.channel]]\nname = "{name}"\nmember_value = {worth}\n'


def _row(draw: st.DrawFn, files: Files) -> None:
    """A row of a table left out, or an offer added."""
    if draw(st.booleans()):
        name = draw(st.sampled_from(sorted(files.tables)))
        rows = files.tables[name]
        if len(rows) > 2:
            del rows[draw(st.integers(1, len(rows) - 1))]
        return
    offers = files.tables["offers.csv"]
    products = [row[0] for row in files.tables["products.csv"][1:]]
    channels = [row[0] for row in files.tables["channels.csv"][1:]]
    row = [""] * len(offers[0])
    row[offers[0].index("product")] = draw(st.sampled_from(products))
    row[offers[0].index("channel")] = draw(st.sampled_from(channels))
    row[offers[0].index("price")] = draw(
        st.sampled_from([offers[1][offers[0].index("price")], "1"])
    )
    offers.append(row)


def put(files: Files, place: Path) -> Path:
    """The study in a folder of its own at a place."""
    folder = place / "changed"
    shutil.rmtree(folder, ignore_errors=True)
    files.write(folder)
    return folder
