"""What a night leaves the next: the themes as tables and back, and themes under another encoder."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from told_problems import PROBLEMS, ProblemEncoder, texts_of

from cxtext.registry import Corpus, Outcome, State, Theme, update
from cxtext.registry.moving import LONG_AGO, moved
from cxtext.registry.nightly import assign_all
from cxtext.settings import ThemesSettings
from cxtext.store import DataRoot
from cxtext.tables import REGISTRY
from cxtext.theme_state import Kept, frames_of, kept_of, read_kept, reloaded, write_kept
from cxtext.themes.space import learn_space

Vectors = NDArray[np.float32]
RUN = date(2026, 3, 2)
SETTINGS = ThemesSettings()
FIVE = (0, 4, 8, 5, 2)  # problems
TEXTS = [text for problem in FIVE for text in texts_of(problem)]
ABOUT = [each for each, problem in enumerate(FIVE) for _ in texts_of(problem)]
ENCODER = ProblemEncoder("one")


def corpus_of(encode: ProblemEncoder, rows: Sequence[int] = range(len(TEXTS))) -> Corpus:
    days = np.full(len(rows), np.datetime64(RUN))
    texts = [TEXTS[row] for row in rows]
    return Corpus([f"d{row:04d}" for row in rows], texts, days, encode.encode(texts))


@pytest.fixture(scope="module")
def night() -> Outcome:
    return update(None, [None] * len(TEXTS), corpus_of(ENCODER), RUN, SETTINGS, ENCODER.encode)


def placed_in(state: State, corpus: Corpus) -> Vectors:
    return state.space.place(corpus.texts, corpus.vectors)


def leading(theme_ids: Sequence[str | None], rows: Sequence[int] = range(len(TEXTS))) -> list[str | None]:
    """The theme of most documents on each problem."""
    found = []
    for problem in range(len(FIVE)):
        own = [theme_ids[at] for at, row in enumerate(rows) if ABOUT[row] == problem]
        found.append(max(sorted(set(own), key=str), key=own.count) if own else None)
    return found


# --- over the tables


def test_every_document_belongs_where_it_belonged_with_the_same_confidence_to_the_bit(
    night: Outcome, tmp_path: Path
) -> None:
    root = DataRoot(tmp_path)
    write_kept(root, "2026-03-02", Kept(night.state, "one", 3))
    kept = read_kept(root, "2026-03-02")
    assert kept is not None
    assert (kept.encoder, kept.parents) == ("one", 3)
    corpus = corpus_of(ENCODER)
    strangers = ["a word about something else", *TEXTS[::7], "the zebra"]
    vectors = np.vstack([corpus.vectors, ENCODER.encode(strangers)])
    results = [
        assign_all(state, state.space.place([*corpus.texts, *strangers], vectors))
        for state in (night.state, kept.state)
    ]
    (one, ids), (other, again) = results
    assert again == ids
    assert again[: len(TEXTS)] == night.theme_ids
    assert other.confidence.tobytes() == one.confidence.tobytes()
    assert other.method.tolist() == one.method.tolist()


def test_every_array_comes_back_bit_for_bit(night: Outcome) -> None:
    back = reloaded(night.state)
    for name in ("mean", "idf", "loadings", "words_mean"):
        before, after = getattr(night.state.space, name), getattr(back.space, name)
        assert (after.dtype, after.shape, after.tobytes()) == (before.dtype, before.shape, before.tobytes())
    assert back.space.words == night.state.space.words
    assert len(back.space.words) > 20
    for old, new in zip(night.state.themes, back.themes, strict=True):
        for name in ("prototypes", "centroid"):
            before, after = getattr(old, name), getattr(new, name)
            assert (after.dtype, after.shape, after.tobytes()) == (before.dtype, before.shape, before.tobytes())


def full_theme(night: Outcome) -> Theme:
    """A theme that has everything that a theme can have, and an odd threshold."""
    return replace(
        night.themes[1], merged_into="T0001", parent_id="P002", is_curated=True, is_pinned=True, is_muted=True,
        is_merged_by_hand=True, origin="E0003:T0001", machine_label="as the machine called it", threshold=1 / 3,
        floor=0.1 + 0.2, born=date(2025, 12, 31),
    )  # fmt: skip


def test_every_field_of_a_theme_comes_back(night: Outcome) -> None:
    theme = full_theme(night)
    assert all(getattr(theme, each.name) is not None for each in fields(Theme))
    state = replace(night.state, themes=[theme, night.themes[0]], resolution=2.0 / 3, begun=date(2025, 6, 1))
    back = reloaded(state)
    for each in fields(Theme):
        if each.name not in {"prototypes", "centroid"}:
            assert [getattr(one, each.name) for one in back.themes] == [getattr(one, each.name) for one in state.themes]
    assert (back.resolution, back.begun, back.fitted) == (2.0 / 3, date(2025, 6, 1), RUN)


def test_themes_come_back_in_their_order_so_that_ties_are_decided_alike(night: Outcome) -> None:
    turned = replace(night.state, themes=[*night.themes[::-1], replace(night.themes[0], theme_id="T0099")])
    back = reloaded(turned)
    assert [theme.theme_id for theme in back.themes] == [theme.theme_id for theme in turned.themes]
    placed = placed_in(turned, corpus_of(ENCODER))
    assert assign_all(back, placed)[1] == assign_all(turned, placed)[1]


def test_a_state_without_themes_and_without_words_comes_back() -> None:
    state = State([], learn_space([], np.zeros((0, ENCODER.dimensions), np.float32), seed=7), 1.0, RUN, RUN)
    back = reloaded(state)
    assert (back.themes, back.begun, back.space.words) == ([], RUN, ())
    vectors = ENCODER.encode(["hello"])
    assert np.array_equal(back.space.place(["hello"], vectors), state.space.place(["hello"], vectors))


def test_a_theme_without_prototypes_comes_back_without(night: Outcome) -> None:
    size = night.themes[0].prototypes.shape[1]
    bare = replace(night.themes[0], prototypes=np.zeros((0, size), np.float32))
    back = reloaded(replace(night.state, themes=[bare, night.themes[1]]))
    assert back.themes[0].prototypes.shape == (0, size)


def test_a_run_that_left_nothing_is_none(tmp_path: Path) -> None:
    assert read_kept(DataRoot(tmp_path), "2026-03-02") is None


def test_every_part_of_the_state_is_private(night: Outcome, tmp_path: Path) -> None:
    root = DataRoot(tmp_path)
    write_kept(root, "2026-03-02", Kept(night.state, "one"))
    files = list(tmp_path.rglob("*.parquet"))
    assert sorted(path.parent.parent.name for path in files) == [
        "registry", "theme_fit", "theme_prototypes", "theme_space",
    ]  # fmt: skip
    assert all(path.is_relative_to(tmp_path / "private") for path in files)
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)


def test_the_frames_are_those_of_their_tables(night: Outcome) -> None:
    frames = frames_of(Kept(night.state, "one"))
    assert set(frames[REGISTRY.name].columns) == set(REGISTRY.columns)
    kept = kept_of(frames)  # as they are, not only as they are read
    assert kept is not None
    assert [theme.theme_id for theme in kept.state.themes] == [theme.theme_id for theme in night.themes]


# --- another encoder


@pytest.mark.parametrize("other", [ProblemEncoder("two"), ProblemEncoder("wide", 64)], ids=lambda each: each.name)
def test_another_encoder_keeps_ids_and_labels(night: Outcome, other: ProblemEncoder) -> None:
    corpus = corpus_of(other)
    state = moved(night.state, night.theme_ids, corpus, SETTINGS, other.encode, {})
    again, ids = assign_all(state, placed_in(state, corpus))
    assert leading(ids) == leading(night.theme_ids)
    assert len(set(leading(ids))) == len(FIVE)
    assert (again.theme >= 0).mean() > 0.9
    later = update(state, night.theme_ids, corpus, RUN + timedelta(days=1), SETTINGS, other.encode)
    assert leading(later.theme_ids) == leading(night.theme_ids)
    assert {each.theme_id: each.label for each in later.themes} == {each.theme_id: each.label for each in night.themes}
    assert later.turns == []
    assert later.state.fitted == RUN + timedelta(days=1)


def test_after_another_encoder_a_refit_is_due_and_the_beginning_stays(night: Outcome) -> None:
    state = moved(
        night.state, night.theme_ids, corpus_of(ProblemEncoder("two")), SETTINGS, ProblemEncoder("two").encode, {}
    )
    assert state.fitted == LONG_AGO
    assert state.begun == night.state.begun


def test_a_theme_without_documents_is_found_by_its_exemplars_under_another_encoder(night: Outcome) -> None:
    other = ProblemEncoder("two")
    silent = leading(night.theme_ids)[4]
    rows = [row for row, problem in enumerate(ABOUT) if problem != 4]
    exemplars = {f"d{row:04d}": TEXTS[row] for row in range(len(TEXTS))}
    before = [night.theme_ids[row] for row in rows]
    state = moved(night.state, before, corpus_of(other, rows), SETTINGS, other.encode, exemplars)
    returned = [
        "Well, the courier left it at the wrong house again",
        "Good evening, the courier left it at the wrong house. Why?",
    ]
    _, ids = assign_all(state, state.space.place(returned, other.encode(returned)))
    assert ids == [silent, silent]


def test_a_theme_whose_exemplars_are_gone_is_found_by_its_name(night: Outcome) -> None:
    other = ProblemEncoder("two")
    stray = replace(night.themes[0], theme_id="T0099", label=PROBLEMS[FIVE[4]], keywords=[], exemplars=["gone"])
    state = replace(night.state, themes=[*night.themes, stray])
    rows = [row for row, problem in enumerate(ABOUT) if problem != 4]
    before = [night.theme_ids[row] for row in rows]
    there = {f"d{row:04d}": TEXTS[row] for row in rows}
    found = moved(state, before, corpus_of(other, rows), SETTINGS, other.encode, there)
    assert all(np.linalg.norm(theme.centroid) == pytest.approx(1, abs=1e-4) for theme in found.themes)
    assert all(len(theme.prototypes) for theme in found.themes)
    near = found.themes[-1].centroid @ other.encode([PROBLEMS[FIVE[4]]])[0]
    assert near > 0.99


def test_themes_that_were_merged_stay_merged_under_another_encoder(night: Outcome) -> None:
    gone = replace(night.themes[0], theme_id="T0099", merged_into="T0001")
    state = replace(night.state, themes=[*night.themes, gone])
    other = ProblemEncoder("two")
    found = moved(state, night.theme_ids, corpus_of(other), SETTINGS, other.encode, {})
    assert found.themes[-1].merged_into == "T0001"
    _, ids = assign_all(found, placed_in(found, corpus_of(other)))
    assert "T0099" not in ids


def test_another_encoder_on_a_night_without_documents_keeps_every_theme(night: Outcome) -> None:
    other = ProblemEncoder("two")
    texts = {f"d{row:04d}": text for row, text in enumerate(TEXTS)}
    found = moved(night.state, [], corpus_of(other, []), SETTINGS, other.encode, texts)
    assert [theme.theme_id for theme in found.themes] == [theme.theme_id for theme in night.themes]
    _, ids = assign_all(found, found.space.place(TEXTS, other.encode(TEXTS)))
    assert leading(ids) == leading(night.theme_ids)
