"""Times of every form that a feed brings."""

import warnings
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxtext.times import parse_time

LONDON = ZoneInfo("Europe/London")
NEW_YORK = ZoneInfo("America/New_York")
ZULU = ZoneInfo("UTC")
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def test_a_naive_time_is_taken_to_be_in_the_sources_zone() -> None:
    assert parse_time("2026-07-05 12:00", LONDON) == datetime(2026, 7, 5, 11, tzinfo=UTC)
    assert parse_time(datetime(2026, 1, 5, 7), NEW_YORK) == NOON


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-05T12:00:00Z", "2026-01-05T12:00:00+00:00", "2026-01-05 07:00:00-05:00", "2026-01-05T13:00+0100",
        "20260105T120000Z", "2026-01-05T12:00:00.000000000Z", "Mon, 5 Jan 2026 12:00:00 GMT",
        "Mon, 5 Jan 2026 07:00:00 -0500", "Mon, 5 Jan 2026 07:00:00 EST", "2026-01-05 4:00 AM PST",
        "2026-01-05 13:00 CET", "2026-01-05 7:00 AM ET",
    ],
)  # fmt: skip
def test_a_time_with_a_zone_keeps_it_whatever_the_sources_zone(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert parse_time(text, ZoneInfo("Asia/Tokyo")) == NOON


def test_american_summer_time_is_known_by_its_day() -> None:
    assert parse_time("2026-07-05 7:00 AM ET", ZULU) == datetime(2026, 7, 5, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-05 12:00", "2026-01-05T12:00:00", "2026-01-05 12:00:00 PM", "1/5/2026 12:00", "01/05/2026 12:00:00 PM",
        "Jan 5, 2026, 12:00 PM", "5 January 2026 12:00", "12:00:00 PM 2026-01-05", "2026/1/5 12:00",
        "2026-01-05 00:00:00 12:00:00", "20260105120000",
    ],
)  # fmt: skip
def test_a_time_as_people_write_it(text: str) -> None:
    assert parse_time(text, ZULU) == NOON


@pytest.mark.parametrize("text", ["2026-01-05", "20260105", "1/5/2026", "2026-1-5", "Jan 5 2026", "05 Jan 2026"])
def test_a_date_only_is_its_midnight(text: str) -> None:
    assert parse_time(text, NEW_YORK) == datetime(2026, 1, 5, 5, tzinfo=UTC)


def test_midnight_and_noon_by_the_clock_of_twelve_hours() -> None:
    assert parse_time("1/5/2026 12:00 AM", ZULU).hour == 0
    assert parse_time("1/5/2026 12:00 PM", ZULU).hour == 12
    assert parse_time("1/5/2026 11:59 pm", ZULU).hour == 23


def test_day_first_is_a_setting() -> None:
    assert parse_time("11/04/2018 20:09", ZULU, day_first=True) == datetime(2018, 4, 11, 20, 9, tzinfo=UTC)
    assert parse_time("11/04/2018 20:09", ZULU) == datetime(2018, 11, 4, 20, 9, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2018-04-11", "2018-04-11 9:55", "2018-04-11 9:55 AM", "2018/04/11", "2018.04.11"])
def test_day_first_does_not_turn_dates_that_begin_with_the_year(text: str) -> None:
    parsed = parse_time(text, ZULU, day_first=True)
    assert (parsed.month, parsed.day) == (4, 11)


@pytest.mark.parametrize(("text", "day_first"), [("13/04/2018", False), ("13.04.2018", False), ("04/13/2018", True)])
def test_a_date_against_the_set_order_is_refused_and_not_turned_around(text: str, day_first: bool) -> None:
    # turned around row by row, one feed would be read in two ways
    with pytest.raises(ValueError, match="other order"):
        parse_time(text, ZULU, day_first=day_first)


def test_a_format_of_the_settings_comes_before_every_guess() -> None:
    assert parse_time("05.01.2026 12h00", ZULU, date_format="%d.%m.%Y %Hh%M") == NOON
    assert parse_time("20260501", ZULU, date_format="%Y%d%m") == datetime(2026, 1, 5, tzinfo=UTC)
    assert parse_time(20260501, ZULU, date_format="%Y%d%m") == datetime(2026, 1, 5, tzinfo=UTC)
    with pytest.raises(ValueError, match="does not match"):
        parse_time("2026-01-05", ZULU, date_format="%d.%m.%Y")


def test_a_workbooks_own_dates_are_read_whatever_format_its_texts_have() -> None:
    assert parse_time(46027.5, ZULU, date_format="%d.%m.%Y") == NOON
    assert parse_time(datetime(2026, 1, 5, 12), ZULU, date_format="%d.%m.%Y") == NOON


@pytest.mark.parametrize("value", [46027.5, "46027.5"])
def test_a_spreadsheets_day_number_is_a_local_time(value: Any) -> None:
    assert parse_time(value, ZULU) == NOON
    assert parse_time(value, NEW_YORK) == NOON + timedelta(hours=5)


@pytest.mark.parametrize(
    "value", [1767614400, "1767614400", 1767614400.0, 1767614400000, "1767614400000", "1767614400.0"]
)
def test_seconds_and_milliseconds_since_1970_are_utc_whatever_the_zone(value: Any) -> None:
    assert parse_time(value, NEW_YORK) == NOON


def test_dates_and_times_of_python_and_pandas_pass_through() -> None:
    assert parse_time(date(2026, 1, 5), ZULU) == datetime(2026, 1, 5, tzinfo=UTC)
    assert parse_time(datetime(2026, 1, 5, 13, tzinfo=timezone(timedelta(hours=1))), LONDON) == NOON


def test_nanoseconds_that_no_table_can_hold_are_cut() -> None:
    parsed = parse_time(pd.Timestamp("2026-01-05 12:00:00.000000789"), ZULU)
    assert (type(parsed), parsed) == (datetime, NOON)


@pytest.mark.parametrize(
    "value",
    [
        "10", "March", "March 2026", "2026-03", "2026", "10:30", "Monday", "29 Feb", "today", "now", "", "   ",
        "-5", "0",
        "soon", "Feb 30 2026", "2026-13-01", "2026-02-30", "20261345", "31/02/2026", "24-01-15", "2026-01-05 25:00",
        "2026-01-05 10:00 XYZ", "1e400", "9" * 400, float("nan"), float("inf"), True, None, 0, -1, [], {"a": 1},
    ],
)  # fmt: skip
def test_what_is_not_a_whole_time_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_time(value, ZULU)


@pytest.mark.parametrize("text", ["0001-01-01", "1900-01-01", "1899-12-30", "1970-01-01T00:00:00Z", "0", "01/01/1900"])
def test_the_times_that_systems_write_for_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_time(text, ZoneInfo("Asia/Tokyo"))


def test_far_years_are_times_or_refused_and_never_an_overflow() -> None:
    assert parse_time("9999-12-31", ZULU).year == 9999
    with pytest.raises(ValueError, match="beyond the calendar"):
        parse_time("9999-12-31 23:00", NEW_YORK)


def test_an_hour_that_the_clock_skips_is_read_as_if_it_had_not() -> None:
    assert parse_time("2026-03-29 01:30", LONDON) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert parse_time("2026-03-08 02:30", NEW_YORK) == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)


def test_an_hour_that_the_clock_repeats_is_the_first_of_the_two() -> None:
    assert parse_time("2026-10-25 01:30", LONDON) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert parse_time("2026-11-01 01:30", NEW_YORK) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="0123456789/-.: TZAPMapmjJn+,[]eE年½", max_size=24) | st.text(max_size=30))
def test_any_text_is_a_time_or_a_value_error(text: str) -> None:
    for day_first in (False, True):
        try:
            assert parse_time(text, LONDON, day_first=day_first).tzinfo is UTC
        except ValueError:
            continue


@settings(max_examples=60, deadline=None)
@given(st.datetimes(datetime(1972, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_what_iso_8601_writes_is_what_is_read(moment: datetime) -> None:
    assert parse_time(moment.isoformat(), LONDON) == moment
    assert parse_time(f"{moment:%d/%m/%Y %I:%M:%S %p}", ZULU, day_first=True) == moment.replace(microsecond=0)
