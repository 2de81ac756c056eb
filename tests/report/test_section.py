"""A new section: one module with a function, and one line in the list of sections."""

import io
from typing import Any

import altair as alt
import pandas as pd
import pytest
from example import tree
from rich.console import Console

from inroads.report import sections
from inroads.report.chart_style import titled
from inroads.report.page import render
from inroads.report.section import Details, Figure, Heading, Section, blocks, note, text
from inroads.report.table import BriefTable, Column, Table
from inroads.report.terminal import print_results
from inroads.results.tree import Results


def weather(results: Results) -> Section | None:
    """What a section has to give; nothing for studies before 2001."""
    if results.study.as_of.year < 2001:
        return None
    frame = pd.DataFrame({"x": [1.0, 2.0], "y": [3.0, 4.0]})
    chart = titled(alt.Chart(frame).mark_line().encode(x="x", y="y"), "It rains more")
    return Section(
        name="weather",
        title="Weather",
        blocks=blocks(
            text(f"Rain & {results.words.units}."),
            text(""),
            Figure("rain", chart),
            Figure("snow", None),
            Heading("Snow"),
            Details("More", [Table(heads=("Day", "Snow"), rows=[("Monday", "3")])]),
            Table(heads=("Nothing",), rows=[]),
            note("In millimetres."),
        ),
        brief=(
            "It rained.",
            BriefTable(
                columns=[Column(head="Day", is_number=False), Column(head="Rain")],
                rows=[("Monday", "12")],
                caption="mm",
            ),
        ),
    )


def test_a_section_knows_its_sentences_charts_and_tables(data: dict[str, Any]) -> None:
    section = weather(tree(data))
    assert section is not None
    assert section.sentences == ["Rain & boxes.", "In millimetres."]
    assert [(figure.name, figure.title) for figure in section.charts] == [("rain", "It rains more")]
    assert [table.heads for table in section.tables] == [("Day", "Snow")]


def test_page_and_terminal_print_it(data: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sections, "SECTIONS", (*sections.SECTIONS[:1], weather))
    page = render(tree(data))
    assert "<h2>Weather</h2>" in page
    assert "<p>Rain &amp; boxes.</p>" in page
    assert '<svg role="img" aria-labelledby="title-rain"' in page
    assert "<summary>More</summary>" in page
    assert "Nothing" not in page
    out = io.StringIO()
    print_results(tree(data), Console(file=out, width=80, color_system=None))
    text_ = out.getvalue()
    assert "It rained." in text_
    assert text_.index("It rained.") < text_.index("Monday") < text_.index("mm")
    data["study"]["as_of"] = "2000-12-31"
    assert "Weather" not in render(tree(data))
