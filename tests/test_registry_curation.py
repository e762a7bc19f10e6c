"""What people say of themes holds: through nights, through refits, until they take it back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from cxtext.curation import Curated, Split
from cxtext.registry import Corpus, Outcome, State, Theme, update
from cxtext.settings import KnownProblem, ThemesSettings

Vectors = NDArray[np.float32]
WIDTH = 48
START = date(2026, 1, 5)
SETTINGS = ThemesSettings()
REFIT = SETTINGS.refit_days
WORDS = ["parcel", "refund", "password", "invoice", "kettle", "courier", "discount", "delivery", "screen", "battery"]
FIRST_NIGHT = {0: 40, 1: 32, 2: 26, 3: 20, 4: 14}


def topic_center(topic: int) -> Vectors:
    vector = np.random.default_rng(100 + topic).normal(size=WIDTH)
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def about(topic: int, count: int, seed: int, *, toward: int | None = None) -> Vectors:
    """Documents of one topic: unit vectors around its centre, or half-way to another topic's."""
    chance = np.random.default_rng([topic, seed])
    middle = topic_center(topic) if toward is None else topic_center(topic) + topic_center(toward)
    rows = middle / np.linalg.norm(middle) + 0.5 * chance.normal(size=(count, WIDTH)) / np.sqrt(WIDTH)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def encode(texts: Sequence[str]) -> Vectors:
    """A text that holds a topic's word lies near its centre, any other anywhere."""
    rows = []
    for text in texts:
        topics = [topic for topic, word in enumerate(WORDS) if word in text.lower()]
        seed = sum(map(ord, text))
        rows.append(about(topics[0] if topics else 100 + seed, 1, seed)[0])
    return np.asarray(np.array(rows).reshape(-1, WIDTH), np.float32)


class Feed:
    """Documents so far, and the themes that the nights made of them under the edits that hold."""

    def __init__(self, settings: ThemesSettings = SETTINGS) -> None:
        self.settings = settings
        self.curated = Curated()
        self.ids: list[str] = []
        self.topics: list[int] = []
        self.days: list[date] = []
        self.vectors: Vectors = np.zeros((0, WIDTH), np.float32)
        self.state: State | None = None
        self.placed: dict[str, str | None] = {}

    def write(self, day: int, amounts: dict[int, int], *, toward: int | None = None) -> None:
        for topic, count in amounts.items():
            self.ids += [f"d{len(self.ids) + each:05d}" for each in range(count)]
            self.topics += [topic] * count
            self.days += [START + timedelta(days=day)] * count
            self.vectors = np.vstack([self.vectors, about(topic, count, len(self.ids), toward=toward)])

    def night(self, day: int, curated: Curated | None = None) -> Outcome:
        self.curated = self.curated if curated is None else curated
        texts = [f"the {WORDS[topic]} trouble of {key}" for key, topic in zip(self.ids, self.topics, strict=True)]
        corpus = Corpus(self.ids, texts, np.array(self.days, "datetime64[D]"), self.vectors)
        before = [self.placed.get(key) for key in self.ids]
        run = START + timedelta(days=day)
        outcome = update(self.state, before, corpus, run, self.settings, encode, curated=self.curated)
        self.state = outcome.state
        self.placed = dict(zip(self.ids, outcome.theme_ids, strict=True))
        return outcome

    def theme_of(self, topic: int) -> str:
        """The theme that holds most of a topic's documents."""
        found = [str(self.placed[key]) for key, each in zip(self.ids, self.topics, strict=True) if each == topic]
        return max(sorted(set(found)), key=found.count)

    def theme(self, theme_id: str) -> Theme:
        assert self.state is not None
        return next(theme for theme in self.state.themes if theme.theme_id == theme_id)

    def members(self, theme_id: str) -> set[str]:
        return {key for key, each in self.placed.items() if each == theme_id}

    def about(self, topic: int) -> list[str]:
        """The documents of a topic."""
        return [key for key, each in zip(self.ids, self.topics, strict=True) if each == topic]


@pytest.fixture
def feed() -> Feed:
    """Five topics and their themes after a first night."""
    made = Feed()
    made.write(0, FIRST_NIGHT)
    made.night(0)
    return made


def events(outcome: Outcome) -> list[tuple[str, str, str]]:
    return [(turn.theme_id, turn.event, turn.note) for turn in outcome.turns]


def join(feed: Feed, one: int, other: int) -> None:
    """From now on the documents of two topics are all the same, as a refit sees them."""
    for row, topic in enumerate(feed.topics):
        if topic in (one, other):
            feed.vectors[row] = topic_center(one) / np.linalg.norm(topic_center(one))


# --- names


def test_a_persons_name_takes_the_place_of_the_machines_and_is_told_once(feed: Feed) -> None:
    theme_id = feed.theme_of(0)
    old = feed.theme(theme_id).label
    curated = Curated(labels={theme_id: "Parcel lost"}, curated=frozenset({theme_id}))
    told = feed.night(1, curated)
    assert (feed.theme(theme_id).label, feed.theme(theme_id).is_curated) == ("Parcel lost", True)
    assert events(told) == [(theme_id, "renamed", f"from {old} to Parcel lost")]
    assert events(feed.night(2)) == []


def test_a_refit_keeps_a_persons_name(feed: Feed) -> None:
    theme_id = feed.theme_of(0)
    feed.night(1, Curated(labels={theme_id: "Parcel lost"}, curated=frozenset({theme_id})))
    feed.write(20, {0: 9, 1: 30})
    assert events(feed.night(REFIT)) == []
    assert feed.theme(feed.theme_of(0)).label == "Parcel lost"
    assert feed.theme_of(0) == theme_id


def test_a_name_that_is_taken_back_gives_the_machines_name_again(feed: Feed) -> None:
    theme_id = feed.theme_of(0)
    old = feed.theme(theme_id).label
    feed.night(1, Curated(labels={theme_id: "Parcel lost"}, curated=frozenset({theme_id})))
    told = feed.night(REFIT, Curated())
    assert (feed.theme(theme_id).label, feed.theme(theme_id).is_curated) == (old, False)
    assert events(told) == [(theme_id, "renamed", f"from Parcel lost to {old}")]


def test_a_machines_name_gives_way_to_the_same_name_of_a_person(feed: Feed) -> None:
    one, other = feed.theme_of(0), feed.theme_of(1)
    label = feed.theme(other).label
    feed.night(1, Curated(labels={one: label}, curated=frozenset({one})))
    assert feed.theme(one).label == label
    assert feed.theme(other).label.lower() != label.lower()


def test_a_name_for_a_theme_that_the_machine_merged_away_goes_to_its_heir(feed: Feed) -> None:
    assert feed.state is not None
    gone, heir = feed.theme_of(4), feed.theme_of(0)
    themes = [replace(each, merged_into=heir) if each.theme_id == gone else each for each in feed.state.themes]
    feed.state = replace(feed.state, themes=themes)
    feed.night(1, Curated(labels={gone: "Parcel lost"}, curated=frozenset({gone})))
    assert feed.theme(heir).label == "Parcel lost"
    assert feed.theme(heir).is_curated
    assert feed.theme(gone).label != "Parcel lost"


def test_edits_of_a_theme_that_nobody_knows_are_left_out_and_said(feed: Feed) -> None:
    before = dict(feed.placed)
    curated = Curated(
        labels={"T0098": "Ghost"},
        merged={"T0099": "T0001", "T0001": "T0097"},
        pinned=frozenset({"T0098"}),
        moved={feed.ids[0]: "T0096"},
        splits=(Split("E0001", "T0095", parts=2),),
    )
    outcome = feed.night(1, curated)
    assert feed.placed == before
    assert outcome.left_out == (
        *(
            f"edits of {theme_id} were left out: there is no such theme"
            for theme_id in ("T0096", "T0097", "T0098", "T0099")
        ),
        "E0001 was left out: there is no theme T0095",
    )


# --- merges


def merge(feed: Feed, one: int, into: int) -> tuple[str, str, Curated]:
    gone, heir = feed.theme_of(one), feed.theme_of(into)
    return gone, heir, Curated(merged={gone: heir}, curated=frozenset({gone, heir}))


def test_a_theme_merged_by_hand_gives_its_documents_to_the_other_and_finds_new_ones_for_it(feed: Feed) -> None:
    gone, heir, curated = merge(feed, 1, 0)
    told = feed.night(1, curated)
    assert events(told) == [(gone, "merged", f"into {heir} {feed.theme(heir).label}")]
    assert (feed.theme(gone).merged_into, feed.theme(gone).is_merged_by_hand) == (heir, True)
    assert feed.members(gone) == set()
    feed.write(2, {1: 5})
    assert events(feed.night(2)) == []
    assert {feed.placed[key] for key in feed.about(1)} == {heir}


def test_a_refit_keeps_a_merge_by_hand_though_it_finds_both_topics(feed: Feed) -> None:
    gone, heir, curated = merge(feed, 1, 0)
    feed.night(1, curated)
    themes = len(feed.night(2).themes)
    feed.write(20, {0: 10, 1: 10})
    outcome = feed.night(REFIT)
    assert outcome.turns == []
    assert len(outcome.themes) == themes
    assert feed.theme(gone).merged_into == heir
    assert {feed.placed[key] for key in feed.about(0) + feed.about(1)} == {heir}


def test_a_merge_that_is_taken_back_brings_the_theme_back(feed: Feed) -> None:
    before = dict(feed.placed)
    gone, _, curated = merge(feed, 1, 0)
    feed.night(1, curated)
    feed.night(REFIT)
    feed.night(REFIT + 1, Curated())
    assert feed.theme(gone).is_alive
    assert not feed.theme(gone).is_merged_by_hand
    assert feed.placed == before


def test_merges_are_followed_to_their_end(feed: Feed) -> None:
    one, two, three = (feed.theme_of(topic) for topic in (0, 1, 2))
    feed.night(1, Curated(merged={one: three, two: three}, curated=frozenset({one, two, three})))
    assert {feed.placed[key] for topic in range(3) for key in feed.about(topic)} == {three}


def test_a_merge_into_a_theme_that_the_machine_merged_away_goes_to_its_heir(feed: Feed) -> None:
    assert feed.state is not None
    gone, target, heir = feed.theme_of(3), feed.theme_of(4), feed.theme_of(0)
    themes = [replace(each, merged_into=heir) if each.theme_id == target else each for each in feed.state.themes]
    feed.state = replace(feed.state, themes=themes)
    feed.night(1, Curated(merged={gone: target}, curated=frozenset({gone, target})))
    assert feed.theme(gone).merged_into == heir
    assert {feed.placed[key] for key in feed.about(3)} == {heir}


def test_a_merge_of_a_theme_with_its_own_heir_is_no_circle(feed: Feed) -> None:
    assert feed.state is not None
    gone, heir = feed.theme_of(4), feed.theme_of(0)
    themes = [replace(each, merged_into=heir) if each.theme_id == gone else each for each in feed.state.themes]
    feed.state = replace(feed.state, themes=themes)
    feed.night(1, Curated(merged={heir: gone}, curated=frozenset({gone, heir})))
    assert feed.theme(heir).is_alive


# --- pins and mutes


def test_a_pinned_theme_keeps_its_documents_when_a_refit_makes_two_topics_one(feed: Feed) -> None:
    one, other = feed.theme_of(0), feed.theme_of(1)
    feed.night(1, Curated(pinned=frozenset({one, other}), curated=frozenset({one, other})))
    assert feed.theme(one).is_pinned
    sizes = {each: len(feed.members(each)) for each in (one, other)}
    join(feed, 0, 1)
    outcome = feed.night(REFIT)
    assert outcome.turns == []
    assert all(feed.theme(each).is_alive and feed.theme(each).is_pinned for each in (one, other))
    assert {each: len(feed.members(each)) for each in (one, other)} == sizes


def test_without_a_pin_the_same_refit_merges_one_of_the_two(feed: Feed) -> None:
    one, other = feed.theme_of(0), feed.theme_of(1)
    feed.night(1, Curated(pinned=frozenset({one, other}), curated=frozenset({one, other})))
    join(feed, 0, 1)
    feed.night(REFIT, Curated(unpinned=frozenset({one, other})))
    assert [feed.theme(each).is_alive for each in (one, other)].count(False) == 1


def test_a_theme_is_muted_until_the_edit_is_taken_back(feed: Feed) -> None:
    theme_id = feed.theme_of(2)
    documents = feed.members(theme_id)
    feed.night(1, Curated(muted=frozenset({theme_id})))
    assert feed.theme(theme_id).is_muted
    assert feed.members(theme_id) == documents
    feed.night(REFIT)
    assert feed.theme(theme_id).is_muted
    feed.night(REFIT + 1, Curated())
    assert not feed.theme(theme_id).is_muted


# --- moved documents


def test_a_moved_document_stays_where_it_was_put(feed: Feed) -> None:
    document, target = feed.about(0)[0], feed.theme_of(1)
    for day in (1, REFIT):
        outcome = feed.night(day, Curated(moved={document: target}))
        row = feed.ids.index(document)
        assert feed.placed[document] == target
        assert (outcome.assignment.method[row], outcome.assignment.confidence[row]) == ("curated", 1.0)
        alive = [theme.theme_id for theme in outcome.themes]
        assert alive[outcome.assignment.theme[row]] == target
    feed.night(REFIT + 1, Curated())
    assert feed.placed[document] == feed.theme_of(0)


def test_a_move_concerns_that_document_alone(feed: Feed) -> None:
    assert feed.state is not None
    document, target = feed.about(0)[0], feed.theme_of(1)
    before, prototypes = dict(feed.placed), feed.theme(target).prototypes
    feed.night(1, Curated(moved={document: target}))
    assert {key for key in before if before[key] != feed.placed[key]} == {document}
    assert np.array_equal(feed.theme(target).prototypes, prototypes)


# --- splits


@pytest.fixture
def mixed() -> Feed:
    """A theme that holds two topics, 5 the larger and 6, by a merge by hand of long ago, and three of one each."""
    made = Feed()
    made.write(0, {0: 40, 1: 30, 2: 20})
    made.write(0, {5: 24}, toward=9)
    made.write(0, {6: 16}, toward=9)
    made.night(0)
    assert made.state is not None
    one, other = made.theme_of(5), made.theme_of(6)
    if one != other:  # as if a first fit had not told them apart
        both = np.vstack([made.theme(one).prototypes, made.theme(other).prototypes])
        themes = [
            replace(each, prototypes=both) if each.theme_id == one else each
            for each in made.state.themes
            if each.theme_id != other
        ]
        made.state = replace(made.state, themes=themes)
        made.night(0)
    assert made.theme_of(5) == made.theme_of(6)
    return made


def split_off(feed: Feed) -> tuple[str, Curated]:
    theme_id = feed.theme_of(5)
    split = Split("E0001", theme_id, label="Courier rude", documents=tuple(feed.about(6)[:3]))
    return theme_id, Curated(splits=(split,), curated=frozenset({theme_id}))


def test_documents_that_a_person_names_found_a_theme_that_takes_their_like_along(mixed: Feed) -> None:
    old, curated = split_off(mixed)
    outcome = mixed.night(1, curated)
    piece = mixed.theme_of(6)
    assert piece != old
    assert mixed.theme_of(5) == old
    assert mixed.theme(piece).label == "Courier rude"
    assert (mixed.theme(piece).is_pinned, mixed.theme(piece).origin) == (True, f"E0001:{old}")
    assert events(outcome) == [(old, "split", f"into {piece} Courier rude")]
    assert len(mixed.members(piece) & set(mixed.about(6))) >= 14
    assert len(mixed.members(old) & set(mixed.about(5))) >= 21


def test_a_split_is_carried_out_once(mixed: Feed) -> None:
    _, curated = split_off(mixed)
    first = mixed.night(1, curated)
    placed = dict(mixed.placed)
    second = mixed.night(2)
    assert second.turns == []
    assert [each.theme_id for each in second.themes] == [each.theme_id for each in first.themes]
    assert mixed.placed == placed


def test_two_nights_and_a_refit_later_the_split_pieces_are_still_there(mixed: Feed) -> None:
    old, curated = split_off(mixed)
    mixed.night(1, curated)
    piece = mixed.theme_of(6)
    mixed.write(2, {5: 3, 6: 3}, toward=9)
    mixed.night(2)
    outcome = mixed.night(REFIT)
    assert outcome.turns == []
    assert (mixed.theme_of(5), mixed.theme_of(6)) == (old, piece)
    assert mixed.theme(piece).is_pinned


def test_a_refit_that_sees_one_topic_does_not_undo_a_split(mixed: Feed) -> None:
    old, curated = split_off(mixed)
    mixed.night(1, curated)
    piece = mixed.theme_of(6)
    for row, topic in enumerate(mixed.topics):  # the two topics lie closer now than a fit can tell apart
        if topic in (5, 6):
            mixed.vectors[row] = 0.3 * mixed.vectors[row] + about(9, 1, row)[0]
            mixed.vectors[row] /= np.linalg.norm(mixed.vectors[row])
    mixed.night(REFIT)
    assert mixed.theme(piece).is_alive
    assert len(mixed.members(piece)) >= 8
    assert len(mixed.members(old)) >= 8


def test_a_theme_is_split_in_parts_the_largest_of_which_it_stays(mixed: Feed) -> None:
    old = mixed.theme_of(5)
    everything = mixed.members(old)
    curated = Curated(splits=(Split("E0002", old, parts=2),), curated=frozenset({old}))
    outcome = mixed.night(1, curated)
    piece = mixed.theme_of(6)
    assert mixed.theme_of(5) == old
    assert mixed.theme(piece).origin == f"E0002:{old}"
    assert mixed.theme(piece).label not in {each.label for each in outcome.themes if each.theme_id != piece}
    assert events(outcome) == [(old, "split", f"into {piece} {mixed.theme(piece).label}")]
    assert mixed.members(old) | mixed.members(piece) >= everything
    mixed.night(REFIT)
    assert (mixed.theme_of(5), mixed.theme_of(6)) == (old, piece)


def test_a_split_that_is_taken_back_brings_its_documents_back(mixed: Feed) -> None:
    old, curated = split_off(mixed)
    mixed.night(1, curated)
    piece = mixed.theme_of(6)
    outcome = mixed.night(REFIT, Curated())
    assert mixed.theme(piece).merged_into == old
    assert events(outcome) == [(piece, "merged", f"into {old} {mixed.theme(old).label}")]
    assert mixed.theme_of(5) == mixed.theme_of(6) == old
    assert mixed.night(REFIT + 1).turns == []


def test_a_theme_of_too_few_documents_is_not_split(feed: Feed) -> None:
    theme_id = feed.theme_of(4)
    gone = set(feed.about(4)[2:])
    rows = [row for row, key in enumerate(feed.ids) if key not in gone]
    feed.ids, feed.topics, feed.days = ([each[row] for row in rows] for each in (feed.ids, feed.topics, feed.days))
    feed.vectors = feed.vectors[rows]
    outcome = feed.night(1, Curated(splits=(Split("E0001", theme_id, parts=3),)))
    assert outcome.left_out == (f"E0001 was left out: {theme_id} has 2 different documents, too few for 3 parts",)


def test_a_theme_of_three_documents_is_split_in_three(feed: Feed) -> None:
    theme_id = feed.theme_of(4)
    gone = set(feed.about(4)[3:])
    rows = [row for row, key in enumerate(feed.ids) if key not in gone]
    feed.ids, feed.topics, feed.days = ([each[row] for row in rows] for each in (feed.ids, feed.topics, feed.days))
    feed.vectors = feed.vectors[rows]
    feed.night(1, Curated(splits=(Split("E0001", theme_id, parts=3),)))
    assert len({feed.placed[key] for key in feed.about(4)}) == 3


def test_a_split_of_all_documents_of_a_theme_is_left_out(feed: Feed) -> None:
    theme_id = feed.theme_of(4)
    outcome = feed.night(1, Curated(splits=(Split("E0001", theme_id, label="All", documents=tuple(feed.about(4))),)))
    assert outcome.left_out == (f"E0001 was left out: {theme_id} has no other documents; rename it instead",)


def test_a_theme_that_was_split_and_then_merged_gives_up_the_rest_alone(mixed: Feed) -> None:
    old, curated = split_off(mixed)
    heir = mixed.theme_of(0)
    mixed.night(1, replace(curated, merged={old: heir}, curated=frozenset({old, heir})))
    assert mixed.theme_of(5) == mixed.theme_of(0) == heir
    assert mixed.theme(mixed.theme_of(6)).origin == f"E0001:{old}"


def test_a_split_by_documents_that_are_gone_is_left_out(feed: Feed) -> None:
    theme_id = feed.theme_of(0)
    split = Split("E0001", theme_id, label="Lost", documents=("tickets:1",))
    outcome = feed.night(1, Curated(splits=(split,)))
    assert outcome.left_out == ("E0001 was left out: none of its documents is read any more",)


# --- known problems

PARCEL = KnownProblem(
    name="Parcel lost", examples=["my parcel never came", "parcel gone"], description="A lost parcel."
)
KETTLE = KnownProblem(name="Kettle broken", description="The kettle does not work.")


def known(*problems: KnownProblem) -> ThemesSettings:
    return ThemesSettings(known=list(problems))


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_known_problem_is_a_theme_on_the_first_night_of_few_documents(count: int) -> None:
    feed = Feed(known(PARCEL, KETTLE))
    feed.write(0, {0: count})
    outcome = feed.night(0)
    assert [(each.label, each.origin) for each in outcome.themes] == [
        ("Parcel lost", "known:Parcel lost"),
        ("Kettle broken", "known:Kettle broken"),
    ]
    assert all(each.is_pinned and each.is_curated for each in outcome.themes)
    assert outcome.theme_ids == ["T0001"] * count


def test_a_known_problem_takes_over_the_topic_that_is_it() -> None:
    feed = Feed(known(PARCEL))
    feed.write(0, FIRST_NIGHT)
    outcome = feed.night(0)
    assert feed.theme(feed.theme_of(0)).label == "Parcel lost"
    assert len({feed.theme_of(topic) for topic in range(5)}) == 5
    assert len(outcome.themes) == 5
    assert outcome.turns == []


def test_a_known_problem_waits_for_its_first_document() -> None:
    feed = Feed(known(PARCEL))
    feed.write(0, {1: 30, 2: 30})
    feed.night(0)
    assert feed.members("T0001") == set()
    feed.write(1, {0: 2})
    feed.night(1)
    assert {feed.placed[key] for key in feed.about(0)} == {"T0001"}


def test_a_problem_that_becomes_known_later_takes_its_documents(feed: Feed) -> None:
    old = feed.theme_of(0)
    feed.settings = known(PARCEL)
    outcome = feed.night(1)
    theme_id = feed.theme_of(0)
    assert feed.theme(theme_id).origin == "known:Parcel lost"
    assert feed.theme(theme_id).is_pinned
    assert feed.theme(old).merged_into == theme_id
    assert [(turn.theme_id, turn.event) for turn in outcome.turns] == [(old, "merged")]


def test_a_known_problem_never_forgets_its_definition() -> None:
    feed = Feed(known(PARCEL))
    feed.write(0, FIRST_NIGHT)
    feed.night(0)
    for day in (REFIT, 2 * REFIT):
        feed.night(day)
        theme = feed.theme(feed.theme_of(0))
        assert feed.state is not None
        own = feed.state.space.place(list(PARCEL.examples), encode(PARCEL.examples))
        assert (own @ theme.prototypes.T).max(axis=1) == pytest.approx(1.0, abs=1e-3)


def test_a_problem_that_leaves_the_settings_is_unpinned_and_pinned_again_when_it_is_back() -> None:
    feed = Feed(known(PARCEL))
    feed.write(0, FIRST_NIGHT)
    feed.night(0)
    theme_id = feed.theme_of(0)
    feed.settings = SETTINGS
    feed.night(1)
    assert not feed.theme(theme_id).is_pinned
    assert feed.theme_of(0) == theme_id
    feed.settings = known(PARCEL)
    outcome = feed.night(2)
    assert feed.theme(theme_id).is_pinned
    assert [each.origin for each in outcome.themes].count("known:Parcel lost") == 1


def test_a_known_problem_can_be_unpinned_renamed_and_merged_by_hand() -> None:
    feed = Feed(known(PARCEL, KETTLE))
    feed.write(0, FIRST_NIGHT)
    feed.night(0)
    parcel, kettle = feed.theme_of(0), feed.theme_of(4)
    curated = Curated(
        labels={parcel: "Lost or broken"},
        merged={kettle: parcel},
        unpinned=frozenset({parcel}),
        curated=frozenset({parcel, kettle}),
    )
    feed.night(1, curated)
    assert (feed.theme(parcel).label, feed.theme(parcel).is_pinned) == ("Lost or broken", False)
    assert {feed.placed[key] for key in feed.about(0) + feed.about(4)} == {parcel}


def test_a_machines_theme_of_the_same_name_gives_way_to_a_known_problem(feed: Feed) -> None:
    taken = feed.theme(feed.theme_of(2)).label
    feed.settings = known(KnownProblem(name=taken, examples=["nothing of the kind"]))
    outcome = feed.night(1)
    labels = [each.label.lower() for each in outcome.themes]
    assert len(set(labels)) == len(labels)
    assert [each.label for each in outcome.themes if each.origin] == [taken]


# --- all together


def everything(feed: Feed) -> Curated:
    one, two, three, four, five = (feed.theme_of(topic) for topic in range(5))
    return Curated(
        labels={one: "Parcel lost"},
        merged={two: one},
        pinned=frozenset({three}),
        muted=frozenset({four}),
        moved={feed.about(4)[0]: three},
        splits=(Split("E0001", five, parts=2),),
        curated=frozenset({one, two, three, five}),
    )


def test_refits_lose_no_edit(feed: Feed) -> None:
    curated = everything(feed)
    moved = feed.about(4)[0]
    feed.night(1, curated)
    pieces = {each.theme_id for each in feed.night(2).themes if each.origin}
    for day in (REFIT, 2 * REFIT, 3 * REFIT):
        feed.write(day - 1, {0: 4, 1: 4, 2: 4, 3: 4, 4: 4, day // REFIT + 5: 12})
        outcome = feed.night(day)
        assert not [turn for turn in outcome.turns if turn.event in ("renamed", "split")]
        assert feed.theme(feed.theme_of(0)).label == "Parcel lost"
        assert feed.theme_of(1) == feed.theme_of(0)
        assert all(feed.theme(each).is_pinned and feed.theme(each).is_alive for each in curated.pinned | pieces)
        assert all(feed.theme(each).is_muted for each in curated.muted)
        assert feed.placed[moved] == curated.moved[moved]


def test_a_night_run_again_with_edits_gives_the_same(feed: Feed) -> None:
    curated = everything(feed)
    feed.settings = known(KETTLE)
    state, placed = feed.state, dict(feed.placed)
    first = feed.night(REFIT, curated)
    feed.state, feed.placed = state, placed
    second = feed.night(REFIT, curated)
    assert first.theme_ids == second.theme_ids
    assert first.turns == second.turns
    assert [(each.theme_id, each.label, each.exemplars) for each in first.themes] == [
        (each.theme_id, each.label, each.exemplars) for each in second.themes
    ]
    assert all(
        np.array_equal(one.prototypes, other.prototypes) for one, other in zip(first.themes, second.themes, strict=True)
    )
