"""Nights that are small, odd or very large: no crash, no warning, and themes that make sense."""

import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from plain_tickets import CHARGES, LEAKS, SPANISH, STRANGERS, SUBJECTS

from cxtext.encode import OnnxEncoder
from cxtext.night import open_night
from cxtext.publish import read_snapshot
from cxtext.registry import Corpus, Outcome, State, update
from cxtext.registry.nightly import assign_all
from cxtext.settings import ThemesSettings
from cxtext.steps import run_night
from cxtext.theme_state import reloaded

Vectors = NDArray[np.float32]
WriteFeed = Callable[..., Path]
BUNDLED = Path(__file__).parents[1] / "models" / "encoder"
START = date(2026, 1, 5)
SETTINGS = ThemesSettings()
THINGS = (
    "parcel refund password invoice kettle courier discount delivery screen battery app basket search card statement "
    "charge filter tap sink leak cupboard account email link phone order warranty agent queue voucher"
).split()
TROUBLES = "broken missing late wrong double slow lost cancelled refused empty".split()


@pytest.fixture(autouse=True)
def no_warnings() -> Iterator[None]:
    """A division by zero or a fit that did not converge fails the test; what libraries deprecate is not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        warnings.simplefilter("error", UserWarning)
        yield


@pytest.fixture(scope="module")
def bundled() -> OnnxEncoder:
    return OnnxEncoder(BUNDLED)


# --- texts and their real vectors, all of one night


def night_of(texts: Sequence[str], encoder: OnnxEncoder, *, days: int = 1) -> Outcome:
    """A first night; its documents came evenly over the last `days`."""
    ids = [f"d{row:05d}" for row in range(len(texts))]
    came = np.datetime64(START) - np.arange(len(texts)) % days
    corpus = Corpus(ids, texts, came, encoder.encode(texts))
    return update(None, [None] * len(texts), corpus, START, SETTINGS, encoder.encode)


def test_no_document_is_no_theme(bundled: OnnxEncoder) -> None:
    outcome = night_of([], bundled)
    assert (outcome.themes, outcome.theme_ids) == ([], [])


@pytest.mark.parametrize("count", [1, 2])
def test_fewer_documents_than_a_theme_needs_are_left_unassigned(count: int, bundled: OnnxEncoder) -> None:
    outcome = night_of(LEAKS[:count], bundled)
    assert outcome.themes == []
    assert outcome.assignment.method.tolist() == ["unassigned"] * count


def test_five_documents_give_one_theme_or_none(bundled: OnnxEncoder) -> None:
    outcome = night_of(LEAKS[:5], bundled)
    assert len(outcome.themes) <= 1
    assert set(outcome.theme_ids) <= {None, "T0001"}


@pytest.mark.parametrize("days", [1, 14])
def test_twenty_documents_of_two_subjects_give_two_themes(days: int, bundled: OnnxEncoder) -> None:
    more = ["The tap in the bathroom leaks too", "billed twice, refund the second payment please"]
    outcome = night_of([*LEAKS, *CHARGES, *more], bundled, days=days)
    leaks, charges = outcome.theme_ids[:9], outcome.theme_ids[9:18]
    assert len(outcome.themes) == 2
    assert not {*leaks} & {*charges} - {None}
    assert min(max(Counter(found).values()) for found in (leaks, charges)) >= 8


@pytest.mark.parametrize("days", [1, 14, 60])
def test_thirty_six_documents_of_four_subjects_give_four_themes(days: int, bundled: OnnxEncoder) -> None:
    outcome = night_of([text for subject in SUBJECTS for text in subject], bundled, days=days)
    assert len(outcome.themes) == 4
    leading = [Counter(outcome.theme_ids[9 * row : 9 * row + 9]).most_common(1)[0] for row in range(4)]
    assert {theme_id for theme_id, _ in leading} == {theme.theme_id for theme in outcome.themes}
    assert all(count >= 7 for _, count in leading)
    assert len({theme.label.lower() for theme in outcome.themes}) == 4
    assert all(len(theme.exemplars) >= 3 for theme in outcome.themes)


@pytest.mark.parametrize("days", [1, 14, 60])
@pytest.mark.parametrize("count", [20, 36])
def test_documents_that_share_nothing_give_one_small_theme_at_most(count: int, days: int, bundled: OnnxEncoder) -> None:
    outcome = night_of(STRANGERS[:count], bundled, days=days)
    placed = sum(theme_id is not None for theme_id in outcome.theme_ids)
    assert len(outcome.themes) <= 1
    assert placed <= count / 3


def test_subjects_are_found_among_as_many_documents_that_share_nothing(bundled: OnnxEncoder) -> None:
    outcome = night_of([*(text for subject in SUBJECTS for text in subject), *STRANGERS], bundled)
    strange = Counter(outcome.theme_ids[36:])
    leading = [Counter(outcome.theme_ids[9 * row : 9 * row + 9]).most_common(1)[0] for row in range(4)]
    assert len({theme_id for theme_id, _ in leading} - {None}) == 4
    assert all(count >= 7 and strange[theme_id] <= 1 for theme_id, count in leading)


@pytest.mark.parametrize("count", [5, 16, 20, 36, 64, 100, 700])
def test_one_text_again_and_again_is_one_theme_with_all_of_it(count: int, bundled: OnnxEncoder) -> None:
    outcome = night_of(["The tap leaks at the joint"] * count, bundled)
    assert outcome.theme_ids == ["T0001"] * count
    assert set(outcome.assignment.method) == {"assigned"}
    assert len(outcome.themes[0].exemplars) == 1
    assert "tap" in outcome.themes[0].label.lower()


def test_texts_of_one_word_each_are_the_themes_that_the_words_are(bundled: OnnxEncoder) -> None:
    words = ["leak", "charge", "password", "parcel"]
    outcome = night_of(words * 9, bundled)
    assert sorted(theme.label for theme in outcome.themes) == ["Charge", "Leak", "Parcel", "Password"]
    assert all(outcome.theme_ids[row] == outcome.theme_ids[row % 4] for row in range(36))
    assert set(outcome.assignment.method) == {"assigned"}
    assert all(len(theme.exemplars) == 1 for theme in outcome.themes)


@pytest.mark.parametrize("count", [40, 80, 700])
def test_a_vocabulary_of_one_word_is_no_trouble(count: int, bundled: OnnxEncoder) -> None:
    outcome = night_of([" ".join(["leak"] * (1 + row % 7)) for row in range(count)], bundled)
    assert 1 <= len(outcome.themes) <= 7
    assert None not in outcome.theme_ids
    assert len({theme.label.lower() for theme in outcome.themes}) == len(outcome.themes)
    assert "leak" in outcome.themes[0].label.lower()


@pytest.mark.parametrize("texts", [["!!!", "...", "123", "?"] * 6, ["the and of", "is it this"] * 8, [""] * 12])
def test_texts_without_a_word_that_says_anything_have_themes_with_names_all_the_same(
    texts: list[str], bundled: OnnxEncoder
) -> None:
    outcome = night_of(texts, bundled)
    assert None not in outcome.theme_ids
    assert all(theme.label for theme in outcome.themes)
    assert len(outcome.themes) <= len(set(texts))


def test_spanish_documents_find_themes_though_the_encoder_was_made_for_english(bundled: OnnxEncoder) -> None:
    """To this encoder few Spanish texts are much alike: it may tell their subjects apart, or find them all one."""
    outcome = night_of([text for subject in SPANISH for text in subject], bundled)
    assert 1 <= len(outcome.themes) <= 3
    assert outcome.theme_ids.count(None) <= 2
    for row in range(3):
        assert Counter(outcome.theme_ids[6 * row : 6 * row + 6]).most_common(1)[0][1] >= 5


# --- synthetic vectors, many nights


def encode(texts: Sequence[str], width: int = 48) -> Vectors:
    rows = [np.random.default_rng(sum(map(ord, text))).normal(size=width) for text in texts]
    return np.asarray(np.array(rows).reshape(-1, width) / np.sqrt(width), np.float32)


def encode_wide(texts: Sequence[str]) -> Vectors:
    return encode(texts, 384)


class Diary:
    """Documents so far, each about a subject (-1 about nothing), and what the nights made of them."""

    def __init__(self, width: int = 48, noise: float = 0.6) -> None:
        self.width, self.noise = width, noise
        self.chance = np.random.default_rng(3)
        self.about: list[int] = []
        self.days: list[date] = []
        self.texts: list[str] = []
        self.vectors: Vectors = np.zeros((0, width), np.float32)
        self.state: State | None = None
        self.placed: dict[str, str | None] = {}

    def write(self, day: int, amounts: dict[int, int]) -> None:
        about = [subject for subject, count in amounts.items() for _ in range(count)]
        self.about += about
        self.days += [START + timedelta(days=day)] * len(about)
        self.texts += [self._text(subject) for subject in about]
        self.vectors = np.vstack([self.vectors, self._vectors(about)])

    def _text(self, subject: int) -> str:
        one, other = self.chance.choice(len(THINGS), 2)
        trouble = TROUBLES[self.chance.integers(len(TROUBLES))]
        if subject < 0:
            return f"my {THINGS[one]} and a {trouble} {THINGS[other]}"
        own = f"the {THINGS[subject % 30]} is {TROUBLES[(subject + subject // 30) % 10]}"
        return f"{own}, my {THINGS[one]} came {trouble}"

    def _vectors(self, about: Sequence[int]) -> Vectors:
        centers = np.random.default_rng(11).normal(size=(200, self.width)) / np.sqrt(self.width)
        noise = self.chance.normal(size=(len(about), self.width)) / np.sqrt(self.width)
        strange = (np.array(about, np.int64) < 0)[:, None]
        rows = np.where(strange, noise, centers[np.array(about, np.int64)] + self.noise * noise)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)

    def corpus(self) -> Corpus:
        ids = [f"d{row:05d}" for row in range(len(self.about))]
        return Corpus(ids, self.texts, np.array(self.days, "datetime64[D]"), self.vectors)

    def night(self, day: int) -> Outcome:
        corpus = self.corpus()
        known = [self.placed.get(key) for key in corpus.ids]
        names = encode_wide if self.width == 384 else encode
        outcome = update(self.state, known, corpus, START + timedelta(days=day), SETTINGS, names)
        self.state = outcome.state
        self.placed = dict(zip(corpus.ids, outcome.theme_ids, strict=True))
        return outcome

    def themes_of(self, subject: int, since: int = 0) -> Counter[str | None]:
        """The themes of a subject's documents, with the number of each."""
        rows = zip(self.about, self.days, self.placed.values(), strict=True)
        first = START + timedelta(days=since)
        return Counter(theme_id for about, day, theme_id in rows if about == subject and day >= first)

    def theme_of(self, subject: int, since: int = 0) -> str | None:
        return self.themes_of(subject, since).most_common(1)[0][0]


@pytest.mark.slow
def test_a_hundred_nights_in_a_row_keep_every_subject_in_one_theme() -> None:
    diary = Diary()
    diary.write(0, {0: 14, 1: 12, 2: 10, 3: 9, 4: 8})
    diary.night(0)
    first = [diary.theme_of(subject) for subject in range(5)]
    labels = {theme.theme_id: theme.label for theme in diary.night(0).themes}
    for day in range(1, 101):
        diary.write(day, {subject: 1 + (day + subject) % 2 for subject in range(5)} | {-1: day % 2})
        outcome = diary.night(day)
        assert [diary.theme_of(subject, since=day) for subject in range(5)] == first
        assert len({theme.label.lower() for theme in outcome.themes}) == len(outcome.themes)
    assert len(set(first)) == 5
    assert None not in first
    assert len(outcome.themes) <= 8
    assert {theme.theme_id: theme.label for theme in outcome.themes} | labels == {
        theme.theme_id: theme.label for theme in outcome.themes
    }


@pytest.mark.slow
def test_two_themes_that_slowly_swap_size_keep_their_ids() -> None:
    diary = Diary()
    diary.write(0, {0: 40, 1: 5, 2: 20, 3: 20})
    diary.night(0)
    before = [diary.theme_of(subject) for subject in range(4)]
    for week in range(1, 16):
        diary.write(7 * week, {0: max(16 - 2 * week, 0), 1: 2 * week, 2: 5, 3: 5})
        diary.night(7 * week)
    assert len(set(before)) == 4
    assert [diary.theme_of(subject, since=7) for subject in range(4)] == before


def test_a_feed_that_begins_with_one_document_a_night_grows_into_its_themes() -> None:
    diary = Diary()
    for day in range(60):
        diary.write(day, {day % 3: 1})
        outcome = diary.night(day)
        assert len({theme.label.lower() for theme in outcome.themes}) == len(outcome.themes)
    found = [diary.theme_of(subject) for subject in range(3)]
    assert len(set(found)) == 3
    assert None not in found
    assert sum(theme.is_alive for theme in outcome.themes) == 3


def test_the_same_text_every_night_stays_one_theme_until_something_else_comes(bundled: OnnxEncoder) -> None:
    texts, days, placed, state = list[str](), list[date](), list[str | None](), None
    for day in range(40):
        texts += ["The tap leaks at the joint"] if day < 20 else ["The tap leaks at the joint", CHARGES[day % 9]]
        days += [START + timedelta(days=day)] * (len(texts) - len(days))
        ids = [f"d{row:03d}" for row in range(len(texts))]
        corpus = Corpus(ids, texts, np.array(days, "datetime64[D]"), bundled.encode(texts))
        before = [*placed, *[None] * (len(texts) - len(placed))]
        outcome = update(state, before, corpus, START + timedelta(days=day), SETTINGS, bundled.encode)
        state, placed = outcome.state, outcome.theme_ids
    leaks = {theme_id for text, theme_id in zip(texts, placed, strict=True) if "tap" in text}
    charges = Counter(theme_id for text, theme_id in zip(texts, placed, strict=True) if "tap" not in text)
    assert leaks == {"T0001"}
    assert charges.most_common(1)[0][0] not in {"T0001", None}


def test_nights_on_which_nothing_came_change_no_theme() -> None:
    diary = Diary()
    diary.write(0, dict.fromkeys(range(4), 30))
    diary.night(0)
    first = [diary.theme_of(subject) for subject in range(4)]
    for day in [*range(1, 5), SETTINGS.refit_days, 2 * SETTINGS.refit_days]:
        outcome = diary.night(day)
        assert outcome.turns == []
    diary.write(70, dict.fromkeys(range(4), 3))
    diary.night(70)
    assert [diary.theme_of(subject, since=70) for subject in range(4)] == first
    assert len(set(first)) == 4


def test_a_refit_of_no_documents_at_all_forgets_no_theme() -> None:
    diary, empty = Diary(), Diary()
    diary.write(0, dict.fromkeys(range(4), 30))
    diary.night(0)
    first = [diary.theme_of(subject) for subject in range(4)]
    empty.state = diary.state
    empty.night(SETTINGS.refit_days)
    diary.state = empty.state
    diary.placed = {}
    diary.night(SETTINGS.refit_days + 1)
    assert [diary.theme_of(subject) for subject in range(4)] == first


# --- one rule, in fitting, scoring and after loading


@pytest.mark.slow
def test_fitting_scoring_later_and_scoring_after_loading_agree_on_every_document() -> None:
    diary = Diary(width=384, noise=1.2)
    diary.write(0, {subject: 40 + 4 * subject for subject in range(25)} | {-1: 100})
    outcome = diary.night(0)
    corpus, state = diary.corpus(), outcome.state
    back = reloaded(state)
    assert len(outcome.themes) >= 10
    for each in (state, back):
        again, theme_ids = assign_all(each, each.space.place(corpus.texts, corpus.vectors))
        assert theme_ids == outcome.theme_ids
        assert again.method.tolist() == outcome.assignment.method.tolist()
    rows = range(0, len(corpus.ids), 10)
    alone = [assign_all(back, back.space.place([corpus.texts[row]], corpus.vectors[[row]])) for row in rows]
    assert [found[0] for _, found in alone] == [outcome.theme_ids[row] for row in rows]
    assert [str(found.method[0]) for found, _ in alone] == [outcome.assignment.method[row] for row in rows]


# --- a night of thirty thousand


@pytest.mark.slow
def test_a_night_of_thirty_thousand_documents_finds_what_they_are_about() -> None:
    diary = Diary(width=384, noise=1.2)
    diary.write(0, dict.fromkeys(range(60), 500))
    outcome = diary.night(0)
    leading = [diary.themes_of(subject).most_common(1)[0] for subject in range(60)]
    assert outcome.theme_ids.count(None) <= 0.05 * 30_000
    assert len({theme_id for theme_id, _ in leading}) >= 54
    assert np.mean([count / 500 for _, count in leading]) >= 0.9
    assert len({theme.label.lower() for theme in outcome.themes}) == len(outcome.themes)
    assert all(theme.exemplars for theme in outcome.themes)


# --- through whole nights


def run(config: Path, day: str) -> dict[str, pd.DataFrame]:
    night = open_night(config, day)
    run_night(night, lambda *_: None, time.perf_counter)
    return read_snapshot(night.root, day)[0]


def tickets(texts: Sequence[str], day: str) -> list[tuple[str, str, str]]:
    return [(str(row), f"{day}T{8 + row % 10:02d}:{row % 60:02d}:00Z", text) for row, text in enumerate(texts, 1)]


@pytest.mark.parametrize("count", [0, 1])
def test_a_whole_night_of_hardly_anything_publishes_empty_themes(feed: WriteFeed, count: int) -> None:
    tables = run(feed(tickets(LEAKS[:count], "2026-03-02")), "2026-03-02")
    assert len(tables["themes"]) == len(tables["theme_events"]) == 0
    assert tables["document_themes"]["theme_id"].tolist() == [None] * count


@pytest.mark.slow
@pytest.mark.parametrize(
    ("texts", "themes"),
    [
        ([text for subject in SUBJECTS for text in subject], {4}),
        (["The tap leaks at the joint"] * 36, {1}),
        ([text for subject in SPANISH for text in subject], {0, 1, 2, 3}),
        (["leak", "charge", "password", "parcel"] * 9, {4}),
    ],
    ids=["four subjects", "one text", "Spanish", "one word"],
)
def test_whole_nights_of_odd_texts_publish_themes_and_a_second_night_keeps_them(
    feed: WriteFeed, texts: list[str], themes: set[int]
) -> None:
    config = feed(tickets(texts, "2026-03-02"))
    first = run(config, "2026-03-02")
    second = run(config, "2026-03-03")
    assert len(first["documents"]) == len(texts)
    assert len(first["themes"]) in themes
    assert second["themes"]["theme_id"].tolist() == first["themes"]["theme_id"].tolist()
    assert second["document_themes"]["theme_id"].tolist() == first["document_themes"]["theme_id"].tolist()
    assert (first["themes"]["documents"] >= 5).all()
    assert first["themes"]["exemplars"].map(len).gt(0).all()
    assert first["themes"]["label"].str.lower().is_unique
