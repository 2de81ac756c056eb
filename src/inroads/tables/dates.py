"""Dates as sources write them: a day, a month or a year."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime

from inroads.errors import refuse

EXPECTED_DATE = "a date: YYYY, YYYY-MM or YYYY-MM-DD"
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_PERIOD = re.compile(
    r"(?P<year>[0-9]{4})"
    r"(?:-?Q(?P<quarter>[1-4])|-?H(?P<half>[12])"
    r"|-(?P<month>0[1-9]|1[0-2])(?!\d)(?:-(?P<day>[0-9]{2})(?!\d))?"
    rf"|\s+(?P<name>{'|'.join(_MONTHS)}))?",
    re.IGNORECASE,
)


def end_of(year: int, month: int = 12, day: int | None = None) -> date:
    """The day itself, or the last day of the month (of the year when no month is given).

    Raises ValueError for a day that no calendar has.
    """
    return date(year, month, day if day is not None else monthrange(year, month)[1])


def known_on(published: str) -> date:
    """The first day on which something published then is surely known.

    A month counts at its end (2017-11 is 2017-11-30), a year at its end (2017 is 2017-12-31).
    Raises `InputError` when the text is no YYYY, YYYY-MM or YYYY-MM-DD.
    """
    parts = _DATE.fullmatch(published.strip())
    if parts:
        try:
            return end_of(*(int(part) for part in parts.groups() if part is not None))
        except (ValueError, IndexError):
            pass
    raise refuse(
        expected=EXPECTED_DATE,
        where=None,
        found=published,
        remedy="write the date in digits, year first.",
    )


def parse_date(text: date | str) -> date:
    """A date, or text in the forms that `known_on` reads, as a date; raises `InputError`."""
    if isinstance(text, datetime):
        return text.date()
    return text if isinstance(text, date) else known_on(text)


def period_end(period: str) -> date:
    """The last day of the latest year, half, quarter, month or day that the text names.

    Reads 2017, 2017Q3, 2017H1, 2017-11, 2017-11-08, '2017 November', and ranges and remarks
    around them ('2017-06/2017-08', 'FY2016 (to 2016-01)'). A text without a year is `date.min`:
    older than everything.
    """
    ends = [date.min]
    for match in _PERIOD.finditer(period):
        year, day = int(match["year"]), match["day"]
        month = 12
        if match["quarter"]:
            month = 3 * int(match["quarter"])
        elif match["half"]:
            month = 6 * int(match["half"])
        elif match["month"]:
            month = int(match["month"])
        elif match["name"]:
            month = 1 + _MONTHS.index(match["name"].lower())
        try:
            ends.append(end_of(year, month, int(day) if day else None))
        except ValueError:
            continue
    return max(ends)
