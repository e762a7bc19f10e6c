"""From records to documents: every row has one fate, and the fates add up."""

import csv
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from cxtext.check import check_sources
from cxtext.documents import FATES, Intake, Known, collect
from cxtext.errors import CxtextError
from cxtext.settings import Settings
from cxtext.tables import LEDGER, QUARANTINE, VERBATIMS

UNTIL = datetime(2026, 1, 8, tzinfo=UTC)
HEADER = ("id", "created", "updated", "text", "score", "via")
PLAIN = ("1", "2026-01-05 10:00", "", "It is slow", "2", "email")


def source(**given: Any) -> dict[str, Any]:
    columns = {"id": "id", "text": "text", "created_at": "created", "updated_at": "updated", "score": "score"}
    return {
        "name": "tickets", "kind": "csv", "path": "*.csv", "channel": "ticket", "score": {"kind": "csat"},
        "columns": columns | {"channel": "via"},
    } | given  # fmt: skip


def write(folder: Path, rows: Sequence[Sequence[str]], *, name: str = "a.csv", header: Sequence[str] = HEADER) -> None:
    with (folder / name).open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])


def take(
    folder: Path, *sources: dict[str, Any], known: Mapping[str, Known] | None = None, until: datetime = UNTIL
) -> Intake:
    """One run over a folder; its tables must conform and its account must add up, file by file."""
    settings = Settings.model_validate({"sources": list(sources) or [source()], "base": folder})
    intake = collect(settings, until, known or {})
    account = intake.account()
    assert len(intake.verbatims) == account["documents"] + account["updates"]
    assert len(intake.quarantine) == account["quarantined"]
    assert (intake.ledger["rows_read"] == intake.ledger[list(FATES)].sum(axis=1)).all()
    assert (intake.ledger[list(FATES)] >= 0).all(axis=None)
    VERBATIMS.conform(intake.verbatims)
    QUARANTINE.conform(intake.quarantine)
    LEDGER.conform(intake.ledger)
    return intake


def fates(intake: Intake) -> dict[str, int]:
    account = intake.account()
    return {fate: account[fate] for fate in FATES if account[fate]}


def remembered(*intakes: Intake) -> dict[str, Known]:
    """What the runs so far hold, as the next run is given it."""
    known: dict[str, Known] = {}
    for intake in intakes:
        for row in VERBATIMS.conform(intake.verbatims).to_pylist():
            known[row["document_id"]] = Known(row["content_hash"], row["updated_at"])
    return known


def row(**changes: str) -> tuple[str, ...]:
    return tuple((dict(zip(HEADER, PLAIN, strict=True)) | changes).values())


def only(intake: Intake) -> dict[str, Any]:
    (record,) = VERBATIMS.conform(intake.verbatims).to_pylist()
    return dict(record)


# --- what a row becomes


def test_a_row_becomes_a_document(tmp_path: Path) -> None:
    write(tmp_path, [row(updated="2026-01-06 11:00")])
    document = only(take(tmp_path))
    assert document["document_id"] == "tickets:1"
    assert (document["source"], document["channel"], document["file"], document["row"]) == (
        "tickets",
        "mail",
        "a.csv",
        1,
    )
    assert document["created_at"] == datetime(2026, 1, 5, 10, tzinfo=UTC)
    assert document["updated_at"] == datetime(2026, 1, 6, 11, tzinfo=UTC)
    assert (document["verbatim"], document["subject"]) == ("It is slow", None)
    assert [document[name] for name in ("score", "score_kind", "score_low", "score_high")] == [2, "csat", 1, 5]


def test_a_naive_time_is_taken_to_be_in_the_sources_zone(tmp_path: Path) -> None:
    write(tmp_path, [row()])
    assert only(take(tmp_path, source(timezone="America/New_York")))["created_at"].hour == 15
    (tmp_path / "a.csv").unlink()
    write(tmp_path, [row(created="05/01/2026 10:00")])
    assert only(take(tmp_path, source(day_first=True)))["created_at"].month == 1


def test_text_and_time_may_be_several_columns(tmp_path: Path) -> None:
    header = ("id", "day", "hour", "what", "why")
    write(tmp_path, [("1", "2026-01-05", "3:53:50 PM", "Slow", "No signal"), ("2", "2026-01-05", "", "", "Rude")],
          header=header)  # fmt: skip
    columns = {"id": "id", "text": ["what", "why"], "created_at": ["day", "hour"]}
    frame = take(tmp_path, source(columns=columns, score=None)).verbatims
    assert frame["verbatim"].tolist() == ["Slow\n\nNo signal", "Rude"]
    assert [moment.hour for moment in frame["created_at"]] == [15, 0]


@pytest.mark.parametrize(
    ("via", "channel"),
    [("email", "mail"), ("Live Chat", "chat"), ("WEB", "ticket"), ("", "ticket"), ("NULL", "ticket"), ("fax", "other")],
)
def test_a_channel_is_one_of_ours(tmp_path: Path, via: str, channel: str) -> None:
    write(tmp_path, [row(via=via)])
    assert only(take(tmp_path))["channel"] == channel


@pytest.mark.parametrize("nothing", ["", "   ", "NULL", "nan", "NaT", "None"])
def test_a_cell_that_says_nothing_is_none_and_no_fault(tmp_path: Path, nothing: str) -> None:
    write(tmp_path, [row(updated=nothing, score=nothing)])
    document = only(take(tmp_path))
    assert (document["updated_at"], document["score"], document["score_kind"]) == (None, None, None)


def test_an_empty_text_is_a_document_all_the_same(tmp_path: Path) -> None:
    write(tmp_path, [row(text="")])
    assert only(take(tmp_path))["verbatim"] == ""


# --- quarantine


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"created": "12:00 on Jane Doe's birthday"}, "column created: not a time"),
        ({"created": "2026-02-30"}, "column created: not a time"),
        ({"created": "1900-01-01"}, "column created: not a time"),
        ({"created": ""}, "column created: no time"),
        ({"created": "NULL"}, "column created: no time"),
        ({"updated": "jane@example.com"}, "column updated: not a time"),
        ({"id": ""}, "column id: no id"),
        ({"id": "NULL"}, "column id: no id"),
        ({"score": "6"}, "column score: outside 1 to 5"),
        ({"score": "0"}, "column score: outside 1 to 5"),
        ({"score": "-1e308"}, "column score: outside 1 to 5"),
        ({"score": "Jane Doe"}, "column score: not a number"),
    ],
)
def test_a_row_that_cannot_be_read_is_quarantined_with_its_reason_and_whole(
    tmp_path: Path, change: dict[str, str], reason: str
) -> None:
    write(tmp_path, [row(id="good"), row(**change)])
    intake = take(tmp_path)
    assert fates(intake) == {"documents": 1, "quarantined": 1}
    (record,) = intake.quarantine.to_dict("records")
    assert (record["source"], record["file"], record["row"], record["reason"]) == ("tickets", "a.csv", 2, reason)
    assert json.loads(record["raw"]) == dict(zip(HEADER, row(**change), strict=True))


def test_a_score_may_have_a_decimal_comma_and_lie_on_the_ends_of_its_scale(tmp_path: Path) -> None:
    write(tmp_path, [row(id="1", score="4,5"), row(id="2", score="1"), row(id="3", score="5.0")])
    assert take(tmp_path).verbatims["score"].tolist() == [4.5, 1, 5]


SECRET = "Jane Doe 07700900123"


@pytest.mark.parametrize("column", ["created", "updated", "score"])
def test_no_reason_contains_the_value_that_was_wrong(tmp_path: Path, column: str) -> None:
    write(tmp_path, [row(), row(**{column: SECRET})])
    intake = take(tmp_path)
    assert fates(intake)["quarantined"] == 1
    assert not intake.quarantine["reason"].str.contains("Jane|07700|900123").any()
    assert not any("Jane" in warning for warning in intake.warnings)


def test_a_file_without_a_header_does_not_publish_its_first_row_as_column_names(tmp_path: Path) -> None:
    write(tmp_path, [row()])
    (tmp_path / "b.csv").write_text(f"7,2026-01-05,,{SECRET},3,web\n8,2026-01-05,,b,3,web\n")
    intake = take(tmp_path)
    assert fates(intake) == {"documents": 1, "quarantined": 1}
    assert not any("Jane" in told for told in [*intake.quarantine["reason"], *intake.warnings])
    (tmp_path / "a.csv").unlink()
    with pytest.raises(CxtextError) as raised:
        take(tmp_path)
    assert "Jane" not in str(raised.value)


def test_structural_damage_is_quarantined_by_its_form_and_not_by_its_words(tmp_path: Path) -> None:
    write(tmp_path, [row()])
    with (tmp_path / "a.csv").open("a") as stream:
        stream.write(f'2,{SECRET}\n3,2026-01-05,,"{SECRET},3,web\n4,2026-01-05,,fine,3,web\n')
    intake = take(tmp_path)
    assert fates(intake) == {"documents": 2, "quarantined": 2}
    assert intake.quarantine["reason"].tolist() == [
        "has 2 fields where the header has 6", "has a quotation mark that is never closed",
    ]  # fmt: skip
    assert intake.quarantine["raw"].str.contains("Jane").all()


# --- several rows of one document


def test_exact_duplicates_are_counted_and_one_is_kept(tmp_path: Path) -> None:
    write(tmp_path, [row(), row(), row()])
    write(tmp_path, [row()], name="b.csv")
    assert fates(take(tmp_path)) == {"documents": 1, "duplicates": 3}


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 2, 0]])
def test_of_several_states_the_newest_is_kept_in_whatever_order_they_come(tmp_path: Path, order: list[int]) -> None:
    states = [row(updated=f"2026-01-0{day} 09:00", text=f"state {day}") for day in (5, 6, 7)]
    write(tmp_path, [states[index] for index in order])
    intake = take(tmp_path)
    assert fates(intake) == {"documents": 1, "duplicates": 2}
    assert only(intake)["verbatim"] == "state 7"


def test_a_state_without_an_update_time_is_as_old_as_its_document(tmp_path: Path) -> None:
    write(tmp_path, [row(updated="2026-01-06 09:00", text="newer"), row(text="first")])
    assert only(take(tmp_path))["verbatim"] == "newer"


def test_without_update_times_the_last_that_was_read_is_kept(tmp_path: Path) -> None:
    write(tmp_path, [row(text="first")], name="2026-01-05.csv")
    write(tmp_path, [row(text="second")], name="2026-01-06.csv")
    intake = take(tmp_path)
    assert fates(intake) == {"documents": 1, "duplicates": 1}
    assert only(intake)["verbatim"] == "second"


def test_the_same_id_in_two_sources_is_two_documents(tmp_path: Path) -> None:
    write(tmp_path, [row()])
    intake = take(tmp_path, source(), source(name="chats"))
    assert fates(intake) == {"documents": 2}
    assert sorted(intake.verbatims["document_id"]) == ["chats:1", "tickets:1"]


# --- across runs


def test_what_was_read_before_is_out_of_the_window(tmp_path: Path) -> None:
    write(tmp_path, [row(), row(id="2", updated="2026-01-06 09:00")])
    first = take(tmp_path)
    assert fates(first) == {"documents": 2}
    assert fates(take(tmp_path, known=remembered(first))) == {"out_of_window": 2}


def test_a_newer_state_is_an_update_and_an_older_one_is_not(tmp_path: Path) -> None:
    write(tmp_path, [row(updated="2026-01-06 09:00", text="known")])
    known = remembered(take(tmp_path))
    write(tmp_path, [row(updated="2026-01-07 09:00", text="newer")])
    assert fates(take(tmp_path, known=known)) == {"updates": 1}
    write(tmp_path, [row(updated="2026-01-05 11:00", text="older")])
    assert fates(take(tmp_path, known=known)) == {"out_of_window": 1}


def test_an_update_without_an_update_time_is_known_by_its_words(tmp_path: Path) -> None:
    write(tmp_path, [row(text="known")])
    known = remembered(take(tmp_path))
    write(tmp_path, [row(text="changed")])
    intake = take(tmp_path, known=known)
    assert fates(intake) == {"updates": 1}
    assert fates(take(tmp_path, known=known | remembered(intake))) == {"out_of_window": 1}


def test_a_later_update_time_alone_is_no_update(tmp_path: Path) -> None:
    write(tmp_path, [row(updated="2026-01-06 09:00")])
    known = remembered(take(tmp_path))
    write(tmp_path, [row(updated="2026-01-07 09:00")])
    assert fates(take(tmp_path, known=known)) == {"out_of_window": 1}


def test_all_states_of_a_known_document_have_one_fate_each(tmp_path: Path) -> None:
    write(tmp_path, [row(updated="2026-01-05 11:00", text="one")])
    known = remembered(take(tmp_path))
    states = [row(updated=f"2026-01-0{day} 11:00", text=text) for day, text in ((5, "one"), (6, "two"), (7, "three"))]
    write(tmp_path, [*states, states[2]])
    intake = take(tmp_path, known=known)
    assert fates(intake) == {"updates": 1, "duplicates": 2, "out_of_window": 1}
    assert only(intake)["verbatim"] == "three"


def test_a_document_that_arrives_late_is_taken_in(tmp_path: Path) -> None:
    write(tmp_path, [row()])
    known = remembered(take(tmp_path))
    write(tmp_path, [row(), row(id="late", created="2025-06-01 10:00")])
    intake = take(tmp_path, known=known)
    assert fates(intake) == {"documents": 1, "out_of_window": 1}
    assert only(intake)["document_id"] == "tickets:late"


def test_the_window_is_open_at_its_end(tmp_path: Path) -> None:
    write(
        tmp_path,
        [row(id="last", created="2026-01-07T23:59:59.999999Z"), row(id="next", created="2026-01-08T00:00:00Z")],
    )
    intake = take(tmp_path)
    assert fates(intake) == {"documents": 1, "out_of_window": 1}
    assert only(intake)["document_id"] == "tickets:last"
    tomorrow = take(tmp_path, known=remembered(intake), until=datetime(2026, 1, 9, tzinfo=UTC))
    assert only(tomorrow)["document_id"] == "tickets:next"


def test_a_row_of_the_future_waits_for_its_day(tmp_path: Path) -> None:
    write(tmp_path, [row(created="2031-01-01"), row(id="2", created="9999-12-31")])
    assert fates(take(tmp_path)) == {"out_of_window": 2}


def test_a_document_of_the_future_is_not_let_in_by_an_older_update_time(tmp_path: Path) -> None:
    write(tmp_path, [row(created="2031-01-01", updated="2026-01-05")])
    assert fates(take(tmp_path)) == {"out_of_window": 1}


def test_a_state_of_the_future_does_not_hide_the_one_of_today(tmp_path: Path) -> None:
    write(tmp_path, [row(updated="2026-01-06", text="today"), row(updated="2026-01-09", text="tomorrow")])
    intake = take(tmp_path)
    assert fates(intake) == {"documents": 1, "out_of_window": 1}
    assert only(intake)["verbatim"] == "today"


# --- ids


def test_ids_do_not_depend_on_the_order_of_rows_or_on_the_file(tmp_path: Path) -> None:
    columns = {"text": "text", "created_at": "created"}
    rows = [row(text="a"), row(text="b"), row(text="c")]
    found = []
    for name, order in (("a.csv", rows), ("z.csv", rows[::-1])):
        write(tmp_path, order, name=name)
        found.append(set(take(tmp_path, source(columns=columns, score=None)).verbatims["document_id"]))
        (tmp_path / name).unlink()
    assert found[0] == found[1]
    assert len(found[0]) == 3


def test_the_same_time_in_two_forms_gives_the_same_id(tmp_path: Path) -> None:
    columns = {"text": "text", "created_at": "created"}
    for number, form in enumerate(("2026-01-05 10:00", "2026-01-05T10:00:00Z", "1767607200")):
        write(tmp_path, [row(created=form)], name=f"{number}.csv")
    assert fates(take(tmp_path, source(columns=columns, score=None))) == {"documents": 1, "duplicates": 2}


def test_without_ids_seven_rows_are_seven_documents_and_stay_those(tmp_path: Path) -> None:
    header = ("created", "text", "score", "account", "team")
    rows = [
        ("2026-01-05", "ok", "5", "A", "North"), ("2026-01-05", "ok", "1", "A", "North"),
        ("2026-01-05", "ok", "5", "B", "North"), ("2026-01-05", "ok", "5", "A", "South"),
        ("2026-01-05", "", "5", "", ""), ("2026-01-05", "", "5", "", ""), ("2026-01-05", "", "5", "", ""),
    ]  # fmt: skip
    columns = {"text": "text", "created_at": "created", "score": "score", "account_id": "account", "team": "team"}
    write(tmp_path, rows, header=header)
    survey = source(columns=columns)
    first = take(tmp_path, survey)
    assert fates(first) == {"documents": 7}
    write(tmp_path, rows[::-1], header=header)
    again = take(tmp_path, source(columns=columns, team="West", channel="survey", product="Tap"))
    assert set(again.verbatims["document_id"]) == set(first.verbatims["document_id"])
    write(tmp_path, [*rows, rows[-1]], header=header)
    assert fates(take(tmp_path, survey, known=remembered(first))) == {"documents": 1, "out_of_window": 7}
    write(tmp_path, rows, header=header)
    write(tmp_path, rows, header=header, name="copy.csv")
    assert fates(take(tmp_path, survey)) == {"documents": 7, "duplicates": 7}


@pytest.mark.parametrize(
    "native",
    ["07700900123", "0770-090-0123", "tel:07700900123", "00447700900123", "+447700900123", "jane@example.com",
     "Jane.Doe", "jane.doe", "Jane-Doe", "JANE.DOE2", "John.Smith84", "536-22-8741"],
)  # fmt: skip
def test_a_number_or_name_of_a_person_is_no_readable_id(tmp_path: Path, native: str) -> None:
    write(tmp_path, [row(id=native)])
    document_id = only(take(tmp_path))["document_id"]
    assert len(document_id) == len("tickets:") + 16
    assert native not in document_id


@pytest.mark.parametrize(
    "native", ["1042", "A-1/2#3", "INC0010023456", "2026-01-05-0001", "v1.2.3", "Case-1", "nps-0003", "9999999999999"]
)
def test_an_ordinary_id_stays_readable(tmp_path: Path, native: str) -> None:
    write(tmp_path, [row(id=native)])
    assert only(take(tmp_path))["document_id"] == f"tickets:{native}"


def test_an_id_that_tells_who_a_person_is_becomes_a_hash(tmp_path: Path) -> None:
    write(tmp_path, [row(id="jane@example.com"), row(id="A-1/2#3"), row(id="two words"), row(id="x" * 61)])
    ids = take(tmp_path).verbatims["document_id"].tolist()
    assert "tickets:A-1/2#3" in ids
    assert sum(len(name) == len("tickets:") + 16 for name in ids) == 3
    assert not any("jane" in name or " " in name for name in ids)


def test_a_whole_number_is_the_same_id_and_account_in_every_format(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": [1042, None], "account": [7, None], "text": ["a", "b"], "created": "2026-01-05"})
    frame.to_parquet(tmp_path / "a.parquet")
    frame.astype(object).where(frame.notna(), None).to_excel(tmp_path / "a.xlsx", index=False)
    (tmp_path / "a.jsonl").write_text(
        '{"id": 1042, "account": 7, "text": "a", "created": "2026-01-05"}\n{"text": "b"}\n'
    )
    (tmp_path / "a.csv").write_text("id,account,text,created\n1042,7,a,2026-01-05\n,,b,2026-01-05\n")
    columns = {"id": "id", "text": "text", "created_at": "created", "account_id": "account"}
    for kind, ending in (("parquet", "parquet"), ("excel", "xlsx"), ("jsonl", "jsonl"), ("csv", "csv")):
        intake = take(tmp_path, source(kind=kind, path=f"a.{ending}", columns=columns, score=None))
        document = only(intake)
        assert (document["document_id"], document["account_id"]) == ("tickets:1042", "7"), kind
        assert fates(intake)["quarantined"] == 1


# --- files


def test_a_column_that_one_file_lacks_quarantines_that_file_and_warns(tmp_path: Path) -> None:
    write(tmp_path, [row()])
    write(tmp_path, [("7", "secret text"), ("8", "b")], name="b.csv", header=("id", "text"))
    intake = take(tmp_path)
    assert fates(intake) == {"documents": 1, "quarantined": 2}
    assert intake.warnings == [
        "source tickets: b.csv has no column 'created', 'updated', 'via', 'score'; "
        "run `cxtext check` to see what it has; correct [sources.columns] in the settings"
    ]
    assert set(intake.quarantine["reason"]) == set(intake.warnings)


def test_a_column_that_all_files_lack_is_an_error_in_one_line_that_says_how_to_see_those_there_are(
    tmp_path: Path,
) -> None:
    for name in ("a.csv", "b.csv"):
        write(tmp_path, [("7", "a")], name=name, header=("id", "bo\ndy"))
    with pytest.raises(CxtextError) as raised:
        take(tmp_path)
    assert str(raised.value) == (
        "source tickets: a.csv has no column 'text', 'created', 'updated', 'via', 'score'; "
        "run `cxtext check` to see what it has; correct [sources.columns] in the settings"
    )


def test_an_endless_header_does_not_make_an_endless_error(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("word " * 100_000 + "\n")
    with pytest.raises(CxtextError) as raised:
        take(tmp_path)
    (finding,) = check_sources(Settings.model_validate({"sources": [source()], "base": tmp_path}), rows=1)
    assert len(str(raised.value)) < len(finding.problems[0]) < 1000


def test_a_check_shows_nothing_that_a_terminal_would_obey(tmp_path: Path) -> None:
    write(tmp_path, [row(id="\x1b[2J", text="\x1b]0;owned\x07 slow\u202e")])
    write(tmp_path, [("1", "b")], name="b.csv", header=("id", "bo\ndy\x1b[31m\u202e"))
    good, bad = check_sources(Settings.model_validate({"sources": [source()], "base": tmp_path}), rows=1)
    assert "it has id, bo dy[31m; correct" in bad.problems[0]
    assert "verbatim: ]0;owned slow |" in good.lines[0]
    assert all(line.isprintable() for line in [*good.lines, *bad.problems])


def test_json_lines_without_the_text_column_warn(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": 1, "created": "2026-01-05", "body": "secret"}\n')
    columns = {"id": "id", "text": "text", "created_at": "created", "score": "score"}
    intake = take(tmp_path, source(kind="jsonl", path="a.jsonl", columns=columns))
    assert fates(intake) == {"documents": 1}
    (warning,) = intake.warnings
    assert warning.startswith("source tickets: no record of a.jsonl has 'text', so none has a text; ")
    assert "secret" not in warning


def test_a_pattern_that_matches_no_file_is_a_warning_and_no_row(tmp_path: Path) -> None:
    intake = take(tmp_path)
    assert (fates(intake), intake.warnings) == ({}, ["source tickets: no file matches *.csv"])
    outside = take(tmp_path, source(path="../users/jane.doe/*.csv"))
    assert outside.warnings == ["source tickets: no file matches *.csv"]


def test_empty_files_are_in_the_ledger_with_no_rows(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("")
    write(tmp_path, [], name="b.csv")
    intake = take(tmp_path)
    assert intake.ledger[["file", "rows_read"]].to_numpy().tolist() == [["a.csv", 0], ["b.csv", 0]]
    assert (fates(intake), intake.warnings) == ({}, [])


def test_a_file_that_cannot_be_read_is_one_row_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"no workbook")
    intake = take(tmp_path, source(kind="excel", path="*.xlsx"))
    assert fates(intake) == {"quarantined": 1}
    assert intake.quarantine["row"].tolist() == [0]


def test_no_sources_are_no_rows(tmp_path: Path) -> None:
    intake = collect(Settings(base=tmp_path), UNTIL, {})
    assert set(intake.account().values()) == {0}


def test_rows_that_do_not_add_up_stop_the_run() -> None:
    ledger = pd.DataFrame([{"source": "s", "file": "f", "rows_read": 2} | dict.fromkeys(FATES, 0)])
    with pytest.raises(RuntimeError, match="rows are unaccounted for"):
        Intake(VERBATIMS.empty(), QUARANTINE.empty(), ledger).account()


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "3", ""]),
        st.sampled_from(["2026-01-05", "2026-01-07 23:59", "2026-01-08", "2031-01-01", "soon", ""]),
        st.sampled_from(["", "2026-01-06", "2026-01-07", "2026-02-01", "never"]),
        st.sampled_from(["a", "b", ""]),
        st.sampled_from(["", "3", "9"]),
        st.just("web"),
    ),
    max_size=12,
)


@hypothesis_settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nights=st.lists(ROWS, min_size=1, max_size=3))
def test_every_row_has_one_fate_whatever_comes_and_a_second_run_of_a_night_finds_nothing_new(
    tmp_path: Path, nights: list[list[tuple[str, ...]]]
) -> None:
    known: dict[str, Known] = {}
    for number, rows in enumerate(nights):
        write(tmp_path, rows)
        until = datetime(2026, 1, 8 + number, tzinfo=UTC)
        intake = take(tmp_path, known=known, until=until)
        assert intake.account()["rows_read"] == len(rows)
        known |= remembered(intake)
        again = take(tmp_path, known=known, until=until)
        assert again.verbatims.empty
        assert again.account()["quarantined"] == intake.account()["quarantined"]


# --- cxtext check


def test_a_check_shows_what_it_makes_of_each_file_and_writes_nothing(tmp_path: Path) -> None:
    write(tmp_path, [row(), row(id=""), row(id="3", score="9")])
    write(tmp_path, [("1", "b")], name="b.csv", header=("id", "body"))
    missing = source(name="chats", path="chats-*.csv")
    found = check_sources(Settings.model_validate({"sources": [source(), missing], "base": tmp_path}), rows=1)
    assert [(each.source, each.file) for each in found] == [
        ("tickets", "a.csv"), ("tickets", "b.csv"), ("chats", "chats-*.csv"),
    ]  # fmt: skip
    assert (
        found[0].lines[0].startswith("document_id: tickets:1 | created_at: 2026-01-05 10:00:00+00:00 | channel: mail")
    )
    assert found[0].lines[-1] == "1 of the first 3 rows can be read"
    assert found[0].problems == ["1 rows: column id: no id", "1 rows: column score: outside 1 to 5"]
    assert "it has id, body; correct [sources.columns]" in found[1].problems[0]
    assert found[2].problems == ["no file matches this path"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "b.csv"]
