"""The page stands alone, escapes what it is given, and copes with what is missing."""

import html
import json
import os
import re
import shutil
import struct
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from example import tree

from inroads.report.page import render
from inroads.report.sections.ledger import by_file, cross_linked, safe_url
from inroads.report.sections.why import rounded_gains
from inroads.results.words import Words


class Reader(HTMLParser):
    """Tags with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def headings(text: str) -> list[str]:
    return re.findall(r"<h2[^>]*>(?:<small>)?(.*?)(?:</small>|</h2>)", text)


def test_sections(page: str) -> None:
    assert headings(page) == [
        "The answer", "Scenarios", "Why partners matter", "What it hangs on",
        "How well the market is matched", "Products without sales here",
        "Makers on sale, predicted as if never seen", "Limits",
        "Evidence ledger",
    ]  # fmt: skip
    assert page.count("<figure>") == 8
    assert "do not pin this combination of parameters: 0.70 × habit, −0.70 × price" in page
    assert "cannot be told from zero" in page


def test_sections_of_talks(page_of_talks: str) -> None:
    assert headings(page_of_talks) == [
        "The answer", "The talks", "Which deals would be made",
        "Which products, on which terms", "Who loses, and to whom", "Will it hold?", "Politics",
        "Subsidies and financing", "Scenarios at list prices",
        "Why partners matter, at list prices", "What it hangs on", "The firms behind the market",
        "How well the market is matched", "Products without sales here",
        "Makers on sale, predicted as if never seen", "Limits",
        "Evidence ledger",
    ]  # fmt: skip
    assert page_of_talks.count("<figure>") == 15
    assert "Who answers" in page_of_talks
    assert "No bargaining" not in page_of_talks
    assert "Prices stand still" not in page_of_talks
    assert "Muesli 180,000 and Kasha 90,000 through grocers" in page_of_talks
    assert "−25.0 percent, fitted −25.0" in page_of_talks


def test_time_and_risk_comes_after_what_holds(page_of_outlook: str) -> None:
    found = headings(page_of_outlook)
    before, after = found.index("Time and risk") - 1, found.index("Time and risk") + 1
    assert (found[before], found[after]) == ("Subsidies and financing", "What moves the worth")
    assert found[after + 1 : after + 3] == ["The world table", "Scenarios at list prices"]
    assert page_of_outlook.count("<figure>") == 23
    assert "covariance" not in page_of_outlook
    assert "rough picture" not in page_of_outlook


def test_a_page_with_few_draws_says_so(with_outlook: dict[str, Any]) -> None:
    drawn = with_outlook["outlook"]["draws"]
    drawn |= {"count": 17, "failed": 1, "failure": "<b>no</b> root", "contributions": []}
    text = render(tree(with_outlook))
    assert "These are 16 draws: a rough picture." in text
    assert "<code>inroads run cereal --draws 1000</code> would" in text
    assert "16 futures were drawn; 1 more had no solution and are left out." in text
    assert "&lt;b&gt;no&lt;/b&gt; root" not in text
    assert text.count("<figure>") == 22


def test_a_page_without_draws(with_outlook: dict[str, Any]) -> None:
    ahead = with_outlook["outlook"]
    del ahead["draws"], ahead["world"]
    ahead |= {"listing": None, "staged_entry": [], "paths": ahead["paths"][:1]}
    text = render(tree(with_outlook))
    assert "No futures were drawn" in text
    assert "What moves the worth" not in headings(text)
    assert "The world table" not in headings(text)
    assert "valuations" not in text
    with_outlook["outlook"] = None
    assert "Time and risk" not in headings(render(tree(with_outlook)))


def test_pages_with_less_of_the_strategic_part(with_talks: dict[str, Any]) -> None:
    found = with_talks["negotiations"]
    for part in ("full_range", "terms", "interventions", "levers", "swings", "events"):
        found[part] = []
    found["networks"] |= {"networks": [], "stable": [], "effects": []}
    text = headings(render(tree(with_talks)))
    assert "Politics" not in text
    assert "Which products, on which terms" not in text
    assert "The talks" in text
    with_talks["negotiations"] = None
    text = headings(render(tree(with_talks)))
    assert "The talks" not in text
    assert "Scenarios" in text
    assert "The firms behind the market" in text
    with_talks["firms"] = None
    assert "The firms behind the market" not in headings(render(tree(with_talks)))


def test_missing_sections_are_left_out(
    without_entry: dict[str, Any], one_entrant: dict[str, Any]
) -> None:
    text = render(tree(without_entry))
    assert headings(text) == [
        "The answer", "Scenarios", "How well the market is matched", "Limits",
    ]  # fmt: skip
    assert "<figure>" not in text
    assert "boxes a week" in text.lower()
    assert "Being known" in headings(render(tree(one_entrant)))
    without_entry["scenarios"] = []
    assert "Scenarios" not in headings(render(tree(without_entry)))


#: words of one market; "open channel" and "campaign" are everybody's
INDUSTRY = r"phone|handset|carrier|subscriber|prepaid|unlocked|flagship|mid-range|device|AT&amp;T"


def test_no_words_of_one_market(page: str, page_of_talks: str, page_of_outlook: str) -> None:
    for text in (page, page_of_talks, page_of_outlook):
        assert re.findall(INDUSTRY, text.partition("</style>")[2], flags=re.IGNORECASE) == []


def test_no_words_of_what_a_market_has_not(with_outlook: dict[str, Any]) -> None:
    with_outlook["features"] = dict.fromkeys(("financing", "compatibility", "members"), False)
    with_outlook["negotiations"]["levers"] = [
        lever for lever in with_outlook["negotiations"]["levers"] if lever["kind"] == "none"
    ]
    with_outlook["outlook"]["draws"]["inputs"] = with_outlook["outlook"]["draws"]["inputs"][:2]
    text = render(tree(with_outlook)).partition("</style>")[2]
    nouns = r"instalment|deferred|subsid|compatib|fits it|of a member|’s loss"
    assert re.findall(nouns, text, flags=re.IGNORECASE) == []
    assert "a deal brings the grocer’s shelf and a campaign" in text


def test_no_words_of_politics_where_there_is_none(with_talks: dict[str, Any]) -> None:
    found = with_talks["negotiations"]
    found["interventions"] = []
    for row in found["prospects"]:
        row |= {"political_hazard": 0.0, "political_hazard_low": None}
    found["swings"] = []
    sections = [*("talks", "breakdown", "limits"), "answer"]
    text = render(tree(with_talks))
    for name in sections:
        part = text.partition(f'id="{name}"')[2].partition("</section>")[0]
        assert re.findall(r"politic|hazard(?!s of the talks)", part, flags=re.IGNORECASE) == [], (
            name
        )


def test_a_study_sets_the_nouns(with_talks: dict[str, Any]) -> None:
    with_talks["words"] |= {"channel": "pub", "channels": "pubs", "direct": "at the brewery",
                            "main_products": "ales", "member": "regular", "members": "regulars",
                            "financing": "slates"}  # fmt: skip
    text = render(tree(with_talks)).partition("</style>")[2]
    assert "through this pub if they agree" in text
    assert "the pub’s shelf, its slates, a product that fits it, and a campaign" in text
    assert "selling at the brewery only" in text
    assert "buy Muesli&#39;s ales at about" in text
    assert "grocers" not in text
    assert "Dollars a regular." in text


@pytest.mark.parametrize("which", ["page", "page_of_talks", "page_of_outlook"])
def test_it_asks_for_nothing(which: str, request: pytest.FixtureRequest) -> None:
    page = request.getfixturevalue(which)
    reader = Reader(page)
    asking = {"script", "link", "iframe", "img", "image", "object", "embed", "base", "use", "form"}
    assert asking.isdisjoint(tag for tag, _ in reader.tags)
    for tag, attributes in reader.tags:
        assert not {"src", "srcset", "xlink:href", "action"} & attributes.keys()
        assert not any(name.startswith("on") for name in attributes)
        if "href" in attributes:
            assert tag == "a"
    links = [a["href"] or "" for tag, a in reader.tags if "href" in a]
    assert {link for link in links if not link.startswith("#")} == {"https://example.org/oats"}
    assert not re.search(r"@import|url\((?!#|data:font)", page)


@pytest.mark.parametrize("which", ["page", "page_of_talks", "page_of_outlook"])
def test_links_within_the_page_arrive(which: str, request: pytest.FixtureRequest) -> None:
    reader = Reader(request.getfixturevalue(which))
    ids = [a["id"] for _, a in reader.tags if "id" in a]
    assert len(ids) == len(set(ids))
    inside = {
        (a["href"] or "")[1:] for _, a in reader.tags if (a.get("href") or "").startswith("#")
    }
    assert inside >= {"number-loyal-share"}
    assert inside <= set(ids)


def test_everything_is_escaped(with_outlook: dict[str, Any]) -> None:
    data = with_outlook
    hostile = "</style></svg><script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}"
    row = data["ledger"][1]
    for key in ("quote", "source", "published", "period", "unit", "id"):
        row[key] = hostile
    data["ledger"][0]["reason"] = data["ledger"][2]["place"] = hostile
    data["ledger"][2]["file"] = hostile
    data["ledger"][2]["url"] = "javascript:alert(3)"
    data["study"] |= {"name": hostile, "title": hostile, "question": hostile}
    data["words"] = dict.fromkeys(Words.model_fields, hostile)
    data["scenarios"][0]["name"] = data["sales_swings"][0]["reason"] = hostile
    data["scenarios"][-1]["title"] = hostile
    data["calibration"]["targets"][0]["label"] = hostile
    data["hedonic"]["products"][0]["product"] = hostile
    found = data["negotiations"]
    found["events"][0] |= {"event": hostile, "source": hostile, "url": "javascript:alert(4)"}
    found["interventions"][0]["manufacturer"] = hostile
    data["firms"]["channels"][0]["channel"] = hostile
    data["firms"]["margin_target"]["channel"] = hostile
    ahead = data["outlook"]
    ahead["world"]["research_firm"] = ahead["staged_entry"][0]["channels"][0] = hostile
    ahead["draws"]["inputs"][0]["keys"][0]["name"] = hostile
    ahead["paths"][0]["firm_value_changes"][hostile] = 1e9
    text = render(tree(data))
    tags = Reader(text).tags
    assert {"script", "img"}.isdisjoint(tag for tag, _ in tags)
    assert "javascript:" not in text
    assert "49" not in re.findall(r"\{\{ ?(\S*)", text)
    assert "&lt;script&gt;" in text


def test_only_web_addresses_become_links() -> None:
    assert safe_url("https://a.org/x") == "https://a.org/x"
    for address in ("javascript:alert(1)", "data:text/html,x", "//a.org", "http:", "", "x["):
        assert safe_url(address) == ""
    assert safe_url("http://[") == ""


def test_ids_in_reasons_are_links_and_the_rest_is_text() -> None:
    text = str(cross_linked("a <b> near loyal-share, not other-share", {"loyal-share"}))
    assert text == (
        'a &lt;b&gt; near <a href="#number-loyal-share">loyal-share</a>, not other-share'
    )


def test_a_number_is_listed_once_a_file(data: dict[str, Any]) -> None:
    files = by_file(tree(data))
    assert list(files) == ["study.toml", "targets.csv", "offers.csv"]
    (entry,) = files["offers.csv"]
    assert entry.places == ["Bran, Mart: price", "Bran, Grocer: price"]
    assert entry.amount == "$3.99"
    assert files["study.toml"][0].range == "15 percent to 60 percent"


def test_the_table_of_gains_adds_up(data: dict[str, Any], page: str) -> None:
    gains = rounded_gains(tree(data))
    for gain, d in zip(gains, data["decompositions"], strict=True):
        assert sum(gain.parts) == gain.total
        assert abs(gain.total - d["gain"]) <= 500
    html = page.partition('id="gains"')[2].partition("</table>")[0]
    rows = re.findall(r'<tr class="main">(.*?)</tr>', html)
    assert len(rows) == 2
    for row in rows:
        *parts, gain = (float(n.replace(",", "")) for n in re.findall(r"[\d,]+$|[\d,]+(?=<)", row))
        assert sum(parts) == gain > 0


def chromium(tmp_path: Path, *arguments: str, fonts: str = "") -> str:
    """What Chromium prints; fonts: the only folder of fonts that it sees, "" for all there are."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    browser = next(filter(None, map(shutil.which, names)), None)
    assert browser, "chromium is needed to see the page: apt-get install -y chromium"
    where = {**os.environ, "HOME": str(tmp_path)}
    if fonts:
        where["FONTCONFIG_FILE"] = str(tmp_path / "fonts.conf")
        (tmp_path / "fonts.conf").write_text(
            '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
            f"<dir>{fonts}</dir><cachedir>{tmp_path / 'cache'}</cachedir></fontconfig>"
        )
    done = subprocess.run(
        [
            browser, "--headless", "--no-sandbox", "--disable-gpu",
            "--disable-background-networking", "--virtual-time-budget=8000",
            f"--user-data-dir={tmp_path / 'profile'}", *arguments,
        ],
        capture_output=True, text=True, env=where, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.browser
def test_a_browser_shows_it(page_of_outlook: str, tmp_path: Path) -> None:
    file, picture = tmp_path / "report.html", tmp_path / "page.png"
    file.write_text(page_of_outlook, encoding="utf-8")
    chromium(tmp_path, "--window-size=1000,1400", f"--screenshot={picture}", file.as_uri())
    dom = chromium(tmp_path, "--window-size=1000,1400", "--dump-dom", file.as_uri())
    assert headings(dom)[0] == "In one screen"
    assert dom.count("<svg") == 23
    drawing = picture.read_bytes()
    assert drawing[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">I", drawing[16:20]) == (1000,)
    assert len(drawing) > 20_000


@pytest.mark.browser
@pytest.mark.parametrize("fonts", ["dejavu", "liberation"])
def test_no_text_of_a_chart_is_cut_or_lies_on_another(
    fonts: str, page_of_outlook: str, tmp_path: Path
) -> None:
    """At 400, 1,000 and 1,600 pixels, whatever fonts there are: the page brings its own."""
    script = (Path(__file__).parent / "text_boxes.js").read_text(encoding="utf-8")
    page = page_of_outlook.replace(
        "default-src 'none';", "default-src 'none'; script-src 'unsafe-inline';"
    ).replace("</body>", f"<script>{script}</script></body>")
    file = tmp_path / "page.html"
    file.write_text(page, encoding="utf-8")
    folder = f"/usr/share/fonts/truetype/{fonts}"
    dom = chromium(tmp_path, "--window-size=1600,1000", "--dump-dom", file.as_uri(), fonts=folder)
    said = re.search(r'<pre id="found">(.*?)</pre>', dom, re.DOTALL)
    assert said is not None
    assert json.loads(html.unescape(said[1])) == {"found": [], "font": True, "charts": 23}
