"""When each text of the demo was written: the lives of its themes, and the rhythm of weeks and days."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

FIRST = date(2026, 1, 5)
LAST = date(2026, 3, 15)
WEEKS = 10
ZONE = ZoneInfo("Europe/London")

Text = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Life:
    """How a theme's texts spread over the ten weeks, and the days that it never leaves.

    `sway` is how far chance bends each week's share: a theme that is the same every week to the text looks invented.
    """

    weekly: Sequence[float] = (1,) * WEEKS
    first: date = FIRST
    last: date = LAST
    sway: float = 0.0


STEADY = Life(sway=0.25)

# Weeks begin on: 5, 12, 19, 26 Jan, 2, 9, 16, 23 Feb, 2, 9 Mar. Themes that are not here are steady.
LIVES = {
    # firmware 4.2 goes out in the night to 27 January, 4.3 in the last week of February
    "app_pairing": Life((0, 0, 0, 10, 22, 19, 9, 7, 2, 1), first=date(2026, 1, 27)),
    "engineer_no_show": Life((3, 4, 3, 4, 3, 4, 17, 19, 4, 4)),
    "smell_plastic": Life((0, 0, 0, 0, 0, 0, 0, 7, 13, 20), first=date(2026, 2, 23)),
    "double_charge": Life((14, 18, 13, 0, 0, 0, 0, 0, 18, 12)),
    "filter_late": Life((4, 4, 5, 3, 5, 21, 24, 5, 5, 4)),
    "promo_first_free": Life((0, 0, 8, 12, 10, 9, 6, 0, 0, 0), first=date(2026, 1, 19), last=date(2026, 2, 22)),
    "hold_time": Life((4, 3, 4, 3, 4, 11, 11, 4, 3, 3)),
    "aqua_leak": Life((4, 5, 5, 6, 6, 6, 7, 8, 9, 9)),
    # announced on 16 February, in force on 1 March
    "price_increase": Life((0, 0, 0, 0, 0, 0, 14, 17, 19, 20), first=date(2026, 2, 16)),
}

# What a program that follows the themes should find, and on which day it begins.
EVENTS = (
    ("app_pairing", "new", "2026-01-27"),
    ("app_pairing", "spike", "2026-02-02"),
    ("app_pairing", "resolved", "2026-03-02"),
    ("double_charge", "resolved", "2026-01-26"),
    ("double_charge", "reopened", "2026-03-02"),
    ("engineer_no_show", "spike", "2026-02-16"),
    ("filter_late", "spike", "2026-02-09"),
    ("hold_time", "spike", "2026-02-09"),
    ("price_increase", "new", "2026-02-16"),
    ("promo_first_free", "new", "2026-01-19"),
    ("promo_first_free", "resolved", "2026-02-23"),
    ("smell_plastic", "new", "2026-02-23"),
)

WEEKDAY_WEIGHTS = (1.25, 1.1, 1.05, 1.0, 0.95, 0.45, 0.35)  # Monday to Sunday
HOURS = {
    "ticket": (range(7, 23), (2, 4, 7, 8, 8, 6, 6, 5, 5, 5, 4, 5, 6, 6, 5, 3)),
    "mail": (range(8, 21), (4, 7, 9, 9, 6, 5, 6, 6, 5, 4, 3, 3, 3)),
    "chat": (range(8, 21), (4, 7, 8, 8, 9, 8, 6, 6, 6, 6, 6, 5, 4)),
    "survey": (range(8, 23), (3, 5, 6, 6, 7, 6, 5, 5, 5, 6, 7, 8, 8, 6, 3)),
    "employee": (range(8, 18), (3, 5, 7, 7, 6, 4, 6, 7, 8, 5)),
}
GREETINGS = (
    (re.compile(r"\W*(?:<p>)?(?:good )?morning\b|\W*bom dia", re.I), range(8, 12)),
    (re.compile(r"\W*(?:<p>)?(?:good )?afternoon\b|\W*(?:boa tarde|buenas tardes)", re.I), range(13, 17)),
    (re.compile(r"\W*(?:<p>)?(?:good )?evening\b|\W*bonsoir", re.I), range(18, 21)),
)


def seeded(seed: int, purpose: str) -> Random:
    """Chance of its own for each purpose: what one part of the feed draws moves no other part."""
    return Random(f"{seed}:{purpose}")  # noqa: S311 (nothing here is secret)


def dates(texts: Sequence[Text], seed: int) -> list[datetime]:
    """When each text was written, in London time."""
    by_theme: dict[str, list[int]] = {}
    for index, text in enumerate(texts):
        by_theme.setdefault(text["theme"], []).append(index)
    days: dict[int, date] = {}
    for theme, members in by_theme.items():
        chance = seeded(seed, theme)
        placed = place([texts[index] for index in members], LIVES.get(theme, STEADY), chance)
        days |= dict(zip(members, placed, strict=True))
    chance = seeded(seed, "hours")
    return [datetime.combine(days[index], time_of_day(text, chance), tzinfo=ZONE) for index, text in enumerate(texts)]


def place(texts: Sequence[Text], life: Life, chance: Random) -> list[date]:
    """A day for each text of one theme: the theme's pattern, within the days that the text's own words allow.

    Texts that allow the fewest days choose first. One whose days are all taken keeps to its own days.
    """
    slots = contact_days(life, len(texts), chance)
    windows = [window(text, life) for text in texts]
    order = list(range(len(texts)))
    chance.shuffle(order)
    order.sort(key=lambda index: windows[index][1] - windows[index][0])
    days: dict[int, date] = {}
    for index in order:
        after, before = windows[index]
        fitting = [slot for slot in slots if after <= slot <= before]
        slot = chance.choice(fitting) if fitting else min(slots, key=lambda day: _outside(day, after, before))
        slots.remove(slot)
        days[index] = _settled(min(max(slot, after), before), texts[index]["kind"], after, before, chance)
    return [days[index] for index in range(len(texts))]


def window(text: Text, life: Life) -> tuple[date, date]:
    """The first and last day on which a text can have been written: its own, within its theme's life."""
    after = date.fromisoformat(text["after"]) if "after" in text else life.first
    before = date.fromisoformat(text["before"]) if "before" in text else life.last
    return max(after, life.first), min(before, life.last)


def contact_days(life: Life, count: int, chance: Random) -> list[date]:
    """`count` days that follow a life's weekly pattern and the week's rhythm, in order."""
    weights = [share * chance.uniform(1 - life.sway, 1 + life.sway) for share in life.weekly]
    days: list[date] = []
    for week, quota in enumerate(_shares(weights, count)):
        open_days = [day for day in _days_of(week) if life.first <= day <= life.last]
        if quota:
            days += chance.choices(open_days, [WEEKDAY_WEIGHTS[day.weekday()] for day in open_days], k=quota)
    return sorted(days)


def time_of_day(text: Text, chance: Random) -> time:
    """The time that a text names, or one that fits its greeting, or the habits of its kind."""
    if "at" in text:
        return time.fromisoformat(text["at"])
    hours, weights = HOURS[text["kind"]]
    hour = chance.choices(hours, weights)[0]
    for greeting, greeting_hours in GREETINGS:
        if greeting.match(text["body"]):
            hour = chance.choice(greeting_hours)
    return time(hour, chance.randrange(60), chance.randrange(60))


def _settled(day: date, kind: str, after: date, before: date, chance: Random) -> date:
    """Surveys are answered a day or two after the contact; employees hardly write at weekends."""
    if kind == "survey":
        return min(day + timedelta(days=chance.choice((1, 2))), before)
    if kind == "employee" and day.weekday() > 4 and chance.random() < 0.9:
        friday, monday = day - timedelta(days=day.weekday() - 4), day + timedelta(days=7 - day.weekday())
        return next((other for other in (monday, friday) if after <= other <= before), day)
    return day


def _outside(day: date, after: date, before: date) -> timedelta:
    return max(after - day, day - before)


def _days_of(week: int) -> list[date]:
    return [FIRST + timedelta(days=7 * week + weekday) for weekday in range(7)]


def _shares(weights: Sequence[float], count: int) -> list[int]:
    """`count` split by weight into whole numbers, largest remainders first."""
    exact = [count * weight / sum(weights) for weight in weights]
    shares = [int(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda week: (shares[week] - exact[week], week))
    for week in by_remainder[: count - sum(shares)]:
        shares[week] += 1
    return shares
