"""A fixture for the report: a made-up shop called Harbour & Vale, twelve themes over ten weeks, in literal figures."""

import math
from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from typing import Any

import pandas as pd

from cxtext.report.facts import RunFacts
from cxtext.tables import BY_NAME, to_frame
from cxtext.taxonomy import origin_of

MONDAY = date(2025, 4, 7)
WEEKS = [MONDAY + timedelta(weeks=week) for week in range(10)]  # the last one has seen four days

PROCESS, DESIGN = "organization.broken_process", "organization.product_design"
MARKETING, RUDE = "organization.misleading_marketing", "employee.negative_attitude"
PROMISE, TRAINING, POWER = (
    "employee.process_not_followed",
    "employee.lack_of_training",
    "employee.lack_of_empowerment",
)
HOW_TO, ERROR, EXPECTED = "customer.instructions_not_read", "customer.user_error", "customer.incorrect_expectation"

# id, label, status, documents a week, causes in turn, product, score (NPS), what people write
FEED: list[tuple[str, str, str, list[int], list[str], str, int, list[str]]] = [
    ("T01", "Parcel tracking shows no update", "emerging", [14, 16, 13, 15, 18, 16, 19, 17, 48, 31],
     [PROCESS, PROCESS, PROCESS, "unstated", TRAINING], "Home delivery", 3,
     ["The tracking page has said “label created” for nine days and nobody can tell me where the parcel is.",
      "Still no update on order [ORDER_1]. Your carrier says you never handed it over, you say they have it.",
      "Tracking stuck since last Tuesday, I waited in twice for a delivery that never came."]),
    ("T02", "Charged twice after renewal", "reopened", [22, 18, 9, 3, 0, 0, 0, 0, 9, 14],
     [PROCESS, PROCESS, RUDE, MARKETING], "Vale Plus", 2,
     ["Charged twice for May and the first payment is still not back after two weeks.",
      "I renewed Vale Plus once and £7.99 left my account two times on the same day.",
      "Double payment again. In March you promised that this was fixed."]),
    ("T03", "New app logs customers out", "new", [0, 0, 0, 0, 0, 0, 0, 3, 11, 12],
     [PROCESS, DESIGN, PROCESS], "App", 4,
     ["Since the update the app asks me to sign in every single time I open it.",
      "Logged out three times today while paying, and the basket was empty each time.",
      "Version 6 forgets who I am. The old one worked."]),
    ("T04", "Refund takes weeks", "recurring", [31, 29, 33, 30, 28, 34, 31, 29, 33, 17],
     [PROCESS, PROCESS, PROMISE, "unstated", POWER], "Returns", 3,
     ["Returned the coat on 2 May, the warehouse signed for it, and I am still waiting for my money.",
      "Three weeks for a refund is far too long when taking the payment took one second.",
      "The agent said five working days. That was eighteen days ago."]),
    ("T05", "Nobody calls back", "recurring", [18, 17, 20, 19, 17, 21, 18, 22, 19, 11],
     [PROMISE, PROMISE, POWER, RUDE], "Support", 2,
     ["She said that a manager would ring me before noon and nobody did.",
      "Third promised call back that has not happened.",
      "I asked to be called after five, and the only call came at ten in the morning."]),
    ("T06", "Delivery fee on small orders", "recurring", [12, 13, 15, 12, 14, 13, 12, 14, 13, 8],
     [DESIGN, EXPECTED, MARKETING], "Home delivery", 5,
     ["£5.95 to post a pair of socks makes no sense at all.",
      "The banner said free delivery, and at the till there was a fee of £5.95.",
      "Why was I charged for delivery? I have never paid for it before."]),
    ("T07", "How to change a delivery address", "fading", [19, 21, 20, 18, 17, 12, 8, 6, 4, 1],
     [HOW_TO, HOW_TO, ERROR], "Home delivery", 7,
     ["Where do I change the address of an order that I have just placed?",
      "I typed my old postcode by mistake, how can I correct it?",
      "How do I add a second address to my account?"]),
    ("T08", "Gift card rejected at checkout", "resolved", [6, 15, 19, 22, 12, 4, 0, 0, 0, 0],
     [PROCESS, ERROR], "Gift cards", 4,
     ["The gift card my sister bought is refused with error 402.",
      "The code on the card is right, and the checkout still says that it is not valid."]),
    ("T09", "Sizes smaller than the chart", "recurring", [9, 10, 11, 9, 12, 10, 11, 10, 12, 6],
     [DESIGN, MARKETING, EXPECTED], "Clothing", 5,
     ["I ordered by your chart and both shirts are a whole size too small.",
      "A medium that fits like a small. Please mend the chart instead of paying for returns."]),
    ("T10", "Chat closes before an answer", "recurring", [8, 7, 9, 8, 9, 8, 10, 9, 9, 5],
     [PROCESS, RUDE, TRAINING], "Support", 3,
     ["Waited 25 minutes in the chat, then it closed itself.",
      "The agent closed the chat in the middle of my question.",
      "Two agents, two different answers, and then the window was gone."]),
    ("T11", "Thanks for quick help", "recurring", [16, 15, 17, 18, 16, 17, 15, 18, 17, 9],
     ["none"], "Support", 10,
     ["Sorted in five minutes, thank you.", "Lovely service, the replacement came the next day."]),
    ("T12", "Jacket zip breaks", "recurring", [4, 3, 5, 4, 4, 5, 3, 4, 5, 2],
     [DESIGN, PROCESS], "Clothing", 4,
     ["The zip broke the second time I wore the jacket.", "Zip came off its rail after a week."]),
]  # fmt: skip
LOOSE = ["Not happy.", "Could be better, could be worse.", "Please pass this on to whoever does your music."]
SOURCES = [("zendesk", "ticket"), ("chat", "chat"), ("nps survey", "survey")]

FACTS = RunFacts(
    company="Harbour & Vale",
    run="2025-06-13",
    timezone="Europe/London",
    since="2025-06-11T23:00:00+00:00",
    until="2025-06-12T23:00:00+00:00",
    account={
        "rows_read": 214, "documents": 171, "updates": 19, "duplicates": 8, "quarantined": 4, "out_of_window": 12,
    },
    quarantine={"no time: '31/02/2025' is no time": 3, "no text": 1},
    warnings=[],
    models={
        "causes": {"version": "causes-3", "origin_macro_f1": 0.738, "origin_interval": [0.71, 0.77], "documents": 785},
        "themes": {"version": "leiden-2", "nmi": 0.83, "ari": 0.571, "unassigned": 0.04},
        "redaction": {"version": "presidio-2.2", "recall": {"PERSON": 0.91, "PHONE": 0.94}, "precision": 0.97},
    },
    sources=[
        {"name": "zendesk", "kind": "csv", "channel": "ticket", "latest": "2025-06-12T21:40:00+00:00"},
        {"name": "chat", "kind": "jsonl", "channel": "chat", "latest": "2025-06-12T22:10:00+00:00"},
        {"name": "nps survey", "kind": "csv", "channel": "survey", "latest": "2025-06-08T09:00:00+00:00"},
    ],
)  # fmt: skip

EVENTS: list[tuple[date, str, str, float, float, float | None, str]] = [
    (date(2025, 6, 7), "T01", "spike", 48, 17.1, 0.00001, "48 documents where 17 were expected"),
    (date(2025, 6, 9), "T01", "emerging", 51, 17.4, 0.00001, "51 documents where 17 were expected"),
    (date(2025, 6, 8), "T02", "reopened", 16, 0.4, 0.0004, "resolved in May, back"),
    (date(2025, 6, 10), "T03", "new", 17, 0, None, "24 of its 26 documents are of the last two weeks"),
    (date(2025, 6, 11), "T07", "fading", 3, 12.6, None, "3 documents where 13 were expected"),
    (date(2025, 6, 12), "T08", "resolved", 0, 8.2, None, "none for five weeks"),
    (date(2025, 6, 12), "T12", "renamed", 5, 4, None, "was called “Zip quality”"),
    (date(2025, 5, 2), "T08", "spike", 22, 12, 0.01, "an old turn that is no longer news"),
]


def feed_rows() -> list[dict[str, Any]]:
    """Every document of the feed with its theme and main cause, spread over the days of its week."""
    rows = []
    for theme, _, _, weekly, causes, product, score, texts in [
        *FEED,
        ("", "", "", [7] * 9 + [4], ["unstated", "none"], "", 6, LOOSE),
    ]:
        numbers = cycle(range(len(causes) * len(texts) * 7))
        for week, n in zip(WEEKS, weekly, strict=True):
            days = 4 if week == WEEKS[-1] else 7
            for index, number in zip(range(n), numbers, strict=False):
                source, channel = SOURCES[number % 3]
                rows.append(
                    {
                        "document_id": f"{source}:{theme or 'x'}-{week:%m%d}-{index:03}",
                        "source": source,
                        "channel": channel,
                        "created_at": datetime(week.year, week.month, week.day, 9, index % 60, tzinfo=UTC)
                        + timedelta(days=index % days),
                        "text": texts[number % len(texts)],
                        "theme": theme or None,
                        "primary": causes[number % len(causes)],
                        "product": product or None,
                        "score": float(max(0, min(10, score + number % 4 - 1))) if channel == "survey" else math.nan,
                        "account_id": f"A-{number % 17:03}" if channel == "ticket" else None,
                    }
                )
    return rows


def tables(rows: list[dict[str, Any]] | None = None) -> dict[str, pd.DataFrame]:
    """All published tables of the fixture, or of the given rows."""
    rows = feed_rows() if rows is None else rows
    frames = {
        "documents": [document_row(row, index) for index, row in enumerate(rows)],
        "document_causes": [verdict_row(row, index) for index, row in enumerate(rows)],
        "document_themes": [
            {"document_id": row["document_id"], "theme_id": row["theme"], "confidence": 0.71,
             "method": "fit" if row["theme"] else "unassigned"} for row in rows
        ],
        "causes": [cause for index, row in enumerate(rows) for cause in cause_rows(row, index)],
        "themes": [theme_row(entry) for entry in FEED] if len(rows) > 5 else [],
        "theme_events": [
            dict(zip(("day", "theme_id", "event", "observed", "expected", "p_value", "note"), event, strict=True))
            for event in (EVENTS if len(rows) > 5 else [])
        ],
        "trends": trend_rows() if len(rows) > 5 else [],
        "ledger": [
            {"source": "zendesk", "file": "zendesk-0612.csv", "rows_read": 120, "documents": 90, "updates": 19,
             "duplicates": 4, "quarantined": 3, "out_of_window": 4},
            {"source": "chat", "file": "chat.jsonl", "rows_read": 94, "documents": 81, "updates": 0, "duplicates": 4,
             "quarantined": 1, "out_of_window": 8},
        ],
    }  # fmt: skip
    return {name: conformed(name, frame) for name, frame in frames.items()}


def conformed(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The rows as the table's own declaration accepts them: the fixture cannot drift from the contract."""
    table = BY_NAME[name]
    return to_frame(table.conform(pd.DataFrame(rows))) if rows else table.empty()


def document_row(row: dict[str, Any], index: int) -> dict[str, Any]:
    kept = {name: row[name] for name in ("document_id", "source", "channel", "created_at", "text", "product", "score")}
    has_score = not math.isnan(row["score"])
    return kept | {
        "language": "de" if index % 41 == 0 else "en",
        "skipped": row.get("skipped"),
        "score_kind": row.get("score_kind", "nps") if has_score else None,
        "score_low": row.get("score_low"),
        "score_high": row.get("score_high"),
        "account_id": row["account_id"],
        "redactions": index % 5 // 3,
        "redacted_kinds": [["PERSON"], ["PHONE"]][index % 2] if index % 5 // 3 else [],
        "trimmed": 0,
    }


def verdict_row(row: dict[str, Any], index: int) -> dict[str, Any]:
    return {"document_id": row["document_id"], "primary": row["primary"], "confidence": 0.6 + index % 40 / 100,
            "runner_up": "unstated", "needs_review": index % 11 == 0}  # fmt: skip


def cause_rows(row: dict[str, Any], index: int) -> list[dict[str, Any]]:
    if row["primary"] in {"unstated", "none"}:
        return []
    return [{"document_id": row["document_id"], "cause": row["primary"], "standard_cause": row["primary"],
             "origin": origin_of(row["primary"]), "confidence": 0.6 + index % 40 / 100, "is_primary": True,
             "evidence": row["text"], "method": "causes-3"}]  # fmt: skip


def theme_row(entry: tuple[str, str, str, list[int], list[str], str, int, list[str]]) -> dict[str, Any]:
    theme, label, status, weekly, *_ = entry
    mine = [row for row in feed_rows() if row["theme"] == theme]
    return {
        "theme_id": theme, "label": label, "keywords": [*label.lower().split(), "order", "again"], "status": status,
        "first_seen": min(row["created_at"] for row in mine), "last_seen": max(row["created_at"] for row in mine),
        "documents": len(mine), "documents_last_7_days": weekly[-1] + weekly[-2] * 3 // 7,
        "exemplars": [row["document_id"] for row in mine[-4:]], "is_curated": False,
        "is_pinned": False, "is_muted": False,
    }  # fmt: skip


def trend_rows() -> list[dict[str, Any]]:
    series = {entry[0]: entry[3] for entry in FEED}
    everything = [sum(week) for week in zip(*series.values(), [7] * 9 + [4], strict=True)]
    rows = [week for theme, weekly in series.items() for week in weeks_of("theme", theme, weekly, everything)]
    return rows + weeks_of("all", "all", everything, everything)


def weeks_of(kind: str, subject: str, weekly: list[int], everything: list[int]) -> list[dict[str, Any]]:
    rows = []
    for index, (week, n) in enumerate(zip(WEEKS, weekly, strict=True)):
        days = 4 if index == 9 else 7
        expected = sum(weekly[:index]) / index * days / 7 if index >= 3 else math.nan
        half = 2 * math.sqrt(expected + 1) if index >= 3 else math.nan
        rows.append(
            {"kind": kind, "subject": subject, "period_start": week, "days": days, "documents": n,
             "share": n / everything[index], "baseline": expected, "lower": max(0.0, expected - half),
             "upper": expected + half, "is_spike": index >= 8 and n > expected + 2 * half}
        )  # fmt: skip
    return rows
