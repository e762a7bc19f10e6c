"""Feeds as they come: every encoding, every delimiter, every kind of damage, and no row lost."""

import json
import re
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cxtext.errors import CxtextError
from cxtext.settings import SourceSettings
from cxtext.sources import Feed, Record, open_source
from cxtext.sources.csv_files import unique_names

HEADER = "id,at,text\n"
SHEET: list[list[Any]] = [["id", "at", "text"], [1042, datetime(2026, 1, 5, 12), "It is slow"]]


def feeds(folder: Path, *, path: str, kind: str = "csv", **settings: Any) -> list[tuple[Feed, list[Record]]]:
    source = SourceSettings.model_validate(
        {"name": "s", "kind": kind, "path": path, "columns": {"text": "text", "created_at": "at"}} | settings
    )
    return [(feed, list(feed.records)) for feed in open_source(source, folder).feeds()]


def read(folder: Path, content: str | bytes, *, kind: str = "csv", **settings: Any) -> tuple[Feed, list[Record]]:
    (folder / "feed").write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    (only,) = feeds(folder, path="feed", kind=kind, **settings)
    return only


def rows(folder: Path, content: str | bytes, **settings: Any) -> list[list[Any]]:
    """The values of every record; none of them may have a problem."""
    _, records = read(folder, content, **settings)
    assert [record.problem for record in records] == [None] * len(records)
    assert [record.row for record in records] == list(range(1, len(records) + 1))
    return [list(record.values.values()) for record in records]


def outcome(folder: Path, content: str | bytes, **settings: Any) -> list[str | None]:
    """Of every record the text, or its problem in brackets."""
    _, records = read(folder, content, **settings)
    return [f"[{record.problem}]" if record.problem else record.values["text"] for record in records]


# --- CSV: form


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_delimiter_and_line_end_is_found(tmp_path: Path, delimiter: str, end: str) -> None:
    lines = [
        ["id", "at", "text"],
        ["1", "2026-01-05", "slow"],
        ["2", "2026-01-06", '"a, b; c | d"'],
        ["3", "2026-01-07", ""],
    ]
    text = end.join(delimiter.join(line) for line in lines) + end
    assert rows(tmp_path, text) == [
        ["1", "2026-01-05", "slow"],
        ["2", "2026-01-06", "a, b; c | d"],
        ["3", "2026-01-07", ""],
    ]


def test_a_delimiter_of_the_settings_is_taken_as_it_is(tmp_path: Path) -> None:
    assert rows(tmp_path, "id~at~text\n1~2026~a,b,c\n", delimiter="~") == [["1", "2026", "a,b,c"]]


def test_excels_own_first_line_names_the_delimiter(tmp_path: Path) -> None:
    assert rows(tmp_path, "sep=;\r\nid;at;text\r\n1;2026;a, b\r\n") == [["1", "2026", "a, b"]]


def test_a_quoted_field_keeps_its_line_breaks_delimiters_and_quotation_marks(tmp_path: Path) -> None:
    text = HEADER + '1,2026,"First, line\n\nsecond; ""line"""\n2,2026,"b"\n'
    assert rows(tmp_path, text) == [["1", "2026", 'First, line\n\nsecond; "line"'], ["2", "2026", "b"]]


def test_a_last_line_without_an_end_is_a_row(tmp_path: Path) -> None:
    assert rows(tmp_path, HEADER + "1,2026,last") == [["1", "2026", "last"]]


def test_blank_lines_and_rows_of_empty_fields_are_no_rows(tmp_path: Path) -> None:
    assert outcome(tmp_path, "\n \n" + HEADER + "\n1,2026,a\n\n   \n,,\n2,2026,b\n\n") == ["a", "b"]


@pytest.mark.parametrize("content", ["", "\n\n", "   \n", b"\xef\xbb\xbf"])
def test_an_empty_file_has_no_rows_and_no_columns_to_miss(tmp_path: Path, content: str | bytes) -> None:
    feed, records = read(tmp_path, content)
    assert (feed.columns, records) == (None, [])


def test_a_file_with_a_header_only_has_its_columns_and_no_rows(tmp_path: Path) -> None:
    feed, records = read(tmp_path, HEADER)
    assert (feed.columns, records) == (("id", "at", "text"), [])


def test_column_names_that_repeat_are_numbered(tmp_path: Path) -> None:
    feed, records = read(tmp_path, "id,at,text,text\n1,2026,a,b\n")
    assert feed.columns == ("id", "at", "text", "text_2")
    assert records[0].values["text_2"] == "b"
    assert unique_names(["a", "a", "b", "a"]) == ["a", "a_2", "b", "a_3"]


def test_blanks_around_names_and_after_delimiters_are_no_part_of_them(tmp_path: Path) -> None:
    feed, records = read(tmp_path, ' id , at,text \n1, 2026, "a, b"\n')
    assert feed.columns == ("id", "at", "text")
    assert list(records[0].values.values()) == ["1", "2026", "a, b"]


# --- CSV: damage


def test_a_row_with_too_few_or_too_many_fields_says_so_and_is_kept_whole(tmp_path: Path) -> None:
    _, records = read(tmp_path, HEADER + "1,2026\n2,2026,a,b\n3,2026,good\n")
    assert [record.problem for record in records] == [
        "has 2 fields where the header has 3", "has 4 fields where the header has 3", None,
    ]  # fmt: skip
    assert [record.raw for record in records[:2]] == ["1,2026\n", "2,2026,a,b\n"]


def test_empty_fields_at_the_end_of_a_row_do_no_harm(tmp_path: Path) -> None:
    assert rows(tmp_path, HEADER + "1,2026,a,,\n") == [["1", "2026", "a"]]


OPEN = "[has a quotation mark that is never closed]"


@pytest.mark.parametrize(
    ("broken", "good"),
    [
        ('1,2026,"never closed', ["2,2026,b", "3,2026,c"]),
        ('1,2026,"never closed', ['2,2026,"b"', "3,2026,c"]),
        ('1,2026,"never closed', ['2,2026,"b, b"', '3,2026,"c ""quoted"""']),
        ('1,"2026,never closed', ["2,2026,b", '3,2026,"c"']),
        ('"1,2026,never closed', ["2,2026,b", "3,2026,c"]),
    ],
)
def test_a_quotation_mark_that_is_never_closed_costs_its_own_row_only(
    tmp_path: Path, broken: str, good: list[str]
) -> None:
    _, records = read(tmp_path, HEADER + "\n".join([broken, *good]) + "\n")
    assert [record.problem for record in records] == [OPEN[1:-1], None, None]
    assert [record.values.get("id") for record in records] == [None, "2", "3"]
    assert records[0].raw == broken + "\n"


def test_a_broken_row_among_the_swallowed_does_not_take_the_others_with_it(tmp_path: Path) -> None:
    content = HEADER + '1,2026,"open\nbroken\n2,2026,good\n'
    assert outcome(tmp_path, content) == [OPEN, "[has 1 fields where the header has 3]", "good"]


def test_an_open_quotation_mark_before_more_than_a_field_may_hold_costs_one_row(tmp_path: Path) -> None:
    good = 90_000
    content = HEADER + '0,2026,"open\n' + "".join(f"{number},2026,{'x' * 190}\n" for number in range(good))
    _, records = read(tmp_path, content)
    assert len(records) == good + 1
    assert sum(record.problem is not None for record in records) == 1


def test_an_open_quotation_mark_in_the_header_does_not_take_in_the_file(tmp_path: Path) -> None:
    feed, records = read(tmp_path, '"id,at,text\n1,2026,a\n2,2026,b\n')
    assert feed.columns == ("id", "at", "text")
    assert len(records) == 2


def test_quotation_marks_inside_a_field_do_no_harm(tmp_path: Path) -> None:
    assert outcome(tmp_path, HEADER + '1,2026,a 5" screen "broke"\n2,2026,"he said "hi" to me"\n3,2026,c\n') == [
        'a 5" screen "broke"', 'he said hi" to me"', "c",
    ]  # fmt: skip


def test_a_field_beyond_every_measure_costs_its_own_row_only(tmp_path: Path) -> None:
    content = HEADER + "1,2026," + "x" * (17 << 20) + "\n2,2026,good\n"
    _, records = read(tmp_path, content)
    assert [record.problem for record in records] == ["not readable as CSV", None]
    assert len(records[0].raw) == 100_000


def test_a_field_of_a_million_characters_is_read(tmp_path: Path) -> None:
    assert len(rows(tmp_path, HEADER + f'1,2026,"{"x " * 500_000}"\n')[0][2]) == 1_000_000


@pytest.mark.parametrize("content", ["x" * 20_000_000, "1" * 40_000 + "\n", '"' * 40_000, "a,b;c|d\t" * 4_000])
def test_what_is_no_table_is_read_in_no_time_and_without_an_error(tmp_path: Path, content: str) -> None:
    feed, _ = read(tmp_path, content)
    assert feed.columns


# --- encodings


PAID = "Café – I paid £5, or €6: it’s “naïve”, señor"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_every_encoding_is_found(tmp_path: Path, encoding: str, kind: str) -> None:
    line = json.dumps({"text": PAID}, ensure_ascii=False) if kind == "jsonl" else f'{HEADER}1,2026,"{PAID}"'
    assert outcome(tmp_path, f"{line}\n".encode(encoding), kind=kind) == [PAID]


@pytest.mark.parametrize(
    "text",
    ["It costs £5 now", "It costs €5 now", "My café", "It’s bad", "£5 and £6 for a résumé – déjà vu",
    "Größe über Straße",
     "El año pasado, señor: ¿qué pasó?", "I was charged £15 and nobody called. " * 40],
)  # fmt: skip
def test_a_short_file_of_windows_1252_is_not_taken_for_polish(tmp_path: Path, text: str) -> None:
    assert outcome(tmp_path, f'{HEADER}1,2026,"{text}"\n'.encode("cp1252")) == [text]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Café £5 naïve", "latin-1"),
        ("Nie działa internet od tygodnia, źle świadczona usługa i wciąż żadnej odpowiedzi", "cp1250"),
        ("Příliš žluťoučký kůň úpěl ďábelské ódy", "cp1250"),
        ("Интернет не работает уже неделю", "cp1251"),
        ("плохо", "cp1251"),
        ("It costs £5, the café isn’t “good” — déjà vu", "mac_roman"),
    ],
)
def test_other_encodings_of_one_byte_are_found_by_their_words(tmp_path: Path, text: str, encoding: str) -> None:
    assert outcome(tmp_path, f'{HEADER}1,2026,"{text}"\n'.encode(encoding)) == [text]


def test_stray_bytes_of_windows_in_a_file_of_utf_8_are_mended(tmp_path: Path) -> None:
    content = (HEADER + "1,2026,déjà vu\n").encode() + b"2,2026,caf\xe9 \x93bad\x94\n3,2026,\x80 5\n4,2026,\x81\xff\n"
    assert outcome(tmp_path, content) == ["déjà vu", "café “bad”", "€ 5", "\ufffdÿ"]


def test_an_encoding_of_the_settings_is_taken_as_it_is(tmp_path: Path) -> None:
    assert outcome(tmp_path, (HEADER + "1,2026,źle\n").encode("cp1250"), encoding="cp1250") == ["źle"]


@pytest.mark.parametrize("encoding", [None, "utf-8", "UTF8", "utf-8-sig"])
def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path, encoding: str | None) -> None:
    quoted = '"id","at","text"\n"1","2026","a"\n'.encode("utf-8-sig")
    assert read(tmp_path, quoted, encoding=encoding)[0].columns == ("id", "at", "text")
    assert outcome(tmp_path, b'\xef\xbb\xbf{"text": "a"}\n', kind="jsonl", encoding=encoding) == ["a"]


def test_a_file_of_utf_16_that_is_cut_in_a_character_is_read_to_the_cut(tmp_path: Path) -> None:
    content = (HEADER + "1,2026,a\n2,2026,b\n").encode("utf-16")[:-1]
    assert outcome(tmp_path, content)[0] == "a"


def test_zero_bytes_are_text_that_cleaning_takes_away(tmp_path: Path) -> None:
    assert outcome(tmp_path, HEADER + "1,2026,a\0b\n2,2026,c\n") == ["a\0b", "c"]


# --- JSON Lines


def test_nested_objects_are_reached_by_dots_and_lists_are_their_text(tmp_path: Path) -> None:
    line = {"text": "a", "requester": {"organization": {"id": 7}, "tags": ["é", 1]}, "empty": {}, "none": None}
    _, (record,) = read(tmp_path, json.dumps(line), kind="jsonl")
    assert record.values == {
        "text": "a", "requester.organization.id": 7, "requester.tags": '["é", 1]', "none": None,
    }  # fmt: skip


def test_lines_that_are_no_object_say_so_and_are_kept(tmp_path: Path) -> None:
    content = '{"text": "a"}\n[1]\n3\n"x"\nnull\nNaN\n\n{"text": "b"}\n{"text": "cut o'
    _, records = read(tmp_path, content, kind="jsonl")
    no_object, no_json = "not a JSON object", "not valid JSON"
    assert [record.problem for record in records] == [None, *[no_object] * 5, None, no_json]
    assert (records[-1].raw, records[-1].row) == ('{"text": "cut o', 8)


def test_half_of_an_emoji_is_replaced_because_no_table_can_hold_it(tmp_path: Path) -> None:
    _, (record,) = read(
        tmp_path, '{"text": "bad \\ud83d", "\\ude00": ["\\ud83d"], "ok": "\\ud83d\\ude00"}', kind="jsonl"
    )
    assert record.values["text"] == "bad \ufffd"
    assert record.values["ok"] == "😀"
    assert pa.array([*record.values.values(), *record.values.keys(), record.raw]).null_count == 0


def test_hostile_json_is_a_problem_of_its_own_line(tmp_path: Path) -> None:
    deep, huge = '{"a":' * 100_000 + "1" + "}" * 100_000, '{"id":' + "9" * 5000 + "}"
    assert outcome(tmp_path, f'{deep}\n{huge}\n{{"text": "good"}}\n', kind="jsonl") == [
        "[not valid JSON]", "[not valid JSON]", "good",
    ]  # fmt: skip


def test_line_separators_inside_a_text_do_not_end_a_line(tmp_path: Path) -> None:
    assert outcome(tmp_path, '{"text": "a\u2028b\x85c"}\r\n{"text": "d"}', kind="jsonl") == ["a\u2028b\x85c", "d"]


# --- Excel


def workbook(path: Path, *sheets: list[list[Any]]) -> None:
    with pd.ExcelWriter(path) as writer:
        for number, cells in enumerate(sheets, 1):
            pd.DataFrame(cells, dtype=object).to_excel(writer, sheet_name=f"Sheet{number}", index=False, header=False)


def test_whole_numbers_dates_and_times_of_a_workbook_keep_their_kind(tmp_path: Path) -> None:
    cells: list[list[Any]] = [["id", "at", "text", "day", "hour", "score", "flag"],
             [1042, datetime(2026, 1, 5, 12), "slow", date(2026, 1, 5), time(9, 30), 4.5, True]]  # fmt: skip
    workbook(tmp_path / "feed.xlsx", cells)
    ((feed, (record,)),) = feeds(tmp_path, path="feed.xlsx", kind="excel")
    assert feed.columns == ("id", "at", "text", "day", "hour", "score", "flag")
    assert [str(value) for value in record.values.values()] == [
        "1042", "2026-01-05 12:00:00", "slow", "2026-01-05", "09:30:00", "4.5", "True",
    ]  # fmt: skip
    assert (type(record.values["id"]), type(record.values["at"])) == (int, datetime)


def test_empty_rows_and_cells_of_a_workbook(tmp_path: Path) -> None:
    workbook(tmp_path / "feed.xlsx", [*SHEET, [None, None, None], [7, None, "b"]])
    ((_, records),) = feeds(tmp_path, path="feed.xlsx", kind="excel")
    assert [record.row for record in records] == [1, 2]
    assert list(records[1].values.values()) == [7, None, "b"]


def test_a_sheet_is_the_first_or_the_one_that_is_named(tmp_path: Path) -> None:
    workbook(tmp_path / "feed.xlsx", SHEET, [["id", "text"], [1, "other"]])
    assert feeds(tmp_path, path="feed.xlsx", kind="excel")[0][1][0].values["text"] == "It is slow"
    assert feeds(tmp_path, path="feed.xlsx", kind="excel", sheet="Sheet2")[0][1][0].values["text"] == "other"


def test_a_missing_sheet_is_a_problem_that_names_no_sheet(tmp_path: Path) -> None:
    workbook(tmp_path / "feed.xlsx", SHEET, SHEET)
    ((feed, (record,)),) = feeds(tmp_path, path="feed.xlsx", kind="excel", sheet="Januar")
    assert (feed.columns, record.row) == (None, 0)
    assert record.problem == "file cannot be read: has no sheet of the name in the settings; correct sheet"


def test_an_empty_sheet_has_no_rows(tmp_path: Path) -> None:
    workbook(tmp_path / "feed.xlsx", [])
    ((feed, records),) = feeds(tmp_path, path="feed.xlsx", kind="excel")
    assert (feed.columns, records) == (None, [])


@pytest.mark.parametrize("content", [b"", b"id,at,text\n", b"PK\x03\x04 no workbook", b"\xd0\xcf\x11\xe0 no workbook"])
def test_what_is_no_workbook_is_one_problem(tmp_path: Path, content: bytes) -> None:
    _, (record,) = read(tmp_path, content, kind="excel")
    assert record.problem is not None
    assert record.problem.startswith("file cannot be read: not an Excel workbook")
    assert "\n" not in record.problem
    assert str(tmp_path) not in record.problem


# --- Parquet


def test_a_parquet_file_keeps_its_types(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": [1, 2], "at": [pd.Timestamp("2026-01-05T12:00Z"), pd.NaT], "text": ["a", None]})
    frame.to_parquet(tmp_path / "feed.parquet")
    ((feed, records),) = feeds(tmp_path, path="feed.parquet", kind="parquet")
    assert feed.columns == ("id", "at", "text")
    assert [record.row for record in records] == [1, 2]
    assert records[0].values["at"].isoformat() == "2026-01-05T12:00:00+00:00"
    assert (records[1].values["at"], records[1].values["text"]) == (None, None)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"id,at,text\n1,2026,a\n"])
def test_what_is_no_parquet_file_is_one_problem(tmp_path: Path, content: bytes) -> None:
    _, (record,) = read(tmp_path, content, kind="parquet")
    assert record.problem is not None
    assert record.problem.startswith("file cannot be read: ")
    assert "\n" not in record.problem


def test_a_parquet_file_that_breaks_off_in_its_middle_keeps_the_rows_before(tmp_path: Path) -> None:
    path = tmp_path / "feed"
    texts = pa.table({"id": list(range(20_000)), "text": [f"text {number}" for number in range(20_000)]})
    pq.write_table(texts, path, row_group_size=10_000, compression="zstd")
    start = pq.ParquetFile(path).metadata.row_group(1).column(0).dictionary_page_offset or 0
    whole = path.read_bytes()
    _, records = read(tmp_path, whole[:start] + b"\xff" * 200 + whole[start + 200 :], kind="parquet")
    assert [record.row for record in records] == list(range(1, 10_002))
    assert (records[-1].problem or "").startswith("file cannot be read: ")
    assert "\n" not in (records[-1].problem or "")


# --- files


def test_a_pattern_reads_every_file_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "deep/er/c.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(HEADER + f"1,2026,{name}\n")
    (tmp_path / "folder.csv").mkdir()
    assert [feed.name for feed, _ in feeds(tmp_path, path="*.csv")] == ["a.csv", "b.csv"]
    assert [feed.name for feed, _ in feeds(tmp_path, path="**/*.csv")] == ["a.csv", "b.csv", "deep/er/c.csv"]


def test_a_missing_file_is_an_error_and_a_pattern_without_a_match_is_none(tmp_path: Path) -> None:
    with pytest.raises(CxtextError, match=r"source s: no file tickets\.csv; correct its path"):
        feeds(tmp_path, path="tickets.csv")
    assert feeds(tmp_path, path="tickets-*.csv") == []


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "tickets").mkdir()
    with pytest.raises(CxtextError, match="no file tickets"):
        feeds(tmp_path, path="tickets")


def test_brackets_in_the_name_of_the_folder_or_the_file_are_no_pattern(tmp_path: Path) -> None:
    folder = tmp_path / "[acme] 2026"
    folder.mkdir()
    (folder / "feed [1].csv").write_text(HEADER + "1,2026,a\n")
    assert len(feeds(folder, path="*.csv")) == 1
    assert len(feeds(folder, path="feed [1].csv")) == 1


def test_files_of_one_name_in_two_folders_outside_the_settings_have_two_names(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "feed.csv").write_text(HEADER + "1,2026,a\n")
    (tmp_path / "settings").mkdir()
    names = [feed.name for feed, _ in feeds(tmp_path / "settings", path="../*/feed.csv")]
    assert len(set(names)) == 2
    assert all(re.fullmatch(r"feed-[0-9a-f]{8}\.csv", name) for name in names)
    assert [feed.name for feed, _ in feeds(tmp_path / "settings", path=str(tmp_path / "*/feed.csv"))] == names


def test_a_file_inside_the_settings_folder_keeps_its_name_beside_one_of_that_name_outside(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "settings"):
        folder.mkdir(exist_ok=True)
        (folder / "feed.csv").write_text(HEADER + "1,2026,a\n")
    names = [feed.name for feed, _ in feeds(tmp_path / "settings", path="../**/feed.csv")]
    assert sorted(re.sub("-[0-9a-f]{8}", "-#", name) for name in names) == ["feed-#.csv", "feed.csv"]


def test_folders_on_the_way_to_a_feed_are_not_published(tmp_path: Path) -> None:
    exports = tmp_path / "users" / "jane.doe" / "exports"
    exports.mkdir(parents=True)
    (exports / "nps.csv").write_text(HEADER + "1,2026,a\n")
    (exports / "broken.xlsx").write_bytes(b"no workbook")
    (tmp_path / "settings").mkdir()
    for path in ("../users/jane.doe/exports/nps.csv", "../users/*/exports/nps.csv", str(exports / "nps.csv")):
        assert [feed.name for feed, _ in feeds(tmp_path / "settings", path=path)] == ["nps.csv"]
    ((feed, _),) = feeds(tmp_path / "settings", path="../users/jane.doe/exports/*.xlsx", kind="excel")
    assert feed.name == "broken.xlsx"
    with pytest.raises(CxtextError, match=r"^source s: no file gone\.csv; correct its path$"):
        feeds(tmp_path / "settings", path="../users/jane.doe/exports/gone.csv")


def test_a_link_and_the_file_it_leads_to_have_two_names(tmp_path: Path) -> None:
    (tmp_path / "day.csv").write_text(HEADER + "1,2026,a\n")
    (tmp_path / "latest.csv").symlink_to(tmp_path / "day.csv")
    assert [feed.name for feed, _ in feeds(tmp_path, path="*.csv")] == ["day.csv", "latest.csv"]


def test_a_file_that_may_not_be_read_stops_only_itself_and_keeps_its_path_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(HEADER + "1,2026,a\n")
    really = Path.open

    def refuse(path: Path, *args: Any, **kwargs: Any) -> Any:
        # root may read what it may not: permissions alone would prove nothing here
        if path.name == "a.csv":
            raise PermissionError(13, "Permission denied", str(path))
        return really(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refuse)
    (first, (record,)), (second, good) = feeds(tmp_path, path="*.csv")
    assert (first.name, record.problem) == ("a.csv", "file cannot be read: Permission denied")
    assert (second.name, len(good)) == ("b.csv", 1)


def test_an_unknown_kind_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(CxtextError, match="source s: unknown kind 'xml'; known: csv, excel, jsonl, parquet"):
        feeds(tmp_path, path="feed.xml", kind="xml")
