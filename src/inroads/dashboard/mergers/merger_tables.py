"""A practitioner's table of products as it comes in: uploaded or pasted, read by checked readers.

Nothing of it is executed. An uploaded file is read once and removed.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from inroads.errors import refuse
from inroads.tables.csv_text import read_csv
from inroads.tables.read import read_table

#: a table of products is no larger
MOST_BYTES, MOST_ROWS = 1_000_000, 500
#: columns as practitioners call them, in lower case without blanks and underscores
_NAMES: Mapping[str, tuple[str, ...]] = {
    "product_ids": ("product", "products", "productid", "brand", "name", "label"),
    "firm_ids": ("firm", "firms", "owner", "owners", "ownerpre", "manufacturer", "upstream"),
    "channel_ids": ("channel", "channels", "retailer", "seller", "downstream"),
    "prices": ("price", "retailprice"),
    "wholesale": ("wholesaleprice", "wholesaleprices"),
    "shares": ("share", "marketshare", "quantityshare"),
    "margins": ("margin", "lerner"),
    "channel_margins": ("channelmargin", "retailmargin", "retailmargins", "marginsdown"),
    "manufacturer_margins": ("manufacturermargin", "wholesalemargin", "marginsup"),
    "nesting_ids": ("nest", "nests", "segment", "group"),
}
EXAMPLE = """\
product,owner,nest,price,share,margin
Aurora Dark,Aurora,dark,2.90,0.14,0.42
Aurora Light,Aurora,light,2.70,0.10,
Borea Dark,Borea,dark,3.10,0.12,0.37
Borea Light,Borea,light,2.60,0.08,
Corvo Dark,Corvo,dark,2.80,0.09,
Corvo Light,Corvo,light,2.50,0.11,
"""
VERTICAL_EXAMPLE = """\
product,manufacturer,retailer,price,wholesale,share,retail margin,wholesale margin
Aurora at Nord,Aurora,Nord,2.90,1.80,0.12,0.34,0.40
Borea at Nord,Borea,Nord,3.10,1.90,0.10,,
Aurora at Sud,Aurora,Sud,2.80,1.75,0.11,,0.38
Borea at Sud,Borea,Sud,2.95,1.85,0.08,0.33,
"""


def read_upload(path: Path, name: str) -> pd.DataFrame:
    """An uploaded CSV or Parquet file, which is removed whatever comes of it.

    Raises InputError for what is no table of products: too large, another format, text that is no
    CSV.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise refuse(
                expected=f"a table of at most {MOST_BYTES / 1e6:g} MB",
                found=f"{path.stat().st_size / 1e6:.1f} MB",
                where=name,
                remedy="keep one row a product, and the columns that are named below.",
            )
        if path.suffix.lower() not in (".csv", ".parquet"):
            raise refuse(
                expected="a file ending in .csv or .parquet",
                found=name,
                where="upload",
                remedy="save the table in one of these formats, or paste its rows.",
            )
        return checked_table(read_table(path, name), name)
    finally:
        path.unlink(missing_ok=True)


def read_pasted(text: str) -> pd.DataFrame:
    """Rows that were pasted: CSV, or as a spreadsheet copies them, with tabs.

    Raises InputError for what is no table.
    """
    text = text.strip("\r\n")
    header = text.partition("\n")[0]
    if "\t" in header:
        rows = io.StringIO()
        csv.writer(rows).writerows(csv.reader(io.StringIO(text), delimiter="\t"))
        text = rows.getvalue()
    if len(text) > MOST_BYTES:
        raise refuse(
            expected=f"at most {MOST_BYTES:,} characters",
            found=f"{len(text):,}",
            where="pasted table",
            remedy="paste one row a product.",
        )
    frame, _, _ = read_csv(text.encode(), "pasted table", row_names=False)
    if frame.empty:
        raise refuse(
            expected="a header, and a row for each product",
            found="a header only" if text.strip() else "nothing",
            where="pasted table",
            remedy="paste the rows below the header.",
        )
    return checked_table(frame, "pasted table")


def checked_table(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """The table with columns as the package calls them; refused where it has too many rows, or two
    columns that mean the same."""
    if len(frame) > MOST_ROWS:
        raise refuse(
            expected=f"at most {MOST_ROWS} products",
            found=f"{len(frame)} rows",
            where=name,
            remedy="keep the products of one market.",
        )
    names = {column: _standard_name(str(column)) for column in frame.columns}
    table = frame.rename(columns=names)
    double = table.columns[table.columns.duplicated()]
    if len(double):
        alike = [column for column, standard in names.items() if standard == double[0]]
        raise refuse(
            expected=f"one column for {double[0]}",
            found=", ".join(map(str, alike)),
            where=name,
            remedy="delete all but one of them.",
        )
    for column in ("product_ids", "firm_ids"):
        if column not in table:
            words = ", ".join(_NAMES[column][:3])
            raise refuse(
                expected=f"a column '{column}' (or {words})",
                found=", ".join(map(str, frame.columns)),
                where=name,
                remedy="name the columns in the first row.",
            )
    return table


def _standard_name(column: str) -> str:
    plain = column.lower().replace(" ", "").replace("_", "").replace(".", "")
    for standard, others in _NAMES.items():
        if plain == standard.replace("_", "") or plain in others:
            return standard
    return column
