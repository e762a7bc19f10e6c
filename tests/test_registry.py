"""Themes keep their identity from night to night, whatever the fits do."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from cxtext.curation import Curated
from cxtext.registry import Corpus, Outcome, State, Theme, update
from cxtext.registry.refit import match
from cxtext.settings import ThemesSettings

Vectors = NDArray[np.float32]
WIDTH = 48
START = date(2026, 1, 5)
SETTINGS = ThemesSettings()
NO_EDITS = Curated()
WORDS = ["parcel", "refund", "password", "invoice", "kettle", "courier", "discount", "delivery", "screen", "battery"]


def topic_center(topic: int) -> Vectors:
    vector = np.random.default_rng(100 + topic).normal(size=WIDTH)
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def about(topic: int, count: int, seed: int, *, center: Vectors | None = None) -> Vectors:
    """Documents of one topic: unit vectors around its centre."""
    chance = np.random.default_rng([topic, seed])
    middle = topic_center(topic) if center is None else center
    rows = middle + 0.5 * chance.normal(size=(count, WIDTH)) / np.sqrt(WIDTH)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def encode(texts: Sequence[str]) -> Vectors:
    rows = [np.random.default_rng(sum(map(ord, text))).normal(size=WIDTH) for text in texts]
    return np.asarray(np.array(rows).reshape(-1, WIDTH) / np.sqrt(WIDTH), np.float32)


class Feed:
    """Documents so far, and the themes that the nights made of them."""

    def __init__(self, settings: ThemesSettings = SETTINGS) -> None:
        self.settings = settings
        self.ids: list[str] = []
        self.topics: list[int] = []
        self.days: list[date] = []
        self.vectors: Vectors = np.zeros((0, WIDTH), np.float32)
        self.state: State | None = None
        self.placed: dict[str, str | None] = {}

    @property
    def themes(self) -> list[Theme]:
        return self.state.themes if self.state else []

    def write(self, day: int, amounts: dict[int, int], *, center: Vectors | None = None) -> None:
        for topic, count in amounts.items():
            self.ids += [f"d{len(self.ids) + each:05d}" for each in range(count)]
            self.topics += [topic] * count
            self.days += [START + timedelta(days=day)] * count
            self.vectors = np.vstack([self.vectors, about(topic, count, len(self.ids), center=center)])

    def corpus(self, order: Sequence[int] | None = None) -> Corpus:
        rows = range(len(self.ids)) if order is None else order
        texts = [f"the {WORDS[self.topics[row]]} trouble" for row in rows]
        days = np.array([self.days[row] for row in rows], "datetime64[D]")
        return Corpus([self.ids[row] for row in rows], texts, days, self.vectors[list(rows)])

    def night(self, day: int, order: Sequence[int] | None = None, curated: Curated = NO_EDITS) -> Outcome:
        corpus = self.corpus(order)
        before = [self.placed.get(key) for key in corpus.ids]
        run = START + timedelta(days=day)
        outcome = update(self.state, before, corpus, run, self.settings, encode, curated=curated)
        self.state = outcome.state
        self.placed = dict(zip(corpus.ids, outcome.theme_ids, strict=True))
        return outcome

    def theme_of(self, topic: int, since: int = 0) -> str | None:
        """The theme that holds most of a topic's documents."""
        first = START + timedelta(days=since)
        keys = zip(self.ids, self.topics, self.days, strict=True)
        found = [self.placed[key] for key, each, day in keys if each == topic and day >= first]
        return max(set(found), key=found.count)


@pytest.fixture
def feed() -> Feed:
    """Five topics and their themes after a first night."""
    made = Feed()
    made.write(0, {0: 40, 1: 32, 2: 26, 3: 20, 4: 14})
    made.night(0)
    return made


def themes_of(feed: Feed, topics: Sequence[int] = range(5)) -> list[str | None]:
    return [feed.theme_of(topic) for topic in topics]


def test_each_topic_becomes_a_theme_of_its_own(feed: Feed) -> None:
    found = themes_of(feed)
    assert len(set(found)) == 5
    assert None not in found
    assert len({theme.label.lower() for theme in feed.themes}) == len(feed.themes)


def test_a_theme_keeps_its_id_and_label_the_next_night(feed: Feed) -> None:
    before, labels = themes_of(feed), {theme.theme_id: theme.label for theme in feed.themes}
    feed.write(1, {0: 3, 2: 4, 4: 2})
    feed.night(1)
    assert themes_of(feed) == before
    assert {theme.theme_id: theme.label for theme in feed.themes} == labels


def test_a_night_run_again_gives_the_same(feed: Feed) -> None:
    feed.write(1, {0: 3, 5: 8})
    state, placed = feed.state, dict(feed.placed)
    first = feed.night(1)
    feed.state, feed.placed = state, placed
    second = feed.night(1)
    assert first.theme_ids == second.theme_ids
    assert [(each.theme_id, each.label) for each in first.themes] == [(t.theme_id, t.label) for t in second.themes]


def test_a_refit_of_shuffled_documents_keeps_ids_and_labels(feed: Feed) -> None:
    before, labels = themes_of(feed), {theme.theme_id: theme.label for theme in feed.themes}
    order = np.random.default_rng(5).permutation(len(feed.ids)).tolist()
    outcome = feed.night(SETTINGS.refit_days, order)
    assert outcome.state.fitted == START + timedelta(days=SETTINGS.refit_days)
    assert themes_of(feed) == before
    kept = {theme.theme_id: theme.label for theme in feed.themes}
    assert {theme_id: kept[theme_id] for theme_id in before if theme_id} == {key: labels[key] for key in before if key}


def test_two_themes_that_swap_size_keep_their_ids(feed: Feed) -> None:
    before = themes_of(feed)
    feed.write(20, {4: 80, 0: 1})
    feed.night(SETTINGS.refit_days)
    assert themes_of(feed) == before


def test_themes_that_drift_over_months_keep_their_ids() -> None:
    feed = Feed()
    feed.write(0, {0: 30, 1: 30, 2: 30})
    feed.night(0)
    before = themes_of(feed, range(3))
    for week in range(1, 13):
        for topic in range(3):
            drifted = topic_center(topic) + week / 24 * topic_center(topic + 6)
            feed.write(7 * week, {topic: 10}, center=drifted / np.linalg.norm(drifted))
        feed.night(7 * week)
    assert [feed.theme_of(topic, since=70) for topic in range(3)] == before


def test_a_new_topic_becomes_a_new_theme_between_refits(feed: Feed) -> None:
    before = themes_of(feed)
    for day in range(29, 36):
        feed.write(day, {0: 4, 1: 4, 2: 4, 5: 2})
        feed.night(day)
    assert themes_of(feed) == before
    fresh = feed.theme_of(5)
    assert fresh is not None
    assert fresh not in before
    assert next(theme for theme in feed.themes if theme.theme_id == fresh).born >= START + timedelta(days=29)


def test_ids_are_never_used_again(feed: Feed) -> None:
    seen: dict[str, date] = {theme.theme_id: theme.born for theme in feed.themes}
    for week in range(1, 10):
        feed.write(7 * week, {week % 5: 10, (week + 1) % 10: 10})
        feed.night(7 * week)
        for theme in feed.themes:
            assert seen.setdefault(theme.theme_id, theme.born) == theme.born
    assert {theme.theme_id for theme in feed.themes} == set(seen)
    assert len({theme.label.lower() for theme in feed.themes}) == len(feed.themes)


def test_a_silent_theme_keeps_its_centroid_and_is_known_when_it_returns(feed: Feed) -> None:
    sleeper = feed.theme_of(4)
    lasting = [row for row, topic in enumerate(feed.topics) if topic != 4]
    for day in (30, 60, 90):  # refits that see nothing of it: its documents have left the window
        feed.write(day, {0: 10, 1: 10, 2: 10, 3: 10})
        lasting = [row for row, topic in enumerate(feed.topics) if topic != 4]
        feed.night(day, lasting)
    silent = next(theme for theme in feed.themes if theme.theme_id == sleeper)
    assert silent.is_alive
    assert silent.centroid @ topic_center(4) > 0.9
    feed.write(95, {4: 6})
    feed.night(95, [*lasting, *range(len(feed.ids) - 6, len(feed.ids))])
    assert feed.theme_of(4, since=95) == sleeper


def melt(feed: Feed) -> None:
    """What was two is one: topic 1 means and says what topic 0 does."""
    for row, topic in enumerate(feed.topics):
        if topic == 1:
            feed.vectors[row] = about(0, 1, row + 999)[0]
            feed.topics[row] = 0


def test_a_theme_whose_documents_go_into_another_is_recorded_as_merged() -> None:
    feed = Feed()
    feed.write(0, {0: 40, 1: 30, 2: 30})
    feed.night(0)
    theme_a, theme_b = feed.theme_of(0), feed.theme_of(1)
    melt(feed)
    outcome = feed.night(SETTINGS.refit_days)
    gone = [theme for theme in outcome.themes if not theme.is_alive]
    assert len(gone) == 1
    heir = {theme_a, theme_b} - {gone[0].theme_id}
    assert {gone[0].merged_into} == heir
    assert [(turn.theme_id, turn.event) for turn in outcome.turns] == [(gone[0].theme_id, "merged")]
    assert gone[0].theme_id not in outcome.theme_ids
    feed.write(29, {0: 4})
    feed.night(29)
    assert gone[0].theme_id in {theme.theme_id for theme in feed.themes}
    assert gone[0].theme_id not in feed.placed.values()


def test_a_curated_theme_is_never_merged_away() -> None:
    feed = Feed()
    feed.write(0, {0: 40, 1: 30, 2: 30})
    feed.night(0)
    named = frozenset(theme.theme_id for theme in feed.themes)
    melt(feed)
    outcome = feed.night(SETTINGS.refit_days, curated=Curated(curated=named))
    assert {theme.theme_id for theme in outcome.themes if theme.is_curated and theme.is_alive} == named
    assert len(named) == 3


def test_a_known_theme_keeps_its_label_when_a_new_one_would_have_the_same(feed: Feed) -> None:
    old = {theme.theme_id: theme.label for theme in feed.themes}
    for day in range(29, 36):
        feed.write(day, {5: 3})
        feed.topics = [0 if topic == 5 else topic for topic in feed.topics]  # its texts are those of topic 0
        feed.night(day)
    now = {theme.theme_id: theme.label for theme in feed.themes}
    assert {key: now[key] for key in old} == old
    assert len({label.lower() for label in now.values()}) == len(now)


@pytest.mark.parametrize("count", [0, 1, 4])
def test_a_night_of_few_documents_has_no_themes(count: int) -> None:
    feed = Feed()
    feed.write(0, {0: count})
    outcome = feed.night(0)
    assert outcome.themes == []
    assert outcome.theme_ids == [None] * count
    assert outcome.assignment.method.tolist() == ["unassigned"] * count


def test_a_night_without_documents_keeps_every_theme(feed: Feed) -> None:
    known = feed.state
    assert known
    for day in (1, SETTINGS.refit_days):
        outcome = update(known, [], Feed().corpus(), START + timedelta(days=day), SETTINGS, encode)
        assert [theme.theme_id for theme in outcome.themes] == [theme.theme_id for theme in known.themes]
        assert all(theme.is_alive for theme in outcome.themes)


def test_exemplars_are_documents_of_their_theme(feed: Feed) -> None:
    for theme in feed.themes:
        assert 1 <= len(theme.exemplars) <= 5
        assert {feed.placed[key] for key in theme.exemplars} == {theme.theme_id}


# --- which topic is which theme


def theme(theme_id: str, centroid: list[float]) -> Theme:
    unit = np.array(centroid, np.float32) / np.linalg.norm(centroid)
    return Theme(theme_id, theme_id, [], unit, unit[None], 0.5, 0.4, [], START, START)


def test_a_topic_is_the_theme_with_which_it_shares_its_documents() -> None:
    known = [theme("T0001", [1, 0, 0]), theme("T0002", [0, 1, 0])]
    fresh = [theme("", [0, 0, 1]), theme("", [1, 0, 0])]
    assert match(known, ["T0001"] * 5 + [None] * 5, fresh, np.array([0] * 5 + [1] * 5)) == {0: 0}


def test_a_theme_without_documents_is_known_by_its_centre() -> None:
    assert match([theme("T0001", [1, 0.1, 0])], [None] * 3, [theme("", [1, 0, 0])], np.zeros(3, np.int64)) == {0: 0}


def test_two_middling_pairs_do_not_part_a_good_one() -> None:
    """Crosswise the cosines are .89, just no match, and together more than the .91 of the one pair that fits."""

    def at(degrees: float) -> list[float]:
        return [float(np.cos(np.radians(degrees))), float(np.sin(np.radians(degrees)))]

    known = [theme("T0001", at(0)), theme("T0002", at(51.6))]
    fresh = [theme("", at(24.5)), theme("", at(-27.1))]
    assert match(known, [], fresh, np.zeros(0, np.int64)) == {0: 0}


def test_a_merged_theme_is_never_matched() -> None:
    merged = replace(theme("T0001", [1, 0, 0]), merged_into="T0002")
    known = [merged, theme("T0002", [0, 1, 0])]
    assert match(known, ["T0001"] * 5, [theme("", [1, 0, 0])], np.zeros(5, np.int64)) == {}
