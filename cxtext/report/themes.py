"""The themes, the most frequent of the period first, and what each is made of."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from cxtext.report.intervals import mean
from cxtext.report.lines import is_dissatisfied
from cxtext.report.night import Night, records
from cxtext.report.parts import Line, Quote, Theme
from cxtext.report.scores import on_scale, scale_of
from cxtext.report.words import count, day_of, decimal, numeral, percent, plain, ratio, score_name, sentence
from cxtext.taxonomy import NONE, UNSTATED

MAX_DETAILED = 40  # themes with a chart and verbatims, whatever the settings say: the page stays under 300 kB
MAX_OTHERS = 400
LABEL_LENGTH = 80
QUOTE_LENGTH = 420
QUOTES = 3
PRODUCTS = 3
KEYWORDS = 6


@dataclass(frozen=True)
class Sketch:
    """What other parts of the report need to know of a theme."""

    theme_id: str
    label: str
    anchor: str
    status: str
    recent: int
    n_verdicts: int
    is_muted: bool = False
    causes: dict[str, int] = field(default_factory=dict)

    @property
    def n_dissatisfied(self) -> int:
        """Documents of the period whose main cause is not `none`."""
        return sum(self.causes.values())

    @property
    def leading(self) -> str:
        """The main cause that most of its dissatisfied documents have; `none` without any."""
        return max(self.causes, key=lambda cause: (self.causes[cause], cause)) if self.causes else NONE


def sketches(night: Night) -> list[Sketch]:
    """The living themes, those with most documents in the period first, and muted ones last."""
    alive = night.themes[night.themes["merged_into"].isna()]
    now = night.now
    recent = now.groupby("theme_id").size()
    verdicts = now[now["primary"].notna()].groupby("theme_id").size()
    causes = _causes_by_theme(now)
    muted = [is_true(value) for value in alive["is_muted"]]
    ranked = alive.assign(recent=alive["theme_id"].map(recent).fillna(0).astype(int), is_muted=muted).sort_values(
        ["is_muted", "recent", "documents", "theme_id"], ascending=[True, False, False, True]
    )
    return [
        Sketch(
            theme_id=row["theme_id"],
            label=plain(row["label"], LABEL_LENGTH) or "Theme without a name",
            anchor=f"theme-{rank}",
            status=plain(row["status"], 20),
            recent=int(row["recent"]),
            n_verdicts=int(verdicts.get(row["theme_id"], 0)),
            is_muted=row["is_muted"],
            causes=causes.get(row["theme_id"], {}),
        )
        for rank, row in enumerate(records(ranked), start=1)
    ]


def _causes_by_theme(now: pd.DataFrame) -> dict[str, dict[str, int]]:
    rows = now[is_dissatisfied(now) & now["theme_id"].notna()]
    counted: dict[str, dict[str, int]] = {}
    for row in records(rows.groupby(["theme_id", "primary"]).size().rename("documents").reset_index()):
        counted.setdefault(str(row["theme_id"]), {})[str(row["primary"])] = int(row["documents"])
    return counted


def themes(night: Night, ranked: list[Sketch], lines: dict[str, Line]) -> tuple[Theme, ...]:
    """The first themes whole: `facts.top_themes` of them, with chart and verbatims."""
    top = ranked[: n_detailed(night)]
    return _rows(night, top, lines, is_detailed=True)


def other_themes(night: Night, ranked: list[Sketch]) -> tuple[Theme, ...]:
    """The themes after those: figures only."""
    start = n_detailed(night)
    return _rows(night, ranked[start : start + MAX_OTHERS], {}, is_detailed=False)


def n_detailed(night: Night) -> int:
    """How many themes are shown whole."""
    return max(0, min(night.facts.top_themes, MAX_DETAILED))


def _rows(night: Night, ranked: list[Sketch], lines: dict[str, Line], *, is_detailed: bool) -> tuple[Theme, ...]:
    by_id = {str(row["theme_id"]): row for row in records(night.themes)}
    members = dict(iter(night.now.groupby("theme_id"))) if is_detailed else {}
    texts = _exemplars(night, by_id, ranked) if is_detailed else {}
    whole = len(night.now)
    rows = []
    for sketch in ranked:
        row = by_id[sketch.theme_id]
        own = members.get(sketch.theme_id)
        score, score_note = _score(night, own)
        rows.append(
            Theme(
                rank=int(sketch.anchor.partition("-")[2]),
                anchor=sketch.anchor,
                label=sketch.label,
                status=sketch.status,
                marks=_marks(row),
                documents=count(row["documents"]),
                recent=count(sketch.recent),
                last_week=count(row["documents_last_7_days"]),
                share=ratio(sketch.recent, whole),
                cause=night.taxonomy.name_of(sketch.leading) if sketch.n_verdicts else "no recent document",
                cause_note=cause_note(sketch),
                score=score,
                score_note=score_note,
                products=_products(own),
                keywords=", ".join(filter(None, (plain(word, 40) for word in _listed(row["keywords"])[:KEYWORDS]))),
                seen=_seen(row),
                line=lines.get(sketch.theme_id),
                quotes=tuple(texts.get(sketch.theme_id, ())),
            )
        )
    return tuple(rows)


def muted_note(ranked: list[Sketch]) -> str:
    """How many themes were muted; empty where none was."""
    muted = sum(sketch.is_muted for sketch in ranked)
    if not muted:
        return ""
    if muted == 1:
        return "One theme was muted: it is counted, stands last, and raises no alert."
    return f"{sentence(numeral(muted))} themes were muted: they are counted, stand last, and raise no alert."


def _marks(row: dict[str, Any]) -> str:
    """What people said of the theme; a pinned one is curated by that."""
    is_pinned = is_true(row["is_pinned"])
    words = {
        "edited": is_true(row["is_curated"]) and not is_pinned,
        "pinned": is_pinned,
        "muted": is_true(row["is_muted"]),
    }
    return ", ".join(word for word, holds in words.items() if holds)


def is_true(value: Any) -> bool:
    """Whether a cell says yes: tables of earlier versions lack the column, and hold nothing there."""
    return value is not None and not pd.isna(value) and bool(value)


def cause_note(sketch: Sketch) -> str:
    """How many documents of the period have the leading cause."""
    if not sketch.n_verdicts:
        return ""
    if sketch.leading == NONE:
        return f"{count(sketch.n_verdicts)} of {count(sketch.n_verdicts)}"
    return f"{count(sketch.causes[sketch.leading])} of {count(sketch.n_verdicts)}"


def leading_name(night: Night, sketch: Sketch) -> str:
    """The leading cause in a sentence: `broken process`."""
    return "not said" if sketch.leading == UNSTATED else night.taxonomy.name_of(sketch.leading).lower()


def _seen(row: dict[str, Any]) -> str:
    first, last = (pd.Timestamp(row[name]) for name in ("first_seen", "last_seen"))
    if pd.isna(first) or pd.isna(last):
        return ""
    return f"first seen {day_of(first.date(), year=True)}, last {day_of(last.date(), year=True)}"


def _score(night: Night, own: pd.DataFrame | None) -> tuple[str, str]:
    """The average of the kind of score that most of a theme's documents carry, with its n."""
    answers = own[own["score"].notna() & own["score_kind"].notna()] if own is not None else None
    if answers is None or answers.empty:
        return "no scores", ""
    kinds = answers["score_kind"].value_counts()
    kind = min(kinds.index, key=lambda name: (-int(kinds[name]), str(name)))
    answers = answers[answers["score_kind"] == kind]
    low, high = scale_of(answers)
    values = on_scale(answers, (low, high))
    note = f"{score_name(kind)}, n {count(len(values))}"
    if len(values) < night.facts.min_answers:
        return "too few", note
    estimate = mean(float(values.sum()), float((values**2).sum()), len(values))
    words = decimal(float(values.mean()))
    if estimate is not None:
        note += f", {decimal(max(low, estimate.low))} to {decimal(min(high, estimate.high))}"
    return f"{words} of {decimal(high, 0)}", note


def _products(own: pd.DataFrame | None) -> str:
    named = own[own["product"].notna()] if own is not None else None
    if named is None or named.empty:
        return ""
    counts = named["product"].value_counts()
    first = sorted(counts.index, key=lambda name: (-int(counts[name]), str(name)))[:PRODUCTS]
    return ", ".join(f"{plain(name, 40)} {percent(int(counts[name]) / len(named))}" for name in first)


def _exemplars(night: Night, by_id: dict[str, dict[str, Any]], ranked: list[Sketch]) -> dict[str, list[Quote]]:
    wanted = {sketch.theme_id: _listed(by_id[sketch.theme_id]["exemplars"]) for sketch in ranked}
    ids = {document for documents in wanted.values() for document in documents}
    rows = night.documents[night.documents["document_id"].isin(ids)]
    found = {str(row["document_id"]): row for row in records(rows)}
    chosen: dict[str, list[Quote]] = {}
    for theme, documents in wanted.items():
        quotes = [_quote(found[document]) for document in documents if document in found]
        chosen[theme] = _distinct(quote for quote in quotes if quote.text)[:QUOTES]
    return chosen


def _distinct(quotes: Iterable[Quote]) -> list[Quote]:
    return list({quote.text: quote for quote in reversed(list(quotes))}.values())[::-1]


def _quote(row: dict[str, Any]) -> Quote:
    made = pd.Timestamp(row["created_at"])
    parts = [plain(row["channel"], 20), "" if pd.isna(made) else day_of(made.date()), plain(row["product"], 40)]
    if row["score"] is not None and not pd.isna(row["score"]) and isinstance(row["score_kind"], str):
        parts.append(f"{score_name(row['score_kind'])} {decimal(float(row['score']), 0)}")
    return Quote(plain(row["text"], QUOTE_LENGTH), " · ".join(filter(None, parts)))


def _listed(value: object) -> list[str]:
    """A list column's cell as a list; pandas gives arrays, lists or nothing."""
    return [str(part) for part in value] if hasattr(value, "__iter__") and not isinstance(value, str) else []
