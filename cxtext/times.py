"""Times of every form that a feed brings, as UTC."""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)  # 0001, 1900 and 1970 are what systems write where they know no time
EXCEL_EPOCH = datetime(1899, 12, 30)
EXCEL_DAYS = (20_000, 80_000)  # 1954 to 2119: what a spreadsheet makes of a date
EPOCH_SECONDS = (100_000_000, 10_000_000_000)  # 1973 to 2286
NUMBER = re.compile(r"^\d+(\.\d+)?$")
# Digits of a number -> the date that it is written as; no day number and no count of (milli)seconds has as many.
COMPACT = {8: "%Y%m%d", 14: "%Y%m%d%H%M%S"}

# dateutil fills what a text leaves out from a default: where two defaults give two times, it was not a whole date.
DEFAULTS = (datetime(2000, 1, 1), datetime(2001, 2, 2))
# Where a first number can be no month, dateutil takes it for the day, row by row: one feed would be read in two ways.
DAY_AND_MONTH = re.compile(r"(?<![\d/.:-])(\d{1,2})([/.-])\d{1,2}\2\d{2,4}\b")
YEAR_FIRST = re.compile(r"(\d{4})([/.-])(\d{1,2})\2\d{1,2}\b")

# dateutil takes an abbreviation that it does not know for no zone at all. Where one has two meanings, RFC 2822's.
OFFSETS = {
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "WET": 0, "WEST": 1,
    "BST": 1, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3, "MSK": 3, "JST": 9, "AEST": 10,
    "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip
AMERICAN = {"ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles"}


def parse_time(value: Any, zone: ZoneInfo, *, day_first: bool = False, date_format: str | None = None) -> datetime:
    """A feed's time as UTC; naive times are taken to be in `zone`.

    Reads ISO 8601, `date_format` (strptime), dates as people write them, spreadsheet day numbers, and seconds or
    milliseconds since 1970. Raises ValueError when the value is none of these, or lies before 1971.
    """
    moment = _moment(value, day_first=day_first, date_format=date_format)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{moment:%Y} is beyond the calendar") from None
    if moment < EARLIEST:
        raise ValueError(f"{moment:%Y} is too long ago")
    return moment


def _moment(value: Any, *, day_first: bool, date_format: str | None) -> datetime:
    if isinstance(value, datetime):
        # pandas' own kind carries nanoseconds, which no table of ours can hold
        return datetime.combine(value.date(), value.timetz())
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    text = f"{value:.15g}" if isinstance(value, float) else str(value).strip()
    is_number = isinstance(value, int | float) or NUMBER.match(text) is not None
    if date_format:
        try:
            return datetime.strptime(text, date_format)
        except ValueError:
            # a spreadsheet's own dates are day numbers whatever the texts beside them look like
            if not is_number:
                raise
    if is_number:
        return _from_number(text)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return _as_written(text, day_first=day_first)


def _from_number(text: str) -> datetime:
    if len(text) in COMPACT and text.isdecimal():
        return datetime.strptime(text, COMPACT[len(text)])
    number = float(text)
    if EXCEL_DAYS[0] <= number <= EXCEL_DAYS[1]:
        return EXCEL_EPOCH + timedelta(seconds=round(number * 86_400))
    for seconds in (number, number / 1000):
        if EPOCH_SECONDS[0] <= seconds <= EPOCH_SECONDS[1]:
            return datetime.fromtimestamp(seconds, UTC)
    raise ValueError(f"{number:g} is no time")


def _as_written(text: str, *, day_first: bool) -> datetime:
    from dateutil import parser

    year_first = YEAR_FIRST.search(text)
    day_first = day_first and year_first is None
    try:
        one, other = (parser.parse(text, dayfirst=day_first, default=default, tzinfos=_zone_of) for default in DEFAULTS)
    except (ValueError, OverflowError):
        raise ValueError(f"{text[:40]!r} is no time") from None
    if one != other:
        raise ValueError(f"{text[:40]!r} is not a whole date")
    if year_first and (one.year, one.month) != (int(year_first[1]), int(year_first[3])):
        raise ValueError(f"{text[:40]!r} is no time")
    short = DAY_AND_MONTH.search(text)
    if short and int(short[1]) != (one.day if day_first else one.month):
        raise ValueError(f"{text[:40]!r} has day and month in the other order")
    return one


def _zone_of(name: str | None, offset: int | None) -> tzinfo | None:
    """What a time's own words say of its zone: an offset in seconds, or a name."""
    if offset is not None:
        return timezone(timedelta(seconds=offset))
    if name is None:
        return None
    if name in AMERICAN:
        return ZoneInfo(AMERICAN[name])
    if name in OFFSETS:
        return timezone(timedelta(hours=OFFSETS[name]))
    raise ValueError(f"unknown time zone {name!r}")
