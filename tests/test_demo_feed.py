"""The demo feed: made by its script, read to the last row, and true to its truth file."""

import json
import re
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from cxtext.demo import build, feed_folder
from cxtext.demo.contacts import Contact, contacts_of
from cxtext.demo.lives import FIRST, LAST, LIVES
from cxtext.documents import FATES, Intake, collect
from cxtext.settings import Settings, load_settings

DEMO = feed_folder().parent
EXPORTS = ("tickets.jsonl", "mail.csv", "chats.parquet", "surveys.xlsx", "csat.csv", "employee_notes.csv")
MONTHS = {"jan": 1, "feb": 2, "mar": 3}
QUOTE_HEADER = re.compile(
    r"(?:On \w{3}, |Sent: (?:\w+, )?)(\d{1,2}) (Jan|Feb|Mar)[a-z]* 2026|On (\d+) (Jan|Feb|Mar) 2026,"
)


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings(feed_folder() / "cxtext.toml")


@pytest.fixture(scope="module")
def intake(settings: Settings) -> Intake:
    return collect(settings, settings.day_end("2026-03-15"), {})


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((DEMO / "truth.json").read_text("utf-8"))
    return loaded


@pytest.fixture(scope="module")
def contacts() -> list[Contact]:
    return contacts_of(build.read_texts(), build.account_names(), build.SEED)


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("openpyxl")
    folder = tmp_path_factory.mktemp("demo")
    build.build(folder)
    return folder


def test_rebuilding_gives_the_same_bytes(rebuilt: Path, tmp_path: Path) -> None:
    build.build(tmp_path)
    for name in (*(f"feed/{export}" for export in EXPORTS), "truth.json"):
        assert (rebuilt / name).read_bytes() == (tmp_path / name).read_bytes(), name


def test_what_is_shipped_is_what_the_script_makes(rebuilt: Path) -> None:
    for name in ("feed/tickets.jsonl", "feed/mail.csv", "feed/csat.csv", "feed/employee_notes.csv", "truth.json"):
        assert (DEMO / name).read_bytes() == (rebuilt / name).read_bytes(), name
    # these two carry the version of the library that wrote them, so their content is compared
    shipped, made = DEMO / "feed", rebuilt / "feed"
    assert pq.read_table(shipped / "chats.parquet").equals(pq.read_table(made / "chats.parquet"))
    assert _cells(shipped / "surveys.xlsx") == _cells(made / "surveys.xlsx")


def test_every_row_has_one_fate(intake: Intake) -> None:
    account = intake.account()
    assert account["rows_read"] == sum(account[fate] for fate in FATES) > 1_200
    assert intake.warnings == []
    assert list(intake.ledger["file"]) == list(EXPORTS)
    for row in intake.ledger.to_dict("records"):
        assert row["rows_read"] == sum(row[fate] for fate in FATES), row["file"]


def test_the_planted_faults_come_out(intake: Intake, truth: dict[str, Any]) -> None:
    account, planted = intake.account(), truth["planted"]
    # read in one night, the earlier of a ticket's two versions is a duplicate like any other
    assert account["duplicates"] == planted["duplicates"] + planted["updates"] == 40
    assert account["quarantined"] == planted["quarantined"] == 12
    assert account["updates"] == account["out_of_window"] == 0
    reasons = intake.quarantine["reason"]
    assert reasons.str.contains("fields where the header has").sum() == planted["too_few_fields"]
    assert reasons.str.contains("not a time").sum() == planted["impossible_date"]
    assert reasons.str.contains("column NPS: outside 0 to 10").sum() == planted["impossible_score"]
    assert reasons.str.contains("not valid JSON").sum() == planted["cut_line"]
    assert (intake.verbatims["verbatim"].str.contains("\x00")).sum() == planted["invisible_characters"]


def test_a_ticket_that_changed_is_an_update_on_a_later_night(settings: Settings, truth: dict[str, Any]) -> None:
    rows = [json.loads(line) for line in _whole_lines(feed_folder() / "tickets.jsonl")]
    versions: dict[int, set[str]] = {}
    for row in rows:
        versions.setdefault(row["id"], set()).add(row["updated_at"])
    changed = {ticket: sorted(times) for ticket, times in versions.items() if len(times) > 1}
    assert len(changed) == truth["planted"]["updates"] == 15
    repeats = Counter((row["id"], row["updated_at"]) for row in rows)
    assert sum(count - 1 for count in repeats.values()) == truth["planted"]["duplicates"] == 25
    ticket, (first, second) = next(iter(changed.items()))
    between = collect(settings, datetime.fromisoformat(second).astimezone(UTC), {}).verbatims.set_index("document_id")
    after = collect(settings, settings.day_end("2026-03-15"), {}).verbatims.set_index("document_id")
    before, later = (str(frame.loc[f"tickets:{ticket}", "verbatim"]) for frame in (between, after))
    assert first < second
    assert later.startswith(before)
    assert len(later) > len(before)


def test_ids_are_unique_and_those_of_the_truth(intake: Intake, truth: dict[str, Any]) -> None:
    assert intake.verbatims["document_id"].is_unique
    assert set(intake.verbatims["document_id"]) == set(truth["documents"])
    assert len(truth["documents"]) >= 1_200


def test_there_are_themes_enough_over_ten_weeks(intake: Intake, truth: dict[str, Any]) -> None:
    themes = Counter(truth["documents"].values())
    assert len(themes) >= 14
    assert min(themes.values()) >= 15
    days = intake.verbatims["created_at"].dt.tz_convert("Europe/London").dt.date
    assert (days.min(), days.max()) == (FIRST, LAST)
    assert days.nunique() == 70


def test_themes_live_as_the_events_say(intake: Intake, truth: dict[str, Any]) -> None:
    days = dict(zip(intake.verbatims["document_id"], intake.verbatims["created_at"].dt.date, strict=True))
    for event in truth["events"]:
        day = date.fromisoformat(event["day"])
        members = [days[each] for each, theme in truth["documents"].items() if theme == event["theme"]]
        before = sum(-21 <= (other - day).days < 0 for other in members)
        soon = sum(0 <= (other - day).days < 14 for other in members)
        assert {
            "new": soon >= 14 and min(members) >= day,
            "reopened": soon >= 20 and before == 0 and min(members) < day,
            "spike": soon >= 20 and soon / 2 >= 1.8 * before / 3,
            "resolved": soon <= 4 and before >= 15,
        }[event["event"]], event


def test_no_text_is_older_than_what_it_quotes(contacts: list[Contact]) -> None:
    quoted = 0
    for each in contacts:
        for match in QUOTE_HEADER.finditer(each.body):
            day, month = (match[1], match[2]) if match[1] else (match[3], match[4])
            assert date(2026, MONTHS[month.lower()], int(day)) <= each.written.date(), each.body
            quoted += 1
    assert quoted >= 35


def test_every_text_keeps_to_its_days(contacts: list[Contact]) -> None:
    for each in contacts:
        day = each.written.date().isoformat()
        assert each.text.get("after", day) <= day <= each.text.get("before", day), each.body
        life = LIVES.get(each.text["theme"])
        assert life is None or life.first <= each.written.date() <= life.last


def test_the_warehouse_is_not_blamed_before_it_moves(contacts: list[Contact]) -> None:
    blaming = [
        each
        for each in contacts
        if re.search(r"Daventry|\bmov\w+.{0,40}warehouse|warehouse\w*.{0,20}(?:mov|relocat)|relocation", each.body)
    ]
    assert len(blaming) >= 5
    assert all(each.written.date() >= date(2026, 2, 9) for each in blaming)


def test_names_of_requesters_reach_no_document(intake: Intake) -> None:
    rows = [json.loads(line) for line in _whole_lines(feed_folder() / "tickets.jsonl")]
    assert all(row["requester"]["name"] and row["requester"]["email"].endswith(".example") for row in rows)
    assert not {"requester", "sender", "From"} & set(intake.verbatims.columns)


def test_accounts_of_documents_are_in_the_accounts_table(intake: Intake) -> None:
    used = intake.verbatims["account_id"].dropna()
    assert set(used) <= set(build.account_names())
    counts = used.value_counts()
    assert len(counts) >= 50
    assert counts.iloc[0] >= 8


def test_the_feed_is_small() -> None:
    assert sum(path.stat().st_size for path in DEMO.rglob("*") if "__pycache__" not in path.parts) < 3_000_000


def _cells(path: Path) -> list[list[Any]]:
    rows: list[list[Any]] = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    return rows


def _whole_lines(path: Path) -> list[str]:
    return [line for line in path.read_text("utf-8").split("\n") if line.endswith("}")]
