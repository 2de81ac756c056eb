"""The full study that `inroads new DIR --full` writes: it runs, and speaks of its own industry."""

import html
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

from inroads import read_results

OTHERS = (
    r"phone|handset|carrier|subscriber|instal|prepaid|unlocked|huawei|xiaomi|flagship|device"
    r"|quarter|politic|(?<!two-part )tariff|churn|compatib|financ|deferred"
)


def test_the_full_study(tmp_path: Path) -> None:
    """One test, so that the study runs once whatever the number of processes that test."""
    brewery = made_and_run(tmp_path)
    check_page(brewery)
    check_results(brewery)
    check_path(brewery)
    check_prices(brewery)


def made_and_run(place: Path) -> SimpleNamespace:
    """The study, by the commands that its first lines name."""

    def shell(*arguments: str) -> str:
        command = [sys.executable, "-m", "inroads", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd=place)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    shell("new", "brewery", "--full")
    checked, printed = shell("check", "brewery"), shell("run", "brewery")
    return SimpleNamespace(folder=place / "out" / "brewery", checked=checked, printed=printed)


def shown(page: str) -> str:
    """What a reader sees of a page, charts included."""
    body = re.sub(r"<style.*?</style>", "", page.partition("<body")[2], flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", " ", body))


def check_page(brewery: SimpleNamespace) -> None:
    """Page and terminal have nothing of another industry, nor of what the study has not."""
    assert brewery.checked.startswith("brewery: no problems found.\nA run plays ")
    page = shown((brewery.folder / "report.html").read_text(encoding="utf-8"))
    assert len(page) > 20_000
    for text in (page, brewery.printed):
        assert re.findall(rf".{{30}}(?:{OTHERS}).{{30}}", text, re.IGNORECASE) == []
    for word in ("brewer", "chain", "bottles a month", "pale ale", "in shops and bars"):
        assert word in page
    assert not re.search(r"\bmakers?\b|\bunlisted\b|in the open channel only", page)


def check_results(brewery: SimpleNamespace) -> None:
    """Nor has results.json."""
    text = (brewery.folder / "results.json").read_text(encoding="utf-8")
    words = re.sub(r'"[a-z_]+":', "", text)  # names of fields are those of every study
    found = re.findall(rf'"[^"]*(?:{OTHERS})[^"]*"', words, re.IGNORECASE)
    assert set(found) <= {'"deferred payment"', '"compatibility"', '"financing"'}


def check_path(brewery: SimpleNamespace) -> None:
    """Goods bought every month have a path, with a campaign at its launch."""
    results = read_results(brewery.folder)
    assert results.study.per == "month"
    assert results.outlook is not None
    assert results.outlook.draws_solved == 4
    (path,) = results.outlook.paths
    assert path.partners == ("Markt", "Grund")
    assert len(path.units) == 6
    assert all(a > b for a, b in zip(path.units, path.units_without_deals, strict=True))
    assert path.launch_spending[0] > 0
    assert results.hedonic is not None
    assert results.negotiations is not None
    assert results.negotiations.events
    assert not results.features.members
    assert not results.features.successors


def check_prices(brewery: SimpleNamespace) -> None:
    """What costs a dollar or two is priced in cents."""
    results = read_results(brewery.folder)
    deal = results.negotiations.negotiations[0]
    assert f"${deal.wholesale_price:.2f}" in brewery.printed
    page = shown((brewery.folder / "report.html").read_text(encoding="utf-8"))
    for price in (deal.lowest_wholesale_price, deal.retail_price, deal.list_price):
        assert f"${price:.2f}" in page
