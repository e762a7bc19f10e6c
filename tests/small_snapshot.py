"""A small published snapshot, made by one whole night, for tests of what reads snapshots."""

import csv
import time
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from cxtext.night import open_night
from cxtext.steps import run_night

RUN = "2026-03-15"
FIRST_DAY = date(2026, 2, 2)  # a Monday, six weeks before the run's Sunday

SETTINGS = """
company = "Tidewell"
timezone = "Europe/London"
data_root = "data"

[[sources]]
name = "csat"
kind = "csv"
path = "csat.csv"
channel = "survey"

[sources.columns]
id = "id"
text = "comment"
created_at = "submitted"
score = "score"
team = "team"

[sources.score]
kind = "csat"
"""

LEAKS = """\
The new tap drips at the joint and the cupboard below is soaked
water is leaking from the tap joint under my sink again
Third visit and the tap still leaks, the board under the sink is swollen
tap leaking all over the cupboard since the fitter left
There is a leak at the joint of the kitchen tap, please send someone
Puddle under the sink every morning, it comes from the tap joint
Your fitter said the joint was tight. The tap leaks anyway.
leaking tap number two, the cupboard smells of damp now
I put a bowl under the tap joint, it is full by noon
The seal at the tap is gone and water runs down the back of the cupboard
my kitchen tap leaks at the base, second time this year
Still a drip from the joint under the sink, nobody has rung me about the tap"""
CHARGES = """\
You have charged my card twice for March, please refund one payment
two payments taken this month for one filter plan
double charge on my statement, same amount on the same day
Why have I been billed twice? I want the second payment back
charged twice AGAIN for the filter plan
My bank shows the same payment of 14.99 two times, please refund one
I cancelled the plan and you still took a payment, refund it please
billed for two plans, I only ever had one
The refund for the double payment has not reached my bank
Twice the monthly fee was taken from my account this morning
payment went out two times and the bank says ask the shop
one order, two charges on my card, no refund yet"""
VISITS = """\
The engineer never turned up and nobody called me
Waited in all day for the engineer, no show, no message
appointment was between 8 and 12, nobody came
Third missed appointment. I take a day off work each time!
Your engineer did not come and the office said he had rung the bell. He had not.
nobody came for the annual service visit on Tuesday
Engineer booked for Friday, never arrived, no apology
I was promised a visit before noon and waited until six for no engineer
the visit was moved twice and then the engineer did not appear
no one came to the appointment, please book me another engineer"""
OTHERS = """\
All good, thank you, the fitter was lovely
n/a
Where do I find the serial number of the filter?
Danke, alles hat sehr gut geklappt und der Monteur war freundlich"""


@cache
def publish_small_snapshot(folder: Path) -> Path:
    """Process six weeks of comments below `folder`, once a session; the charges surge in the last. Returns the root."""
    spread = [*LEAKS.splitlines(), *VISITS.splitlines(), *OTHERS.splitlines(), *CHARGES.splitlines()[:4]]
    surge = CHARGES.splitlines()[4:]
    return publish(
        folder,
        [(row * 11 % 42, comment) for row, comment in enumerate(spread)]
        + [(35 + row % 7, comment) for row, comment in enumerate(surge)],
    )


def publish(folder: Path, comments: Sequence[tuple[int, str]]) -> Path:
    """Process (day, comment), days counted from the first, as one run below `folder`; returns the data root."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "csat.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "submitted", "score", "team", "comment"])
        for row, (day, comment) in enumerate(comments):
            moment = f"{FIRST_DAY + timedelta(days=day)}T10:{row:02d}:00Z"
            writer.writerow([row + 1, moment, row % 3 + 1, "North" if row % 2 else "South", comment])
    config = folder / "cxtext.toml"
    config.write_text(SETTINGS, "utf-8")
    night = open_night(config, RUN)
    run_night(night, lambda *_: None, time.perf_counter)
    return night.root.path
