"""Names for themes: phrases from their own texts, as a support lead would write them."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from cxtext.placeholders import PLACEHOLDER
from cxtext.themes.phrases import Phrase, phrases
from cxtext.themes.topics import Topics
from cxtext.themes.words import WORD, handles, is_function_word, stem, usual_forms, words_of

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]

DOCUMENTS = 60  # most central documents of a theme that are read for phrases
CHARACTERS = 400  # of each
CANDIDATES = 24  # phrases of a theme whose meaning is compared with the theme's
ARTICLES = frozenset("a an the my our".split())
LEAST = 0.05  # share of the documents read that must hold a phrase's words
MANY = 20  # documents read from which a phrase must stand in two of them as it is
SHARPNESS = 10.0  # how much more the nearest of the other themes count than the far ones
COMMON = 0.04  # worth of a phrase's words being common in the theme, by the logarithm
BROAD = 0.1  # the same, for a group of themes
VERBATIM = 0.06  # worth of the phrase itself being so
NOT_PLAIN = 0.08  # cost of a wording that reads less well
ENOUGH = 8  # phrases that are used twice from which the others are not needed


@dataclass(frozen=True)
class _Candidate:
    phrase: Phrase
    worth: float  # of its use alone: its meaning is added


@dataclass(frozen=True)
class _Reading:
    """What was read of a theme: its central texts, and the phrases of each."""

    texts: list[str]
    phrases: list[list[Phrase]]


def name_themes(
    texts: Sequence[str],
    vectors: Vectors,
    topics: Topics,
    centers: Vectors,
    encode: Encode,
    stop_words: Collection[str] = (),
    *,
    taken: Collection[str] = (),
    broad: bool = False,
) -> list[str]:
    """A unique label of two to six words for each topic, from the phrases of its most central documents.

    Of the phrases whose words several documents share, the label is the one that is nearest to the theme's centroid
    and farthest from the others', and common in the theme. `stop_words` (the company's own name, say) stand in no
    label, nor does one of `taken` come again. Where a theme's texts share no phrase, its keywords are its name. `broad`
    looks for what a whole group of themes is called by: a thing, of one word or more, that most of its texts speak of.
    """
    never = frozenset(word.lower() for word in stop_words) | handles(texts)
    readings = _read(texts, vectors, topics, centers, never, broad)
    shared = cache(lambda: _shared_words(texts))  # seldom needed
    names = {column: word for word, column in topics.words.items()}
    candidates = [
        _candidates(reading, _word_weights(topics, names, topic), shared, BROAD if broad else COMMON)
        for topic, reading in enumerate(readings)
    ]
    chosen = _choose(candidates, centers, encode, taken)
    forms = usual_forms(text for reading in readings for text in reading.texts)
    labels: list[str] = []
    for topic in range(len(centers)):
        words = [word for word in topics.keywords[topic] if word not in never]
        ranked = [chosen.get(topic, ""), *(", ".join(words[start : start + 3]) for start in range(len(words)))]
        labels.append(_first_free([_written(label, forms) for label in ranked], [*taken, *labels], topic))
    return labels


def _read(
    texts: Sequence[str], vectors: Vectors, topics: Topics, centers: Vectors, never: frozenset[str], broad: bool
) -> list[_Reading]:
    central = [_central(texts, vectors, topics, topic, center) for topic, center in enumerate(centers)]
    # in one go: the tagger works in batches
    found = phrases([text for each in central for text in each], never, things_only=broad)
    return [_Reading(each, [next(found) for _ in each]) for each in central]


def _central(
    texts: Sequence[str], vectors: Vectors, topics: Topics, topic: int, center: NDArray[np.float32]
) -> list[str]:
    members = np.flatnonzero(topics.labels == topic)
    by_center = members[np.argsort(-(vectors[members] @ center), kind="stable")]
    # copies of one text would outvote all others
    distinct = {texts[row].lower(): PLACEHOLDER.sub(". ", texts[row])[:CHARACTERS] for row in by_center}
    return list(distinct.values())[:DOCUMENTS]


def _shared_words(texts: Sequence[str]) -> frozenset[str]:
    """The stems that at least two texts hold."""
    counts = Counter(word for text in set(texts) for word in set(map(stem, words_of(text))))
    return frozenset(word for word, count in counts.items() if count > 1)


def _word_weights(topics: Topics, names: dict[int, str], topic: int) -> dict[str, float]:
    """Stems and the c-TF-IDF of their strongest word, against the topic's strongest."""
    if not topics.words:
        return {}
    row = topics.weights.getrow(topic)
    weights: dict[str, float] = {}
    for column, weight in zip(row.indices, row.data, strict=True):
        word = stem(names[int(column)])
        weights[word] = max(weights.get(word, 0.0), float(weight))
    strongest = max(weights.values(), default=1.0)
    return {word: weight / strongest for word, weight in weights.items()}


def _candidates(
    reading: _Reading, weights: dict[str, float], shared: Callable[[], frozenset[str]], common: float
) -> list[_Candidate]:
    """The phrases of one theme that may be its name, those that are most used and most its own.

    What only one text speaks of is no name for a theme, and may tell who wrote it. Only where a theme's texts have no
    words in common, words will do that other themes use, and that are no names.
    """
    count = len(reading.texts)
    held = [set(map(stem, words_of(text))) for text in reading.texts]
    least = max(2, LEAST * count)
    tiers: tuple[list[tuple[float, _Candidate]], ...] = ([], [], [])
    for phrase, uses in _variants(reading.phrases):
        together = sum(phrase.stems <= words for words in held)
        worth = common * np.log(max(together, 1) / count) + VERBATIM * np.log1p(uses) / np.log1p(count)
        own = float(np.mean([weights.get(word, 0.0) for word in phrase.stems]))
        candidate = _Candidate(phrase, float(worth) - NOT_PLAIN * (not phrase.is_plain))
        often = together >= least and (uses > 1 or count < MANY)
        tier = 0 if often else 1 if together > 1 else 2
        tiers[tier].append((-float(np.sqrt(together / count)) * (own + 0.05), candidate))
    found = tiers[0] if len(tiers[0]) >= ENOUGH else tiers[0] + tiers[1]
    if not found:
        found = [each for each in tiers[2] if not each[1].phrase.has_name and each[1].phrase.stems <= shared()]
    return [candidate for _, candidate in sorted(found, key=lambda each: (each[0], each[1].phrase.text))][:CANDIDATES]


def _variants(found: Sequence[Sequence[Phrase]]) -> Iterator[tuple[Phrase, int]]:
    """Each phrase in its most frequent wording, and the number of texts that use it with any article or with none."""
    wordings: dict[str, Counter[str]] = {}
    known: dict[str, Phrase] = {}
    for each in found:
        distinct = {phrase.text: phrase for phrase in each}
        known |= distinct
        for text in distinct:
            bare = " ".join(word for word in text.split() if word not in ARTICLES)
            wordings.setdefault(bare, Counter())[text] += 1
    for counts in wordings.values():
        yield known[max(sorted(counts), key=counts.__getitem__)], counts.total()


def _choose(
    candidates: Sequence[Sequence[_Candidate]], centers: Vectors, encode: Encode, taken: Collection[str]
) -> dict[int, str]:
    """The best phrase of each theme; of two themes that claim the same words, the one that it fits better gets it."""
    distinct = sorted({each.phrase.text for found in candidates for each in found})
    rows = {text: row for row, text in enumerate(distinct)}
    encoded = encode(distinct)
    claims = []
    for topic, found in enumerate(candidates):
        if not found:
            continue
        close = encoded[[rows[each.phrase.text] for each in found]] @ centers.T
        own = close[:, topic]
        contrast = -np.log(np.exp(SHARPNESS * (close - own[:, None])).sum(axis=1)) / SHARPNESS
        # rounded, since the last bits of vectors hang on the batch
        scores = (own + contrast + [each.worth for each in found]).round(4)
        claims += [(-float(score), topic, each.phrase.text) for score, each in zip(scores, found, strict=True)]
    chosen: dict[int, str] = {}
    claimed = {_meaning(label) for label in taken}
    for _, topic, text in sorted(claims):
        meaning = _meaning(text)
        if topic not in chosen and meaning not in claimed:
            chosen[topic] = text
            claimed.add(meaning)
    return chosen


def _meaning(label: str) -> frozenset[str]:
    """What labels share that differ by a plural or an article only."""
    return frozenset(stem(word) for word in words_of(label) if not is_function_word(word))


def _written(label: str, forms: dict[str, str]) -> str:
    """A label in its words' usual form, and with a capital at its beginning."""
    words = WORD.sub(lambda word: forms.get(word[0], word[0]), label)
    return words[:1].upper() + words[1:]


def _first_free(ranked: Sequence[str], taken: Sequence[str], topic: int) -> str:
    lowered = {label.lower() for label in taken}
    meanings = {_meaning(label) for label in taken}
    free = [label for label in ranked if label and label.lower() not in lowered]
    return next((label for label in free if _meaning(label) not in meanings), next(iter(free), f"Theme {topic + 1}"))
