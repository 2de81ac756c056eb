"""The buttons that hand out tables, pictures, the page and the code."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

import pandas as pd
from shiny import Inputs, render

from inroads.dashboard.downloads import csv_bytes, page, workbook
from inroads.dashboard.picture import Picture
from inroads.results.words import Words


def serve_takeaway(
    input: Inputs,
    *,
    words: Words,
    per: str,
    title: str,
    about: Callable[[], Sequence[str]],
    tables: Callable[[], Mapping[str, pd.DataFrame]],
    pictures: Callable[[], Sequence[Picture]],
    code: Callable[[], str],
) -> None:
    """Downloads of a study's tab: the table that is open, all tables, pictures, page, code."""

    @render.download_button(filename=lambda: f"{input.table().lower()}.csv")
    def csv() -> Iterator[bytes]:
        every = tables()
        yield csv_bytes(every.get(input.table(), every["Makers"]))

    @render.download_button(filename="case.xlsx")
    def excel() -> Iterator[bytes]:
        yield workbook(tables(), words, per)

    @render.download_button(filename="pictures-svg.zip")
    def svg() -> Iterator[bytes]:
        yield zipped(pictures(), "svg")

    @render.download_button(filename="pictures-png.zip")
    def png() -> Iterator[bytes]:
        yield zipped(pictures(), "png")

    @render.download_button(filename="case.html")
    def page_() -> Iterator[bytes]:
        yield page(title, about(), tables(), pictures(), code(), words)

    @render.download_button(filename="case.py")
    def code_() -> Iterator[str]:
        yield code()


def zipped(pictures: Sequence[Picture], kind: Literal["svg", "png"]) -> bytes:
    """Pictures as files of one archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for picture in pictures:
            archive.writestr(f"{picture.name}.{kind}", picture.to_take_away(kind))
    return stream.getvalue()
