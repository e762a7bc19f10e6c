"""Times of every form that a feed brings, as UTC."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

EXCEL_EPOCH = datetime(1899, 12, 30)
EXCEL_DAYS = (20_000, 80_000)  # 1954 to 2119: what a spreadsheet makes of a date
EPOCH_SECONDS = (100_000_000, 10_000_000_000)  # 1973 to 2286
NUMBER = re.compile(r"^\d+(\.\d+)?$")

# dateutil fills what a text leaves out from a default: where two defaults give two times, it was not a whole date.
DEFAULTS = (datetime(2000, 1, 1), datetime(2001, 2, 2))


def parse_time(value: Any, zone: ZoneInfo, *, day_first: bool = False, date_format: str | None = None) -> datetime:
    """A feed's time as UTC; naive times are taken to be in `zone`.

    Reads ISO 8601, `date_format` (strptime), dates as people write them, spreadsheet day numbers, and seconds or
    milliseconds since 1970. Raises ValueError when the value is none of these.
    """
    moment = _moment(value, day_first=day_first, date_format=date_format)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return moment.astimezone(UTC)


def _moment(value: Any, *, day_first: bool, date_format: str | None) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    text = str(value).strip()
    if isinstance(value, int | float) or NUMBER.match(text):
        return _from_number(float(text))
    if date_format:
        return datetime.strptime(text, date_format)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return _as_written(text, day_first=day_first)


def _from_number(number: float) -> datetime:
    if EXCEL_DAYS[0] <= number <= EXCEL_DAYS[1]:
        return EXCEL_EPOCH + timedelta(seconds=round(number * 86_400))
    for seconds in (number, number / 1000):
        if EPOCH_SECONDS[0] <= seconds <= EPOCH_SECONDS[1]:
            return datetime.fromtimestamp(seconds, UTC)
    raise ValueError(f"{number:g} is no time")


def _as_written(text: str, *, day_first: bool) -> datetime:
    from dateutil import parser

    try:
        one, other = (parser.parse(text, dayfirst=day_first, default=default) for default in DEFAULTS)
    except (parser.ParserError, OverflowError):
        raise ValueError(f"{text[:40]!r} is no time") from None
    if one != other:
        raise ValueError(f"{text[:40]!r} is not a whole date")
    return one
