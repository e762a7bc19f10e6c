"""The cause model under a taxonomy: what the ten causes become where the user has dropped some and added others."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cxtext.causes import CauseFound, Verdict
from cxtext.errors import CxtextError
from cxtext.label_files import read_labelled
from cxtext.subcauses import Rule, Usual, best_rule, fit_rule
from cxtext.taxonomy import CAUSES, Cause, Taxonomy, origin_of

MOST_USUAL = 1500  # documents of the corpus that show what a standard cause looks like

Floats = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Floats]


class Model(Protocol):
    """What tells the ten causes, as `cxtext.causes.CauseModel` does."""

    name: str

    def predict(self, texts: Sequence[str], *, dropped: Mapping[str, str | None] | None = None) -> list[Verdict]:
        """One verdict a text, in order."""


@dataclass(frozen=True)
class Judge:
    """Gives verdicts that name the taxonomy's causes.

    `encode` turns texts into unit vectors, (texts, dimensions); `corpus` is the folder of labelled files that show
    what documents of the standard causes look like. Both are used only where the taxonomy adds causes.
    """

    model: Model
    taxonomy: Taxonomy
    encode: Encode
    corpus: Path

    def predict(self, texts: Sequence[str]) -> list[Verdict]:
        """One verdict a text, in order. Raises CxtextError where causes were added and the corpus is missing."""
        return self.refine(texts, self.model.predict(texts, dropped=self.taxonomy.into))

    def method(self, found: CauseFound) -> str:
        """What found a cause: the model, or the model and examples."""
        return self.model.name if found.refines is None else f"{self.model.name}+examples"

    @cached_property
    def rules(self) -> dict[str, Rule]:
        """The rule of every added cause, by its key."""
        if not self.taxonomy.added:
            return {}
        usual = {tuple(_candidates(cause)) for cause in self.taxonomy.added}
        looks = {causes: self._usual(causes) for causes in sorted(usual)}
        rules = {}
        for cause in self.taxonomy.added:
            vectors = self.encode([*cause.examples, cause.definition])
            rules[cause.key] = fit_rule(cause.key, vectors[:-1], vectors[-1], looks[tuple(_candidates(cause))])
        return rules

    def _usual(self, causes: tuple[str, ...]) -> Usual:
        files = sorted(self.corpus.glob("*.jsonl"))
        texts = [each.text for path in files for each in read_labelled(path) if set(causes) & set(each.causes)]
        if len(texts) < 2:
            raise CxtextError(f"{self.corpus}: holds no documents of {causes[0]}; restore the folder")
        step = max(len(texts) / MOST_USUAL, 1.0)
        return Usual.of(self.encode([texts[int(place)] for place in np.arange(0, len(texts), step)]))

    def refine(self, texts: Sequence[str], verdicts: Sequence[Verdict]) -> list[Verdict]:
        """The verdicts with added causes in the place of standard ones, where evidence or text are like the examples.

        The surest of the causes that an added one may stand for gives way to it, the others stay. Confidences are
        multiplied by how likely the added cause is, given the standard one.
        """
        if not self.taxonomy.added:
            return list(verdicts)
        possible = {cause: self._rules_for(cause) for cause in CAUSES}
        concerned = [row for row, verdict in enumerate(verdicts) if any(possible[c.cause] for c in verdict.causes)]
        shown = [texts[row] for row in concerned]
        shown += [found.evidence for row in concerned for found in verdicts[row].causes]
        place = {text: number for number, text in enumerate(dict.fromkeys(shown))}
        vectors = self.encode(list(place))
        refined = list(verdicts)
        for row in concerned:
            scores = {
                key: [
                    float(rule.score(vectors[[place[texts[row]], place[found.evidence]]]).max())
                    for found in verdicts[row].causes
                ]
                for key, rule in self.rules.items()
            }
            refined[row] = _refined(verdicts[row], possible, scores)
        return refined

    def _rules_for(self, cause: str) -> list[Rule]:
        return [self.rules[added.key] for added in self.taxonomy.added if cause in _candidates(added)]


def _candidates(added: Cause) -> list[str]:
    """The standard causes in whose place an added one may stand."""
    return [added.part_of] if added.part_of else [cause for cause in CAUSES if origin_of(cause) == added.origin]


def _refined(verdict: Verdict, possible: Mapping[str, list[Rule]], scores: Mapping[str, list[float]]) -> Verdict:
    """The verdict with added causes; `scores` holds by added cause one score for each cause of the verdict."""
    chosen: dict[str, tuple[float, int, Rule]] = {}  # added cause -> (margin, place in the verdict, rule)
    for number, found in enumerate(verdict.causes):
        rules = possible[found.cause]
        best = best_rule(rules, [scores[rule.cause][number] for rule in rules])
        if best is not None:
            rule, score = best
            if rule.cause not in chosen or score - rule.limit > chosen[rule.cause][0]:
                chosen[rule.cause] = (score - rule.limit, number, rule)
    causes, confidence, primary = list(verdict.causes), verdict.confidence, verdict.primary
    for key, (margin, number, rule) in chosen.items():
        found, likely = causes[number], rule.probability(rule.limit + margin)
        causes[number] = replace(found, cause=key, confidence=found.confidence * likely, refines=found.cause)
        if found.is_primary:
            primary, confidence = key, verdict.confidence * likely
    return replace(verdict, primary=primary, confidence=confidence, causes=causes)
