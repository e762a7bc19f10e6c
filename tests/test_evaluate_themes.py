"""`cxtext evaluate themes`: scores that anyone can recompute, and plain errors."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from word_encoder import WORDS, WordEncoder

from cxtext import night as nights
from cxtext.cli import main
from cxtext.errors import CxtextError
from cxtext.evaluate.label_match import label_match
from cxtext.evaluate.themes import evaluate_themes, first_night, scores
from cxtext.settings import ThemesSettings


def labelled(folder: Path, rows: list[tuple[str, str]]) -> Path:
    path = folder / "labelled.csv"
    pd.DataFrame(rows, columns=["text", "label"]).to_csv(path, index=False)
    return path


@pytest.fixture
def rows() -> list[tuple[str, str]]:
    return [(f"My {word} is in trouble, case number {each}", word) for each in range(12) for word in WORDS]


def test_the_scores_are_those_of_scikit_learn() -> None:
    labels = ["a", "a", "a", "b", "b", "c"]
    found = ["T1", "T1", None, "T2", "T2", None]
    groups = [1, 1, 0, 2, 2, 0]
    answer = scores(labels, found)
    assert answer["nmi"] == pytest.approx(normalized_mutual_info_score(labels, groups))
    assert answer["ari"] == pytest.approx(adjusted_rand_score(labels, groups))
    assert (answer["documents"], answer["themes"], answer["labels"]) == (6, 2, 3)
    assert answer["unassigned"] == pytest.approx(2 / 6)


def test_plain_themes_are_found_without_their_number(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    answer = evaluate_themes(labelled(tmp_path, rows), WordEncoder(), ThemesSettings())
    assert answer["nmi"] == pytest.approx(1)
    assert answer["ari"] == pytest.approx(1)
    assert (answer["themes"], answer["labels"], answer["unassigned"]) == (3, 3, 0)
    assert answer["seconds"] > 0


def test_labels_do_not_help_to_find_themes(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    shuffled = np.random.default_rng(1).permutation([label for _, label in rows])
    path = labelled(tmp_path, [(text, str(label)) for (text, _), label in zip(rows, shuffled, strict=True)])
    answer = evaluate_themes(path, WordEncoder(), ThemesSettings())
    assert answer["themes"] == 3
    assert answer["ari"] < 0.2


def test_a_text_without_meaning_counts_as_unassigned(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    path = labelled(tmp_path, [*rows, ("", "refund"), ("n/a", "refund")])
    answer = evaluate_themes(path, WordEncoder(), ThemesSettings())
    assert answer["documents"] == len(rows) + 2
    assert answer["unassigned"] == pytest.approx(2 / (len(rows) + 2))


def test_a_row_without_a_label_takes_part_but_is_not_scored(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    """Of a help desk's tickets a few are linked to a problem; the others say what the themes are all the same."""
    linked = [(text, label if row % 4 == 0 else " ") for row, (text, label) in enumerate(rows)]
    answer = evaluate_themes(labelled(tmp_path, linked), WordEncoder(), ThemesSettings())
    assert (answer["documents"], answer["scored"]) == (36, 9)
    assert (answer["themes"], answer["labels"]) == (3, 3)
    assert answer["nmi"] == pytest.approx(1)


def test_labels_may_stand_in_another_column(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    path = tmp_path / "tickets.csv"
    pd.DataFrame([(*row, "x") for row in rows], columns=["text", "problem_id", "label"]).to_csv(path, index=False)
    answer = evaluate_themes(path, WordEncoder(), ThemesSettings(), label="problem_id")
    assert (answer["labels"], answer["scored"]) == (3, 36)
    with pytest.raises(CxtextError, match="has no column problem; it has text, problem_id, label"):
        evaluate_themes(path, WordEncoder(), ThemesSettings(), label="problem")


def test_a_column_without_any_label_is_told_in_one_line(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    path = labelled(tmp_path, [(text, "") for text, _ in rows])
    with pytest.raises(CxtextError, match=r"labelled.csv: column label is empty in every row; label some documents"):
        evaluate_themes(path, WordEncoder(), ThemesSettings())


def test_names_are_held_against_the_labels(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    night = first_night([text for text, _ in rows], WordEncoder(), ThemesSettings())
    answer = evaluate_themes(labelled(tmp_path, rows), WordEncoder(), ThemesSettings())
    labels = [label for _, label in rows]
    assert answer["label_match"] == label_match(labels, night.theme_ids, night.labels, WordEncoder().encode)
    assert answer["label_match"] == 1


def test_themes_are_the_same_when_they_are_stored_and_read_again(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    answer = evaluate_themes(labelled(tmp_path, [*rows, ("n/a", "refund")]), WordEncoder(), ThemesSettings())
    assert answer["agreement"] == 1


def test_agreement_is_found_by_looking(rows: list[tuple[str, str]]) -> None:
    """Where the themes of the night are not those that its state would give, the figure says so."""
    night = first_night([text for text, _ in rows], WordEncoder(), ThemesSettings())
    off = replace(night, theme_ids=[None, *night.theme_ids[1:]])
    assert off.agreement() == pytest.approx(35 / 36)


def test_without_documents_nothing_disagrees() -> None:
    assert first_night([], WordEncoder(), ThemesSettings()).agreement() == 1


@pytest.mark.parametrize("count", [0, 1, 4])
def test_too_few_texts_make_no_theme(count: int) -> None:
    assert first_night(["my refund"] * count, WordEncoder(), ThemesSettings()).theme_ids == [None] * count


def test_the_same_file_gives_the_same_scores(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    path = labelled(tmp_path, rows)
    first, second = (evaluate_themes(path, WordEncoder(), ThemesSettings()) for _ in range(2))
    del first["seconds"], second["seconds"]
    assert first == second


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"text,topic\nhello there,a\n", "has no column label; it has text, topic"),
        (b"text,label\n", "holds no rows"),
        (b"", "cannot be read as CSV"),
        (b"\xff\xfe\x00", "cannot be read as CSV"),
    ],
)
def test_a_file_that_cannot_be_scored_is_told_in_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "labelled.csv"
    path.write_bytes(content)
    with pytest.raises(CxtextError, match=message) as caught:
        evaluate_themes(path, WordEncoder(), ThemesSettings())
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(CxtextError, match="cannot be read as CSV") as caught:
        evaluate_themes(tmp_path / "nowhere.csv", WordEncoder(), ThemesSettings())
    assert "\n" not in str(caught.value)


def test_the_command_takes_the_column_of_the_labels(
    tmp_path: Path, rows: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nights, "_encoder", lambda *_: WordEncoder())
    path = tmp_path / "tickets.csv"
    pd.DataFrame(rows, columns=["text", "problem_id"]).to_csv(path, index=False)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["evaluate", "themes", str(path), "--label", "problem_id", "--json"])
    assert done.exit_code == 0, done.output
    answer = json.loads(done.output)
    assert (answer["scored"], answer["label_match"], answer["agreement"]) == (36, 1, 1)
