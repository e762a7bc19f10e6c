"""The tables' contract: what does not conform is refused, and what conforms has one form."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cxtext.store import write_parquet
from cxtext.tables import (
    ALL,
    BY_NAME,
    CAUSES,
    LEDGER,
    PUBLISHED,
    THEME_PROTOTYPES,
    THEMES,
    TRENDS,
    VERBATIMS,
    to_frame,
)

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def verbatims(**columns: Any) -> pd.DataFrame:
    row = {
        "document_id": "tickets:1", "source": "tickets", "channel": "ticket", "created_at": NOON, "updated_at": None,
        "subject": None, "verbatim": "It is slow", "file": "a.csv", "row": 1, "content_hash": "00",
    }  # fmt: skip
    longest = max((len(values) for values in columns.values()), default=1)
    return pd.DataFrame({name: [value] * longest for name, value in row.items()} | columns)


def ledger(*rows: tuple[str, str]) -> pd.DataFrame:
    counts = ["rows_read", "documents", "updates", "duplicates", "quarantined", "out_of_window"]
    return pd.DataFrame([{"source": source, "file": file} | dict.fromkeys(counts, 0) for source, file in rows])


def themes(**columns: Any) -> pd.DataFrame:
    row = {
        "theme_id": "t1", "label": "Slow", "keywords": ["slow"], "status": "new", "first_seen": NOON, "last_seen": NOON,
        "documents": 1, "documents_last_7_days": 1, "exemplars": ["tickets:1"], "is_curated": False,
        "is_pinned": False, "is_muted": False,
    }  # fmt: skip
    return pd.DataFrame([row | {name: value[0] for name, value in columns.items()}])


def refusal(table: Any, frame: pd.DataFrame) -> str:
    with pytest.raises(ValueError, match=f"table {table.name}: ") as raised:
        table.conform(frame)
    return str(raised.value)


def test_an_unknown_column_is_refused() -> None:
    assert refusal(VERBATIMS, verbatims(mood=["bad"])).startswith("table verbatims: unknown columns ['mood']")


def test_a_missing_column_is_refused_unless_it_is_optional() -> None:
    assert refusal(VERBATIMS, verbatims().drop(columns="channel")).endswith("missing columns ['channel']")
    assert VERBATIMS.conform(verbatims().drop(columns="subject"))["subject"].null_count == 1


def test_a_column_that_stands_twice_is_refused() -> None:
    frame = pd.concat([verbatims(), verbatims()[["channel"]]], axis=1)
    assert refusal(VERBATIMS, frame) == "table verbatims: columns ['channel'] stand in the frame twice"


@pytest.mark.parametrize("nothing", [None, float("nan"), pd.NA])
def test_nothing_in_a_required_column_is_refused(nothing: Any) -> None:
    frame = verbatims(verbatim=pd.Series(["words", nothing], dtype=object), document_id=["a", "b"])
    assert refusal(VERBATIMS, frame) == "table verbatims: column verbatim has 1 nulls, but it is required"


def test_a_key_that_repeats_is_refused() -> None:
    assert refusal(VERBATIMS, verbatims(row=[1, 2])) == "table verbatims: two rows share the same document_id"


def test_a_key_of_several_columns_repeats_only_when_all_of_them_do() -> None:
    assert LEDGER.conform(ledger(("a", "1.csv"), ("a", "2.csv"), ("b", "1.csv"))).num_rows == 3
    assert refusal(LEDGER, ledger(("a", "1.csv"), ("a", "1.csv"))).endswith("two rows share the same source, file")


@pytest.mark.parametrize("naive_first", [True, False])
def test_a_naive_time_is_refused_even_beside_one_with_a_zone(naive_first: bool) -> None:
    both = [NOON.replace(tzinfo=None), NOON]
    created_at = pd.Series(both if naive_first else both[::-1], dtype=object)
    expected = "table verbatims: column created_at: times without a zone"
    assert refusal(VERBATIMS, verbatims(created_at=created_at, document_id=["a", "b"])) == expected
    assert refusal(VERBATIMS, verbatims(created_at=pd.to_datetime(["2026-01-05"]))) == expected


def test_a_value_of_another_type_is_refused_by_the_name_of_its_column() -> None:
    assert refusal(VERBATIMS, verbatims(row=[1.5])).startswith("table verbatims: column row: ")
    assert refusal(VERBATIMS, verbatims(subject=pd.Series(["a", 1], dtype=object), document_id=["a", "b"])).startswith(
        "table verbatims: column subject: "
    )
    assert refusal(VERBATIMS, verbatims(created_at=["2026-01-05"])).startswith("table verbatims: column created_at: ")


def test_a_text_is_no_list_of_its_letters() -> None:
    assert (
        refusal(THEMES, themes(keywords=["slow"])) == "table themes: column keywords: a text where a list is declared"
    )


@pytest.mark.parametrize("values", [[0.1, 2.0], np.array([0.1, 2.0]), np.array([0.1, 2.0], np.float32)], ids=str)
def test_a_vector_may_come_as_a_list_or_an_array(values: Any) -> None:
    frame = pd.DataFrame({"theme_id": ["T0001"], "number": [0], "vector": [values]})
    (row,) = THEME_PROTOTYPES.conform(frame)["vector"].to_pylist()
    assert row == np.array([0.1, 2.0], np.float32).tolist()


def test_rows_are_sorted_by_key_and_columns_stand_as_declared() -> None:
    frame = verbatims(document_id=["c", "a", "b"], row=[1, 2, 3])
    table = VERBATIMS.conform(frame[sorted(frame.columns)])
    assert table["document_id"].to_pylist() == ["a", "b", "c"]
    assert table["row"].to_pylist() == [2, 3, 1]
    assert table.column_names == list(VERBATIMS.columns)


def test_the_same_rows_in_another_order_give_the_same_bytes(tmp_path: Path) -> None:
    ids = [f"tickets:{number}" for number in range(500)]
    frame = verbatims(document_id=ids, score=[None, *[3.0] * 499], updated_at=[NOON, *[None] * 499])
    written = []
    for name, order in (("one", frame), ("other", frame.sample(frac=1, random_state=7)), ("turned", frame[::-1])):
        write_parquet(VERBATIMS.conform(order), tmp_path / name)
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1] == written[2]


def test_an_int_column_with_gaps_comes_back_whole() -> None:
    conformed = VERBATIMS.conform(verbatims(row=pd.Series([1.0, 2.0]), document_id=["a", "b"]))
    assert conformed["row"].to_pylist() == [1, 2]


def test_a_written_table_carries_its_meaning(tmp_path: Path) -> None:
    write_parquet(CAUSES.conform(CAUSES.empty()), tmp_path / "causes.parquet")
    schema = pq.read_schema(tmp_path / "causes.parquet")
    assert schema.metadata[b"meaning"].decode() == CAUSES.meaning
    assert schema.metadata[b"key"] == b"document_id,cause"
    assert schema.field("evidence").metadata[b"meaning"].decode() == CAUSES.meanings["evidence"]


def test_a_frame_of_a_table_has_none_for_missing_texts_and_utc_for_times() -> None:
    frame = to_frame(VERBATIMS.conform(verbatims(subject=[None, "Slow"], document_id=["a", "b"])))
    assert frame["subject"].tolist() == [None, "Slow"]
    assert frame["created_at"].iloc[0] == NOON
    assert frame["updated_at"].isna().all()


@pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)
def test_every_table_has_an_empty_frame_that_conforms(table: Any) -> None:
    conformed = table.conform(table.empty())
    assert (conformed.num_rows, conformed.schema) == (0, table.schema)


@pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)
def test_every_key_is_declared_and_required(table: Any) -> None:
    assert set(table.key) <= set(table.columns) - table.optional
    assert all(table.meanings[name] for name in table.columns)


def test_no_private_table_is_published() -> None:
    assert not any(table.private for table in PUBLISHED)
    assert [table.name for table in ALL if table.private] == [
        "verbatims", "quarantine", "registry", "theme_prototypes", "theme_space", "theme_fit",
    ]  # fmt: skip
    assert all(BY_NAME[table.name] is table for table in ALL)


def test_the_times_of_every_table_have_a_zone() -> None:
    for table in ALL:
        for kind in table.columns.values():
            assert not pa.types.is_timestamp(kind) or kind.tz == "UTC"
    assert TRENDS.columns["period_start"] == pa.date32()
