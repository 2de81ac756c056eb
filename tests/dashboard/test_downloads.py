"""What is shown and taken away: formats, escapes, workbooks without formulas."""

import io
import xml.etree.ElementTree as ElementTree

import openpyxl
import pandas as pd
import pytest

from inroads.dashboard.columns import cell, head_of, html_table, unit_of
from inroads.dashboard.deals.cases import Case
from inroads.dashboard.deals.pictures import makers_picture, network_words, ranges_picture
from inroads.dashboard.deals.study_cases import Network, StudyCases
from inroads.dashboard.downloads import page, workbook
from inroads.results.words import Words

WORDS = Words(units="bottles", unit="bottle", manufacturer="brewer", channel="chain")


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("units", 171419.4, "171,419"),
        ("units_change", 1200.0, "+1,200"),
        ("units_change", -1200.0, "−1,200"),
        ("share", 0.01723, "1.72%"),
        ("profit_change", -12_480_000.0, "−$12.5M"),
        ("wholesale", 1.8, "$1.80"),
        ("wholesale", 533.2, "$533"),
        ("price_change", -0.0213, "−2.1%"),
        ("value", 35.0, "35"),
        ("low", -0.27, "−0.27"),
        ("lowest", float("nan"), "—"),
        ("agreed", True, "yes"),
        ("channel", "Markt", "Markt"),
    ],
)
def test_a_cell(column: str, value: object, text: str) -> None:
    assert cell(column, value) == text


def test_heads_and_units_are_the_studys_words() -> None:
    assert head_of("units_without", WORDS) == "Bottles without deals"
    assert head_of("manufacturer", WORDS) == "Brewer"
    assert head_of("channel_gain", WORDS) == "Chain gain"
    assert unit_of("units", WORDS, "month") == "bottles a month"
    assert unit_of("wholesale", WORDS, "month") == "dollars a bottle"
    assert unit_of("profit_change", WORDS, "month") == "dollars a month"


def test_names_stay_text() -> None:
    table = pd.DataFrame(
        {"price": [2.0, 3.0], "url": ["https://example.org/?a=1&b=2", "javascript:alert(1)"]},
        index=pd.Index(["<b>=1+1</b>", "=HYPERLINK(1)"], name="product"),
    )
    html = html_table(table, WORDS)
    assert "&lt;b&gt;=1+1&lt;/b&gt;" in html
    assert 'href="https://example.org/?a=1&amp;b=2"' in html
    assert 'href="javascript' not in html
    book = openpyxl.load_workbook(io.BytesIO(workbook({"Products": table}, WORDS, "month")))
    cells = [row[0] for row in book["Products"].iter_rows(min_row=2)]
    assert [c.value for c in cells] == ["<b>=1+1</b>", "=HYPERLINK(1)"]
    assert {c.data_type for c in cells} == {"s"}
    assert [c.value for c in book["columns"][3]] == [
        *("Products", "price", "Price", "dollars a bottle"),
    ]
    taken = page("T", ["<i>"], {"Products": table}, [], "x < 1", WORDS).decode()
    assert "&lt;i&gt;" in taken
    assert "x &lt; 1" in taken


def test_pictures_are_drawings_in_any_width(cases: StudyCases, case: Case) -> None:
    outcome, words = cases.solve(case), cases.study.config.words
    picture = ranges_picture(outcome, words)
    assert picture is not None
    for width in (240, 700):
        drawing = ElementTree.fromstring(picture.on_page(width))
        assert float(drawing.attrib["width"]) <= width + 1
        assert "var(--ink" in picture.on_page(width)
    assert b"var(" not in picture.to_take_away("svg")
    assert picture.to_take_away("png").startswith(b"\x89PNG")
    both = makers_picture(outcome, cases.at_list_prices(case), words)
    assert "now" in both.on_page(400)


@pytest.mark.parametrize(
    ("undone", "words"),
    [
        ("", "Stable: nobody gains by leaving Markt"),
        ("Markt", "Not stable: a side gains by leaving the deal with Markt"),
        ("Grund", "Not stable: Amsel and Grund both gain by a deal too"),
        ("surplus", "One of the deals has nothing to split: it would not be made"),
    ],
)
def test_what_is_said_of_a_network(case: Case, undone: str, words: str) -> None:
    deals = pd.DataFrame({"made": [True, False]}, index=["Markt", "Grund"])
    one = Case(entrant="Amsel", products=case.products, partners=("Markt",))
    assert network_words(one, Network(deals=deals, undone_by=undone), WORDS) == words
