"""Causes by origin and one by one, four weeks against the four before."""

import pandas as pd

from cxtext.report.intervals import Difference, Estimate, newcombe, wilson
from cxtext.report.night import BEFORE, NOW, Night, records
from cxtext.report.parts import Cause, Origin
from cxtext.report.words import count, numeral, percent, plain
from cxtext.taxonomy import NONE, ORIGINS, UNSTATED, Taxonomy, name_of

QUOTE_LENGTH = 180
NAME_LENGTH = 60
MOST_TRIED = 10  # evidence sentences of a cause among which one is sought that no other cause is quoted with
FEW_WORDS, MANY_LETTERS = 4, 320  # a quotation is readable between these
NO_CHANGE = "no clear change"
TOO_FEW = "too few to compare"
NOTHING_BEFORE = "nothing to compare with"


def origins(night: Night) -> tuple[Origin, ...]:
    """Each origin's share of analysed documents by their main cause, and how it changed."""
    if night.now["origin"].notna().sum() == 0:
        return ()
    return tuple(_origin(night, key) for key in (*ORIGINS, UNSTATED, NONE))


def _origin(night: Night, key: str) -> Origin:
    now, before = _verdicts(night.now["origin"], key), _verdicts(night.before["origin"], key)
    words, is_clear = change(now, before, night.facts.min_answers)
    return Origin(
        name=name_of(key),
        documents=count(now.value * now.n),
        share=percent(now.value),
        interval=f"{percent(now.low)} to {percent(now.high)}",
        before=percent(before.value) if before.n else "–",
        change=words,
        is_clear=is_clear,
    )


def _verdicts(column: pd.Series, key: str) -> Estimate:
    return wilson(int((column == key).sum()), int(column.notna().sum()))


def dissatisfied(night: Night) -> tuple[Estimate, Estimate]:
    """Share of documents with a verdict that are dissatisfied: now and before."""
    return _not_none(night.now["origin"]), _not_none(night.before["origin"])


def _not_none(column: pd.Series) -> Estimate:
    n = int(column.notna().sum())
    return wilson(n - int((column == NONE).sum()), n)


def change(now: Estimate, before: Estimate | None, least: int, *, points: str = "points") -> tuple[str, bool]:
    """A change in honest words, and whether it is one: an interval that includes zero is no clear change."""
    if before is None or not before.n:
        return NOTHING_BEFORE, False
    if min(now.n, before.n) < least:
        return TOO_FEW, False
    difference = newcombe(now, before)
    if not difference.is_clear:
        return NO_CHANGE, False
    return _moved(difference, 100 if points == "points" else 1, points), True


def _moved(difference: Difference, factor: int, points: str) -> str:
    low, high = sorted(abs(factor * end) for end in (difference.low, difference.high))
    size = abs(factor * difference.value)
    digits = 0 if low >= 1 else 1 if low >= 0.1 else 2
    way = "up" if difference.value > 0 else "down"
    return f"{way} {size:.{digits}f} {points} ({low:.{digits}f}\u00a0to\u00a0{high:.{digits}f})"


def causes(night: Night) -> tuple[Cause, ...]:
    """The taxonomy's causes by how many documents state them; a document may state several."""
    n_now, n_before = (int(frame["origin"].notna().sum()) for frame in (night.now, night.before))
    if n_now == 0:
        return ()
    now, before = _stated(night.causes, NOW), _stated(night.causes, BEFORE)
    quotes = best_quotes(night.causes[night.causes["period"] == NOW])
    ranked = sorted(night.taxonomy.keys, key=lambda cause: -int(now.get(cause, 0)))
    most = max(1, *(int(now.get(cause, 0)) for cause in ranked))
    return tuple(
        _cause(
            night.taxonomy,
            cause,
            wilson(int(now.get(cause, 0)), n_now),
            wilson(int(before.get(cause, 0)), n_before),
            quotes.get(cause, ""),
            most=most,
            least=night.facts.min_answers,
        )
        for cause in ranked
    )


def _stated(frame: pd.DataFrame, period: str) -> "pd.Series[int]":
    rows = frame[frame["period"] == period]
    return rows.groupby("cause")["document_id"].nunique()


def causes_caption(night: Night) -> str:
    """What the table of causes shows."""
    told = f"documents of {night.period} that state each (one document may state several)"
    return f"The {numeral(len(night.taxonomy.keys))} causes: {told}"


def _cause(
    taxonomy: Taxonomy, key: str, now: Estimate, before: Estimate, quote: str, *, most: int, least: int
) -> Cause:
    cause = taxonomy.by_key[key]
    part_of = f", part of {taxonomy.name_of(cause.part_of).lower()}" if cause.part_of else ""
    words, is_clear = change(now, before, least)
    return Cause(
        name=plain(cause.name, NAME_LENGTH),
        origin=f"{name_of(cause.origin)}{part_of}",
        meaning=plain(cause.definition, QUOTE_LENGTH),
        owner=plain(cause.owner, NAME_LENGTH),
        documents=count(now.value * now.n),
        share=percent(now.value),
        change=words,
        is_clear=is_clear,
        of_most=round(now.value * now.n / most, 3),
        quote=quote,
    )


def best_quotes(rows: pd.DataFrame) -> dict[str, str]:
    """For each cause the evidence that the model is surest of, readable lengths and main causes first, none twice."""
    if rows.empty:
        return {}
    evidence = rows["evidence"].fillna("")
    is_readable = (evidence.str.count(" ") + 1 >= FEW_WORDS) & (evidence.str.len() <= MANY_LETTERS)
    ranked = rows.assign(is_readable=is_readable).sort_values(
        ["is_readable", "is_primary", "confidence", "document_id"], ascending=[False, False, False, True]
    )
    chosen: dict[str, str] = {}
    for row in records(ranked.groupby("cause").head(MOST_TRIED)):
        text = plain(row["evidence"], QUOTE_LENGTH)
        if row["cause"] not in chosen and text not in chosen.values():
            chosen[row["cause"]] = text
    return chosen


def quotes_of_theme(night: Night, theme_id: str) -> dict[str, str]:
    """For each cause of a theme the evidence to quote, from the period reported on."""
    return best_quotes(night.causes[(night.causes["period"] == NOW) & (night.causes["theme_id"] == theme_id)])
