"""Parents last from night to night: their ids, and the labels that they were given."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from cxtext.registry import Corpus, State, Theme
from cxtext.registry.kinship import Family, Parent, keywords_of, related
from cxtext.settings import ThemesSettings
from cxtext.themes.space import learn_space

Vectors = NDArray[np.float32]
FIRST, SECOND, THIRD = date(2026, 1, 5), date(2026, 1, 6), date(2026, 2, 2)
WIDTH = 30
KINDS = ["parcel", "invoice", "app"]
TROUBLES = {
    "parcel": ["parcel never arrived", "parcel came broken", "parcel left at the wrong door", "parcel held at customs"],
    "invoice": ["invoice shows a wrong amount", "invoice came twice", "invoice lacks the address", "invoice is unpaid"],
    "app": ["app crashes at login", "app shows a blank page", "app is slow to load", "app forgets my basket"],
}


def center(kind: int, each: int) -> Vectors:
    """The themes of one kind lie around a common axis, each with an axis of its own."""
    row = np.zeros(WIDTH, np.float32)
    row[kind], row[3 + 4 * kind + each] = 0.8, 0.6
    return row


def theme(kind: int, each: int, fitted: date = FIRST) -> Theme:
    number = 4 * kind + each + 1
    words = TROUBLES[KINDS[kind]][each].split()
    return Theme(
        f"T{number:04d}", " ".join(words).capitalize(), words, center(kind, each), np.zeros((1, WIDTH), np.float32),
        0.5, 0.4, [], FIRST, fitted,
    )  # fmt: skip


def state(themes: Sequence[Theme], fitted: date = FIRST) -> State:
    return State(list(themes), learn_space([], np.zeros((0, WIDTH), np.float32), seed=7), 1.0, FIRST, fitted)


ALL = [theme(kind, each) for kind in range(3) for each in range(4)]


def encode(texts: Sequence[str]) -> Vectors:
    rows = np.full((len(texts), WIDTH), 0.01, np.float32)
    for row, text in enumerate(texts):
        for kind, word in enumerate(KINDS):
            rows[row, kind] += word in text.lower()
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def documents(themes: Sequence[Theme]) -> tuple[Corpus, list[str | None]]:
    """Six documents a theme."""
    openings = ["The {}", "Again the {}", "My {}", "Your {} today", "This {} once more", "Why is it that the {}?"]
    texts = [each.format(" ".join(theme.keywords)) for theme in themes for each in openings]
    ids = [theme.theme_id for theme in themes for _ in openings]
    vectors = np.stack([theme.centroid for theme in themes for _ in openings]) if themes else encode([])
    days = np.full(len(texts), np.datetime64(FIRST))
    return Corpus([f"d{row:03d}" for row in range(len(texts))], texts, days, vectors), list(ids)


def night(known: Family | None, tonight: State) -> Family:
    corpus, ids = documents([theme for theme in tonight.themes if theme.is_alive])
    earlier, parents, numbered = (known.state, known.parents, known.numbered) if known else (None, [], 0)
    return related(tonight, earlier, parents, numbered, ids, corpus, ThemesSettings(), encode)


def members(family: Family) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for each in family.state.themes:
        if each.parent_id is not None:
            found.setdefault(each.parent_id, set()).add(each.theme_id)
    return found


@pytest.fixture(scope="module")
def first() -> Family:
    return night(None, state(ALL))


def test_related_themes_have_one_parent_with_a_name_of_its_own(first: Family) -> None:
    assert sorted(map(len, members(first).values())) == [4, 4, 4]
    assert [parent.parent_id for parent in first.parents] == ["P001", "P002", "P003"]
    labels = {parent.label.lower() for parent in first.parents}
    assert len(labels) == 3
    assert not labels & {theme.label.lower() for theme in ALL}
    for parent in first.parents:
        (kind,) = {(int(theme_id[1:]) - 1) // 4 for theme_id in members(first)[parent.parent_id]}
        assert KINDS[kind] in parent.label.lower()


def test_a_night_that_fits_nothing_and_finds_nothing_changes_no_parent(first: Family) -> None:
    turned = state([replace(each, centroid=-each.centroid[::-1]) for each in ALL])  # groups would be others now
    second = night(first, turned)
    assert members(second) == members(first)
    assert second.parents == first.parents


def test_a_refit_keeps_the_ids_and_labels_of_groups_that_share_their_themes(first: Family) -> None:
    renamed = [replace(each, keywords=["ticket", *each.keywords]) for each in ALL]
    later = night(first, state(renamed, THIRD))
    assert members(later) == members(first)
    assert later.parents == first.parents
    assert later.numbered == first.numbered


def test_a_theme_that_is_new_joins_the_parent_of_its_kin(first: Family) -> None:
    middle = np.where(np.arange(WIDTH) == 20, 0.6, center(2, 3) * (np.arange(WIDTH) == 2)).astype(np.float32)
    extra = replace(theme(2, 3), theme_id="T0040", label="App asks for a password", centroid=middle, born=SECOND)
    second = night(first, state([*ALL, extra]))
    mine = next(each.parent_id for each in second.state.themes if each.theme_id == "T0040")
    assert mine == next(each.parent_id for each in second.state.themes if each.theme_id == "T0012")
    assert second.parents == first.parents


def test_a_group_that_is_gone_never_gives_its_id_to_another(first: Family) -> None:
    fewer = [each for each in ALL if int(each.theme_id[1:]) > 4]
    gone = night(first, state(fewer, SECOND))
    assert len(gone.parents) == 2
    back = night(gone, state(ALL, THIRD))
    known = {parent.parent_id for parent in first.parents}
    (fresh,) = {parent.parent_id for parent in back.parents} - {parent.parent_id for parent in gone.parents}
    assert fresh not in known
    assert (fresh, back.numbered) == ("P004", 4)


def test_a_merged_theme_has_no_parent(first: Family) -> None:
    merged = [replace(each, merged_into="T0001") if each.theme_id == "T0002" else each for each in ALL]
    for tonight in (state(merged), state(merged, THIRD)):
        found = night(first, tonight)
        assert next(each for each in found.state.themes if each.theme_id == "T0002").parent_id is None
        assert {parent.parent_id for parent in found.parents} == set(members(found))


def test_a_theme_whose_merge_is_undone_has_a_parent_again(first: Family) -> None:
    merged = [replace(each, merged_into="T0001") if each.theme_id == "T0002" else each for each in ALL]
    back = night(night(first, state(merged)), state(ALL))
    assert members(back) == members(first)
    assert back.parents == first.parents


def test_a_parent_without_a_theme_is_told_no_more(first: Family) -> None:
    own = members(first)["P001"]
    merged = [replace(each, merged_into="T0099") if each.theme_id in own else each for each in ALL]
    found = night(first, state(merged))
    assert [parent.parent_id for parent in found.parents] == ["P002", "P003"]
    assert found.numbered == 3


@pytest.mark.parametrize("count", [0, 1, 5])
def test_few_themes_have_no_parents(count: int) -> None:
    found = night(None, state(ALL[:count]))
    assert (found.parents, found.numbered) == ([], 0)
    assert [each.parent_id for each in found.state.themes] == [None] * count


def test_a_parent_that_is_called_as_a_kept_one_gets_another_name(first: Family) -> None:
    """Two of three groups kept their parents; the third must not be called as one of these."""
    labels = {parent.parent_id: parent.label for parent in first.parents}
    orphans = members(first)["P003"]
    known = replace(
        first,
        state=replace(
            first.state,
            themes=[replace(each, parent_id=None) if each.theme_id in orphans else each for each in first.state.themes],
        ),
        parents=[Parent("P001", labels["P003"]), Parent("P002", labels["P002"])],
    )
    found = night(known, state(ALL, THIRD))
    assert [parent.label for parent in found.parents if parent.parent_id == "P001"] == [labels["P003"]]
    assert len({parent.label.lower() for parent in found.parents}) == 3


def test_the_words_of_a_parent_are_those_that_stand_high_in_its_large_themes() -> None:
    themes = [replace(ALL[0], keywords=["parcel", "door"]), replace(ALL[1], keywords=["parcel", "customs"])]
    assert keywords_of(themes, [10, 4]) == ["parcel", "door", "customs"]
    assert keywords_of(themes, [0, 4]) == ["parcel", "customs", "door"]
    assert keywords_of([], []) == []
