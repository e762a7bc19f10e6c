"""`cxtext evaluate stream`: a small feed with planted events, night by night."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from word_encoder import WordEncoder

from cxtext.errors import CxtextError
from cxtext.evaluate.stream import _false_alarms, _heir, _persistence, _TrueEvent, evaluate_stream
from cxtext.life import Event
from cxtext.settings import Settings

START = date(2026, 1, 5)
DAYS = 63
EMERGES, SURGES = 35, 49


def day(number: int) -> date:
    return START + timedelta(days=number)


def amounts(number: int) -> dict[str, int]:
    """Refunds surge, passwords are steady, parcels are born."""
    return {
        "refund": 8 if SURGES <= number < SURGES + 7 else 2,
        "password": 2,
        "parcel": 3 if number >= EMERGES else 0,
    }


def write_feed(folder: Path, extra: Sequence[tuple[str, str, str]] = ()) -> Path:
    rows: list[tuple[str, str, str, str]] = []
    for number in range(DAYS):
        for label, count in amounts(number).items():
            for each in range(count):
                time = f"{day(number)}T{8 + each:02d}:00:00Z"
                rows.append((f"d{len(rows)}", time, f"My {label} is in trouble, case {len(rows)}", label))
    rows += [(f"x{each}", *row) for each, row in enumerate(extra)]
    path = folder / "feed.csv"
    pd.DataFrame(rows, columns=["id", "created_at", "text", "label"]).to_csv(path, index=False)
    return path


def write_truth(folder: Path, **changes: Any) -> Path:
    events = [
        {"label": "parcel", "kind": "emerging", "day": str(day(EMERGES))},
        {"label": "refund", "kind": "spike", "day": str(day(SURGES))},
    ]
    path = folder / "truth.json"
    path.write_text(json.dumps({"start": str(START), "days": DAYS, "events": events} | changes), "utf-8")
    return path


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("stream")
    extra = [("2026-01-06T00:00:00Z", "n/a", "password"), ("2026-01-02T00:00:00Z", "My password again", "password")]
    return evaluate_stream(write_feed(folder, extra), write_truth(folder), WordEncoder(), Settings())


def test_a_planted_birth_and_a_planted_surge_are_found(answer: dict[str, Any]) -> None:
    assert answer["emerging_recall"] == 1
    assert answer["emerging_delay_days"] <= 7
    assert answer["spike_recall"] == 1


def test_nothing_else_raises_an_alarm(answer: dict[str, Any]) -> None:
    assert answer["false_alarms_per_100_theme_weeks"] == 0


def test_themes_keep_their_identity_over_the_weeks(answer: dict[str, Any]) -> None:
    assert answer["id_persistence"] == 1
    assert (answer["themes"], answer["labels"]) == (3, 3)


def test_every_document_counts_also_one_without_meaning_or_before_the_start(answer: dict[str, Any]) -> None:
    assert answer["documents"] == sum(sum(amounts(number).values()) for number in range(DAYS)) + 2
    assert answer["unassigned"] == pytest.approx(1 / answer["documents"])
    assert answer["nmi"] > 0.95


def test_a_kind_without_true_events_has_no_recall(answer: dict[str, Any]) -> None:
    assert answer["resolved_recall"] is None
    assert answer["reopened_recall"] is None


# --- the rules of the scores


def placed(rows: Sequence[tuple[str, int, str | None]]) -> pd.DataFrame:
    return pd.DataFrame(
        {"label": [row[0] for row in rows], "day": [day(row[1]) for row in rows], "theme": [row[2] for row in rows]}
    )


def test_persistence_asks_for_the_leading_theme_of_consecutive_weeks() -> None:
    weeks = [("a", 0, "T1"), ("a", 7, "T1"), ("a", 14, "T2"), ("a", 28, "T2")]
    assert _persistence(placed([row for row in weeks for _ in range(3)]), START) == 0.5


def test_a_week_of_two_documents_is_not_asked_for_a_leader() -> None:
    weeks = [("a", 0, "T1")] * 3 + [("a", 7, "T2")] * 2 + [("a", 14, "T1")] * 3
    assert _persistence(placed(weeks), START) == 1.0


def test_staying_unassigned_is_not_persistence() -> None:
    assert _persistence(placed([("a", 0, None)] * 3 + [("a", 7, None)] * 3), START) == 0


def alarm(kind: str, number: int) -> Event:
    return Event(day(number), 0, kind, 9, 1, None, "")


@pytest.mark.parametrize(
    ("told", "false"),
    [
        (alarm("spike", 41), 0),  # true
        (alarm("spike", 60), 1),  # too late
        (alarm("emerging", 41), 1),  # another kind
        (alarm("spike", 20), 0),  # in the quiet weeks
        (alarm("new", 60), 0),  # no alarm
    ],
)
def test_an_alarm_is_false_unless_it_is_a_true_event_of_its_kind(told: Event, false: int) -> None:
    feed = placed([("a", each, "T1") for each in range(70)])
    rate = _false_alarms([_TrueEvent("a", "spike", day(40))], feed, [(told, "T1")], START, 70)
    assert rate == pytest.approx(100 * false / 6)  # ten weeks less the four quiet ones


def test_a_late_themes_life_is_short() -> None:
    feed = placed([("a", each, "T1") for each in range(70)] + [("b", each, "T2") for each in range(56, 70)])
    assert _false_alarms([], feed, [(alarm("spike", 60), "T2")], START, 70) == pytest.approx(100 / (6 + 2))


def test_a_merge_is_followed_to_its_end() -> None:
    heirs = {"T1": "T2", "T2": "T3"}
    assert [_heir(each, heirs) for each in ("T1", "T3", None)] == ["T3", "T3", None]


# --- bad input


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"days": 0}, "days must be 1 or more"),
        ({"days": None}, "not {"),
        ({"start": "5 January"}, "5 January"),
        ({"events": [{"label": "refund", "day": "2026-02-01"}]}, "'kind' is missing"),
        ({"events": [{"label": "refund", "kind": "surge", "day": "2026-02-01"}]}, "kind 'surge' is none of"),
        ({"events": ["spike"]}, "not {"),
    ],
)
def test_a_bad_truth_file_is_told_in_one_line(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(CxtextError, match=message) as caught:
        evaluate_stream(write_feed(tmp_path), write_truth(tmp_path, **changes), WordEncoder(), Settings())
    assert "truth.json" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", ["", "[]", "not json", "null"])
def test_a_truth_file_of_another_shape_is_told_in_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "truth.json").write_text(content)
    with pytest.raises(CxtextError, match=r"truth\.json: not "):
        evaluate_stream(write_feed(tmp_path), tmp_path / "truth.json", WordEncoder(), Settings())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id,created_at,text\n1,2026-01-05,hello there\n", "has no column label"),
        ("id,created_at,text,label\n1,yesterday,hello there,a\n", "write times as ISO 8601"),
        ("id,created_at,text,label\n1,2026-01-05,a,a\n1,2026-01-06,b,b\n", "id '1' stands in two rows"),
    ],
)
def test_a_bad_feed_is_told_in_one_line(tmp_path: Path, content: str, message: str) -> None:
    feed = tmp_path / "feed.csv"
    feed.write_text(content)
    with pytest.raises(CxtextError, match=message) as caught:
        evaluate_stream(feed, write_truth(tmp_path), WordEncoder(), Settings())
    assert str(caught.value).startswith(str(feed))
