"""`cxtext review`: what a person is given to label, and the way back from the filled file."""

import csv
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from small_snapshot import publish_small_snapshot
from word_encoder import WordEncoder

from cxtext.cells import guard, unguard
from cxtext.cli import main
from cxtext.encode import EmbeddingCache, encode_cached
from cxtext.errors import CxtextError
from cxtext.label_files import Labelled, read_labelled
from cxtext.publish import point_to, write_snapshot
from cxtext.review import read_review
from cxtext.review.choosing import choose
from cxtext.review.codebook import read_codebook
from cxtext.review.columns import CSV_COLUMNS, SHEET_COLUMNS
from cxtext.review.meaning import Meaning, by_vectors, by_words
from cxtext.review.reading import Seen, read_seen
from cxtext.store import DataRoot
from cxtext.tables import CAUSES as CAUSES_TABLE
from cxtext.tables import DOCUMENT_CAUSES, DOCUMENTS, PUBLISHED
from cxtext.taxonomy import CAUSES, NONE, PRIMARIES, UNSTATED

RUN = "2026-03-15"
PROCESS, DESIGN, RUDE = "organization.broken_process", "organization.product_design", "employee.negative_attitude"
MODELS = Path(__file__).parents[1] / "models"

openpyxl: Any = import_module("openpyxl")  # it has no types


# --- the choice


def candidates(confidences: Sequence[float], primaries: Sequence[str] | str = PROCESS) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "document_id": [f"t:{number:04d}" for number in range(len(confidences))],
            "primary": [primaries] * len(confidences) if isinstance(primaries, str) else list(primaries),
            "confidence": list(confidences),
            "needs_review": [confidence < 0.5 for confidence in confidences],
        }
    )


def unlike(number: int) -> Meaning:
    """Texts of which no two are alike."""
    return Meaning(np.eye(number, dtype=np.float32), 0.9)


def at_angles(*degrees: float) -> Meaning:
    turned = np.radians(degrees)
    return Meaning(np.stack([np.cos(turned), np.sin(turned)], axis=1).astype(np.float32), 0.9)


def uncertain_of(chosen: pd.DataFrame) -> set[str]:
    return set(chosen.loc[chosen["drawn"] == "uncertain", "document_id"])


def test_the_random_share_is_drawn_over_all_documents_and_the_rest_are_the_least_sure() -> None:
    frame = candidates(np.linspace(0, 1, 200).tolist())
    chosen = choose(frame, unlike(200), count=50, random_share=0.2, seed=7)
    assert chosen["drawn"].value_counts().to_dict() == {"uncertain": 40, "random": 10}
    assert chosen["document_id"].is_unique
    assert chosen.loc[chosen["drawn"] == "random", "confidence"].max() > 0.5
    assert chosen.loc[chosen["drawn"] == "uncertain", "confidence"].max() < 0.4


def test_every_document_has_the_same_chance_of_being_drawn_at_random() -> None:
    frame = candidates(np.linspace(0, 1, 20).tolist())
    drawn = [
        set(choose(frame, unlike(20), count=10, random_share=0.5, seed=seed).query("drawn == 'random'")["document_id"])
        for seed in range(400)
    ]
    times = [sum(document_id in each for each in drawn) for document_id in frame["document_id"]]
    assert sum(times) == 400 * 5
    assert 65 < min(times) <= max(times) < 140  # 100 expected, with a standard deviation of 9


def test_all_may_be_drawn_at_random_or_none() -> None:
    frame = candidates([0.1] * 30)
    assert set(choose(frame, unlike(30), count=9, random_share=1, seed=7)["drawn"]) == {"random"}
    assert set(choose(frame, unlike(30), count=9, random_share=0, seed=7)["drawn"]) == {"uncertain"}


def test_documents_marked_for_review_come_before_all_others() -> None:
    frame = candidates([0.45] * 6 + [0.1] * 6)
    frame["needs_review"] = [True] * 6 + [False] * 6
    chosen = choose(frame, unlike(12), count=8, random_share=0, seed=7)
    assert {f"t:{number:04d}" for number in range(6)} < set(chosen["document_id"])


def test_no_two_uncertain_documents_are_near_duplicates_of_anything_chosen() -> None:
    copies = np.repeat(np.arange(0, 90, 30), 40)  # three texts, forty times each
    chosen = choose(candidates([0.3] * 120), at_angles(*copies), count=30, random_share=0.1, seed=7)
    angles = [int(copies[int(document_id[2:])]) for document_id in uncertain_of(chosen)]
    drawn = {int(copies[int(each[2:])]) for each in set(chosen["document_id"]) - uncertain_of(chosen)}
    assert len(set(angles)) == len(angles)
    assert set(angles) | drawn == {0, 30, 60}
    assert not set(angles) & drawn


def test_of_equally_doubtful_documents_those_are_chosen_that_are_most_unlike() -> None:
    chosen = choose(candidates([0.3] * 5 + [0.29]), at_angles(0, 28, 45, 60, 90, 0), count=3, random_share=0, seed=7)
    assert set(chosen["document_id"]) == {"t:0005", "t:0004", "t:0002"}


def test_of_equally_unlike_documents_the_more_doubtful_one_is_chosen() -> None:
    chosen = choose(candidates([0.45, 0.2, 0.45]), unlike(3), count=1, random_share=0, seed=7)
    assert list(chosen["document_id"]) == ["t:0001"]


def test_every_proposed_label_is_asked_about() -> None:
    frame = candidates([0.2] * 80 + [0.25] * 10 + [0.3] * 10, [PROCESS] * 80 + [DESIGN] * 10 + [NONE] * 10)
    chosen = choose(frame, unlike(100), count=34, random_share=0, seed=7)
    assert chosen["primary"].value_counts().to_dict() == {PROCESS: 14, DESIGN: 10, NONE: 10}


def test_the_choice_depends_on_the_seed_alone() -> None:
    frame = candidates(np.linspace(0, 0.9, 60).tolist())
    first, again, other = (
        choose(frame, unlike(60), count=20, random_share=0.5, seed=seed)["document_id"].tolist() for seed in (7, 7, 8)
    )
    assert first == again
    assert set(first) != set(other)


def test_random_and_uncertain_documents_are_mixed() -> None:
    drawn = choose(candidates([0.3] * 200), unlike(200), count=100, random_share=0.5, seed=7)["drawn"].tolist()
    assert 15 <= drawn[:50].count("random") <= 35


@pytest.mark.parametrize(("documents", "count", "expected"), [(0, 5, 0), (1, 5, 1), (3, 100, 3), (3, 1, 1)])
def test_of_few_documents_at_most_all_are_chosen(documents: int, count: int, expected: int) -> None:
    chosen = choose(candidates([0.5] * documents), unlike(documents), count=count, random_share=0.2, seed=7)
    assert len(chosen) == expected
    assert list(chosen.columns) == ["document_id", "primary", "confidence", "needs_review", "drawn"]


# --- likeness


def test_cached_vectors_tell_likeness_and_a_text_without_one_leaves_it_to_words(tmp_path: Path) -> None:
    encoder, cache = WordEncoder(), EmbeddingCache(tmp_path)
    texts = ["where is my parcel", "parcel lost", "refund please"]
    encode_cached(texts[:2], encoder, cache)
    assert by_vectors(texts, encoder, cache) is None
    encode_cached(texts, encoder, cache)
    meaning = by_vectors(texts, encoder, cache)
    assert meaning is not None
    near, far = meaning.nearest(np.array([1, 2]), [0])
    assert near > 0.8 > far


def test_words_tell_copies_from_other_texts_whatever_they_are_made_of() -> None:
    meaning = by_words(["The tap drips.", "the tap drips", "Refund!", "???", "??"])
    copy, other, marks = (float(meaning.nearest(np.array([row]), [to])[0]) for row, to in ((1, 0), (2, 0), (4, 3)))
    assert copy >= meaning.near > other
    assert marks >= meaning.near


# --- cells and the codebook


@pytest.mark.parametrize("text", ["=1+1", "+44", "-5", "@all", "\tx", "'=1", "''+1", "＝1"])
def test_what_a_spreadsheet_would_calculate_is_guarded_and_given_back(text: str) -> None:
    assert guard(text) == f"'{text}"
    assert unguard(guard(text)) == text


@pytest.mark.parametrize("text", ["", "a=b", "'quoted'", "'tis late", " =1"])
def test_other_texts_are_left_as_they_are(text: str) -> None:
    assert guard(text) == text
    assert unguard(text) == text


def test_the_bundled_codebook_tells_of_every_label_and_loses_no_rule() -> None:
    codebook = read_codebook(MODELS / "causes")
    assert tuple(each.label for each in codebook.labels) == PRIMARIES
    assert all(each.given_when and each.hard_rules for each in codebook.labels)
    assert [each.name for each in codebook.labels[:2]] == ["Product design", "Misleading marketing"]
    by_label = {each.label: each for each in codebook.labels}
    assert any(rule.startswith("A person or the process?") for rule in by_label[RUDE].hard_rules)
    assert any(rule.startswith("Praise and blame together?") for rule in codebook.rules)
    questions = [line for line in (MODELS / "causes" / "CODEBOOK.md").read_text("utf-8").splitlines() if "? |" in line]
    told = {rule for each in codebook.labels for rule in each.hard_rules} | set(codebook.rules)
    assert len(questions) > 10
    for line in questions:
        assert any(rule.startswith(line.split("|")[1].strip()) for rule in told), line


def test_a_codebook_that_leaves_out_a_label_is_named(tmp_path: Path) -> None:
    (tmp_path / "CODEBOOK.md").write_text(f"| label | when |\n|---|---|\n| `{DESIGN}` | x |\n", "utf-8")
    with pytest.raises(CxtextError, match=r"CODEBOOK.md: does not say when to give organization.misleading_marketing"):
        read_codebook(tmp_path)


# --- the command

DANGEROUS = '=HYPERLINK("http://bad.example","click")'
TEXTS = [
    ("The tap drips\nand nobody came", PROCESS, 0.3),
    (DANGEROUS, UNSTATED, 0.2),
    ("+44 is not my country, @support", NONE, 0.4),
    ("-5 degrees, and the heating fails", PROCESS, 0.9),
    ("@cxtext never again", RUDE, 0.8),
    ("The fee is a rip-off, ünïcode 😀", DESIGN, 0.45),
]


def publish(folder: Path, texts: Sequence[tuple[str, str, float]], **columns: Sequence[Any]) -> Path:
    """A data root with one published run of these texts; returns its settings file."""
    config = folder / "cxtext.toml"
    config.write_text('timezone = "Europe/London"\ndata_root = "data"\n', "utf-8")
    root = DataRoot(folder / "data")
    ids = [f"t:{number}" for number in range(1, len(texts) + 1)]
    documents = pd.DataFrame(
        {
            "document_id": ids,
            "source": "t",
            "channel": "ticket",
            "created_at": pd.Series(
                [datetime(2026, 3, 14, 23, 30, tzinfo=UTC)] * len(ids), dtype="datetime64[us, UTC]"
            ),
            "text": [text for text, *_ in texts],
            "language": "en",
            "skipped": pd.Series([None] * len(ids), dtype=object),
            "redactions": 0,
            "redacted_kinds": [[] for _ in ids],
            "trimmed": 0,
        }
    ).assign(**columns)
    read = documents["skipped"].isna().tolist()
    judged = [(each, *rest) for each, rest, is_read in zip(ids, texts, read, strict=True) if is_read]
    verdicts = [
        {"document_id": each, "primary": primary, "confidence": sure, "runner_up": NONE, "needs_review": sure < 0.5}
        for each, _, primary, sure in judged
    ]
    causes = [
        {
            "document_id": each, "cause": primary, "standard_cause": primary,
            "origin": primary.split(".")[0], "confidence": sure, "is_primary": True, "evidence": text, "method": "m",
        }
        for each, text, primary, sure in judged
        if primary in CAUSES
    ]  # fmt: skip
    tables = {table.name: table.empty() for table in PUBLISHED}
    if texts:
        tables[DOCUMENTS.name] = documents
        tables[DOCUMENT_CAUSES.name] = pd.DataFrame(verdicts) if verdicts else DOCUMENT_CAUSES.empty()
        tables[CAUSES_TABLE.name] = pd.DataFrame(causes) if causes else CAUSES_TABLE.empty()
    write_snapshot(root, RUN, tables, {}, {})
    point_to(root, RUN)
    return config


@pytest.fixture
def review(tmp_path: Path) -> Callable[..., Result]:
    def call(*arguments: object, out: str = "out") -> Result:
        words = ["review", "--config", tmp_path / "cxtext.toml", "--out", tmp_path / out, *arguments]
        return CliRunner().invoke(main, [str(word) for word in words])

    return call


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def test_the_command_writes_both_files_and_says_what_is_in_them(review: Callable[..., Result], tmp_path: Path) -> None:
    publish(tmp_path, TEXTS)
    answer = review("--count", 5)
    assert answer.exit_code == 0, answer.output
    files = [tmp_path / "out" / f"review-{RUN}.{kind}" for kind in ("csv", "xlsx")]
    said = f"5 of 6 documents of the run of {RUN}: 1 drawn at random, 4 uncertain"
    assert answer.output.splitlines() == [said, *map(str, files)]
    rows = rows_of(files[0])
    assert list(rows[0]) == list(CSV_COLUMNS)
    assert [row["drawn"] for row in rows].count("random") == 1
    assert {(row["causes"], row["primary"], row["note"]) for row in rows} == {("", "", "")}
    (tap,) = [row for row in rows_of(files[0]) if row["document_id"] == "t:1"]
    assert (tap["created"], tap["text"]) == ("2026-03-14", "The tap drips\nand nobody came")
    assert (tap["proposed_primary"], tap["proposed_causes"], tap["proposed_confidence"]) == (PROCESS, PROCESS, "0.3")
    assert tap["proposed_evidence"] == tap["text"]


def test_the_answer_for_a_program_names_the_files(review: Callable[..., Result], tmp_path: Path) -> None:
    publish(tmp_path, TEXTS)
    answer = json.loads(review("--run", RUN, "--json", "--random-share", 0.5).output)
    assert (answer["run"], answer["candidates"], answer["random"], answer["uncertain"]) == (RUN, 6, 3, 3)
    assert all(Path(path).is_file() for path in answer["files"])


def test_a_day_is_that_of_the_settings_time_zone(review: Callable[..., Result], tmp_path: Path) -> None:
    config = publish(tmp_path, TEXTS)
    config.write_text(config.read_text("utf-8").replace("Europe/London", "Europe/Berlin"), "utf-8")
    review()
    assert {row["created"] for row in rows_of(tmp_path / "out" / f"review-{RUN}.csv")} == {"2026-03-15"}


def test_the_same_call_writes_the_same_bytes(review: Callable[..., Result], tmp_path: Path) -> None:
    publish(tmp_path, TEXTS)
    assert review(out="one").exit_code == review(out="two").exit_code == review(out="two").exit_code == 0
    for kind in ("csv", "xlsx"):
        one, two = (tmp_path / out / f"review-{RUN}.{kind}" for out in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()


def test_what_was_left_out_of_analysis_is_not_asked_and_what_has_a_verdict_is_in_any_language(
    review: Callable[..., Result], tmp_path: Path
) -> None:
    skipped = pd.Series([None, "no_meaning", None, None, None, None], dtype=object)
    publish(tmp_path, TEXTS, skipped=skipped, language=["en", "en", "de", "und", "en", "en"])
    review()
    found = {row["document_id"] for row in rows_of(tmp_path / "out" / f"review-{RUN}.csv")}
    assert found == {"t:1", "t:3", "t:4", "t:5", "t:6"}


def test_documents_of_labelled_files_are_not_asked_again(review: Callable[..., Result], tmp_path: Path) -> None:
    publish(tmp_path, TEXTS)
    assert review("--count", 2, out="first").exit_code == 0
    first = tmp_path / "first" / f"review-{RUN}.xlsx"
    own = tmp_path / "own.jsonl"
    own.write_text(json.dumps({"text": TEXTS[4][0], "causes": [RUDE], "primary": RUDE}) + "\n\n", "utf-8")
    plain = tmp_path / "plain.csv"
    plain.write_text(f'text,causes,primary\n" {TEXTS[0][0]} ",{PROCESS},{PROCESS}\n', "utf-8")
    assert review("--labelled", first, "--labelled", own, "--labelled", plain).exit_code == 0
    known = {row["document_id"] for row in rows_of(first.with_suffix(".csv"))} | {"t:5", "t:1"}
    found = {row["document_id"] for row in rows_of(tmp_path / "out" / f"review-{RUN}.csv")}
    assert found == {f"t:{number}" for number in range(1, 7)} - known


def test_copies_are_asked_once_and_the_command_says_so(review: Callable[..., Result], tmp_path: Path) -> None:
    publish(tmp_path, [("The tap drips again", PROCESS, 0.2)] * 4 + TEXTS)
    answer = review("--random-share", 0)
    assert answer.output.splitlines()[:2] == [
        f"7 of 10 documents of the run of {RUN}: 0 drawn at random, 7 uncertain",
        "the others are near-duplicates of these",
    ]


@pytest.mark.parametrize(
    ("texts", "arguments", "message"),
    [
        ([], [], f"the run of {RUN}: none of its 0 documents is left to label"),
        (TEXTS, ["--run", "2026-03-01"], "no snapshot of 2026-03-01; `cxtext status` lists the runs there are"),
        (TEXTS, ["--run", "today"], "'today' is no day; write it as YYYY-MM-DD"),
        (TEXTS, ["--labelled", "nowhere.csv"], "nowhere.csv: no such file"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    review: Callable[..., Result], tmp_path: Path, texts: Any, arguments: list[str], message: str
) -> None:
    publish(tmp_path, texts)
    answer = review(*arguments)
    assert answer.exit_code == 2, answer.output
    assert message in answer.output
    assert answer.output.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_filled_file_is_not_overwritten(review: Callable[..., Result], tmp_path: Path) -> None:
    publish(tmp_path, TEXTS)
    review()
    path = tmp_path / "out" / f"review-{RUN}.xlsx"
    fill(path, {"t:1": (PROCESS,)})
    before = path.read_bytes()
    answer = review()
    assert answer.exit_code == 2
    assert "is there already and may hold labels; move it away, or name another --out" in answer.output
    assert path.read_bytes() == before


# --- the workbook


def cells_of(sheet: Any) -> list[Any]:
    return [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]


def test_the_workbook_offers_lists_keeps_its_header_and_hides_the_proposals(
    review: Callable[..., Result], tmp_path: Path
) -> None:
    publish(tmp_path, TEXTS)
    review()
    workbook = openpyxl.load_workbook(tmp_path / "out" / f"review-{RUN}.xlsx")
    assert workbook.sheetnames == ["Documents", "Codebook", "How to"]
    assert workbook.properties.created == datetime(2026, 3, 15)
    sheet = workbook["Documents"]
    assert sheet.freeze_panes == "A2"
    assert [cell.value for cell in sheet[1]] == list(SHEET_COLUMNS)
    assert all(cell.alignment.wrap_text for cell in sheet["D"][1:])
    lists = {str(each.sqref): each.formula1 for each in sheet.data_validations.dataValidation}
    assert lists == {"E2:E7": "Codebook!$A$2:$A$13"} | {f"{c}2:{c}7": "Codebook!$A$2:$A$11" for c in "FGH"}
    labels = [cell.value for cell in workbook["Codebook"]["A"]]
    assert labels == ["Label", *PRIMARIES]
    assert labels[1:11] == list(CAUSES)
    hidden = sheet.column_dimensions["J"]
    assert (hidden.min, hidden.hidden, hidden.outlineLevel) == (10, True, 1)
    assert not sheet.column_dimensions["E"].hidden
    assert "cxtext train --labels FILE" in " ".join(str(cell.value) for cell in cells_of(workbook["How to"]))


def test_no_cell_of_the_workbook_is_a_formula_or_a_link(review: Callable[..., Result], tmp_path: Path) -> None:
    publish(tmp_path, TEXTS)
    review()
    workbook = openpyxl.load_workbook(tmp_path / "out" / f"review-{RUN}.xlsx")
    cells = [cell for sheet in workbook for cell in cells_of(sheet)]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink]
    assert {text for text, *_ in TEXTS} < {cell.value for cell in cells_of(workbook["Documents"])}


def test_no_cell_of_the_csv_file_begins_as_a_formula(review: Callable[..., Result], tmp_path: Path) -> None:
    publish(tmp_path, TEXTS)
    review()
    cells = [cell for row in rows_of(tmp_path / "out" / f"review-{RUN}.csv") for cell in row.values()]
    assert f"'{DANGEROUS}" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def test_a_text_longer_than_a_cell_is_cut_in_both_files_alike(review: Callable[..., Result], tmp_path: Path) -> None:
    publish(tmp_path, [("late " * 9000, PROCESS, 0.2)])
    review()
    path = tmp_path / "out" / f"review-{RUN}.csv"
    fill(path.with_suffix(".xlsx"), {"t:1": (PROCESS,)})
    (row,) = rows_of(path)
    assert [len(row["text"])] == [len(each.text) for each in read_review(path.with_suffix(".xlsx"))] == [32_000]


def test_signs_that_workbooks_write_in_a_code_of_their_own_come_back(
    review: Callable[..., Result], tmp_path: Path
) -> None:
    text = "_x0041_ is a code & <b>, \u0001 is no sign"
    publish(tmp_path, [(text, PROCESS, 0.2)])
    assert review().exit_code == 0
    path = tmp_path / "out" / f"review-{RUN}.xlsx"
    assert read_seen([path]) == read_seen([path.with_suffix(".csv")]) == Seen(frozenset({"t:1"}), frozenset({text}))


# --- the way back


def fill(path: Path, labels: dict[str, tuple[str, ...]]) -> None:
    """What a person does with the workbook: document_id -> primary, then causes."""
    workbook = openpyxl.load_workbook(path)
    sheet = workbook["Documents"]
    for row in range(2, sheet.max_row + 1):
        for offset, label in enumerate(labels.get(sheet.cell(row, 1).value, ())):
            sheet.cell(row, 5 + offset).value = label
    workbook.save(path)


def fill_csv(path: Path, labels: dict[str, tuple[str, ...]], delimiter: str = ",") -> None:
    rows = rows_of(path)
    with path.open("w", encoding="utf-8-sig", newline="") as lines:
        writer = csv.DictWriter(lines, CSV_COLUMNS, delimiter=delimiter)
        writer.writeheader()
        for row in rows:
            primary, *causes = labels.get(row["document_id"], ("",))
            writer.writerow(row | {"primary": primary, "causes": "|".join(causes)})


LABELS: dict[str, tuple[str, ...]] = {
    "t:1": (PROCESS, PROCESS, RUDE), "t:2": (NONE,), "t:3": (UNSTATED,), "t:4": (PROCESS, PROCESS),
    "t:6": (DESIGN, DESIGN),
}  # fmt: skip
EXPECTED = {
    Labelled(TEXTS[0][0], (PROCESS, RUDE), PROCESS), Labelled(DANGEROUS, (), NONE), Labelled(TEXTS[2][0], (), UNSTATED),
    Labelled(TEXTS[3][0], (PROCESS,), PROCESS), Labelled(TEXTS[5][0], (DESIGN,), DESIGN),
}  # fmt: skip


@pytest.fixture
def written(review: Callable[..., Result], tmp_path: Path) -> Path:
    """The CSV file of an empty review; the workbook lies beside it."""
    publish(tmp_path, TEXTS)
    assert review().exit_code == 0
    return tmp_path / "out" / f"review-{RUN}.csv"


def test_a_filled_workbook_comes_back_as_it_was_labelled(written: Path) -> None:
    path = written.with_suffix(".xlsx")
    assert read_review(path) == []
    fill(path, LABELS)
    assert set(read_review(path)) == EXPECTED


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_filled_csv_file_comes_back_whatever_the_program_that_saved_it(written: Path, delimiter: str) -> None:
    assert read_review(written) == []
    fill_csv(written, LABELS, delimiter)
    assert set(read_review(written)) == EXPECTED


def test_a_csv_file_filled_to_the_end_is_a_labelled_file(written: Path) -> None:
    fill_csv(written, LABELS | {"t:5": (RUDE, RUDE)})
    assert read_labelled(written) == read_review(written)
    assert set(read_labelled(written)) == EXPECTED | {Labelled(TEXTS[4][0], (RUDE,), RUDE)}


def test_a_csv_file_saved_as_a_workbook_is_read_too(written: Path, tmp_path: Path) -> None:
    fill_csv(written, LABELS)
    workbook = openpyxl.Workbook()
    workbook.active.title = "review"
    for cells in csv.reader(written.open(encoding="utf-8-sig", newline="")):
        workbook.active.append([unguard(cell) or None for cell in cells[:7]])
        for cell in workbook.active[workbook.active.max_row]:
            cell.data_type = "s" if isinstance(cell.value, str) else cell.data_type
    workbook.save(tmp_path / "own.xlsx")
    assert set(read_review(tmp_path / "own.xlsx")) == EXPECTED


def test_a_primary_without_causes_beside_it_is_the_only_cause(written: Path) -> None:
    path = written.with_suffix(".xlsx")
    fill(path, {"t:1": (PROCESS,)})
    assert read_review(path) == [Labelled(TEXTS[0][0], (PROCESS,), PROCESS)]


def test_those_drawn_at_random_can_be_read_alone(written: Path) -> None:
    fill_csv(written, dict.fromkeys((f"t:{number}" for number in range(1, 7)), (NONE,)))
    random = {unguard(row["text"]) for row in rows_of(written) if row["drawn"] == "random"}
    assert {each.text for each in read_review(written, drawn="random")} == random
    assert len(random) == 1


def test_causes_without_a_primary_are_passed_over_and_noted(written: Path, caplog: pytest.LogCaptureFixture) -> None:
    fill_csv(written, {"t:1": ("", PROCESS)})
    assert read_review(written) == []
    row = next(number for number, row in enumerate(rows_of(written), 2) if row["document_id"] == "t:1")
    assert f"{written}: causes without a primary are passed over, in row {row}" in caplog.text


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (
            ("broken",),
            r"row {row}: primary is 'broken'; make it one of organization.product_design, .*, unstated, none",
        ),
        ((PROCESS, "slow"), r"row {row}: 'slow' is no cause; use organization.product_design, "),
        ((PROCESS, RUDE), r"row {row}: primary is '{primary}'; make it one of its causes, or clear the causes"),
        ((NONE, RUDE), r"row {row}: primary is 'none'; make it one of its causes, or clear the causes"),
    ],
)
def test_a_wrong_label_is_refused_with_its_file_and_row(written: Path, labels: tuple[str, ...], message: str) -> None:
    path = written.with_suffix(".xlsx")
    row = next(number for number, row in enumerate(rows_of(written), 2) if row["document_id"] == "t:4")
    fill(path, {"t:4": labels})
    fill_csv(written, {"t:4": labels})
    for file in (path, written):
        with pytest.raises(CxtextError, match=rf"{file.name}: {message.format(row=row, primary=labels[0])}"):
            read_review(file)


def test_rows_are_counted_as_the_spreadsheet_shows_them(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text('text,causes,primary\n"two\nlines",,none\n\n,,none\n', "utf-8")
    with pytest.raises(CxtextError, match=r"own.csv: row 4: the text is empty"):
        read_review(path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"text,causes\nx,\n", r"a.csv: no column primary; it needs primary, text"),
        ("a.csv", b"", r"a.csv: no column primary, text"),
        ("a.csv", b"text,causes,primary\n\xff,,none\n", r"a.csv: cannot be read .*; save it as"),
        ("a.jsonl", b"{}", r"a.jsonl: is no review file; name the CSV file or the workbook"),
        ("a.xlsx", b"no workbook", r"a.xlsx: no workbook that can be read"),
        ("a.xlsx", None, r"a.xlsx: (cannot be read|no workbook that can be read)"),
    ],
)
def test_a_file_that_is_no_review_is_refused(tmp_path: Path, name: str, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(CxtextError, match=message):
        read_review(tmp_path / name)


@pytest.mark.slow
def test_after_a_real_night_likeness_comes_from_its_vectors(
    review: Callable[..., Result],
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = publish_small_snapshot(tmp_path_factory.getbasetemp() / "small-snapshot")
    (tmp_path / "cxtext.toml").write_text("", "utf-8")
    monkeypatch.delattr("cxtext.review.making.by_words")
    answer = review("--data-root", root, "--count", 10)
    assert answer.exit_code == 0, answer.output
    rows = rows_of(tmp_path / "out" / f"review-{RUN}.csv")
    assert len(rows) == 10
    assert all(row["proposed_primary"] in PRIMARIES for row in rows)
    assert not [row for row in rows if row["text"].startswith(("n/a", "Danke"))]
