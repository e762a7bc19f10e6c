"""What the report holds, in words and numbers: the one thing that every rendering shows."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Point:
    """One week of a line: its figure, what was expected, and how to read it.

    `low` and `high` are the band drawn behind the line: the range expected from earlier weeks, or a 95% interval.
    """

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    expected: float | None = None
    is_marked: bool = False
    is_partial: bool = False
    note: str = ""


@dataclass(frozen=True)
class Line:
    """A weekly line with its title, unit and text alternative."""

    title: str
    unit: str
    summary: str
    points: tuple[Point, ...]
    low: float | None = 0.0
    high: float | None = None
    digits: int = 0
    suffix: str = ""


@dataclass(frozen=True)
class Stack:
    """Weekly columns in layers; `values` has one row a week, in the order of `layers`."""

    title: str
    unit: str
    summary: str
    layers: tuple[str, ...]
    weeks: tuple[str, ...]
    values: tuple[tuple[int, ...], ...]
    partial: str = ""


@dataclass(frozen=True)
class Figure:
    """A figure with its name, its meaning or interval, and how it changed."""

    name: str
    value: str
    note: str
    change: str = ""
    is_clear: bool = False


@dataclass(frozen=True)
class Action:
    """One thing to act on: what, how much, and who should act."""

    label: str
    anchor: str
    kind: str
    figures: str
    owner: str
    reason: str
    quote: str
    line: Line | None


@dataclass(frozen=True)
class Turn:
    """A turn in the life of a theme."""

    label: str
    anchor: str
    sentence: str
    found: str
    line: Line | None


@dataclass(frozen=True)
class Turns:
    """The turns of one sort, the weightiest first; `more` counts those left out."""

    name: str
    empty: str
    turns: tuple[Turn, ...]
    more: int


@dataclass(frozen=True)
class Origin:
    """An origin of dissatisfaction: its share of four weeks against the four before."""

    name: str
    documents: str
    share: str
    interval: str
    before: str
    change: str
    is_clear: bool


@dataclass(frozen=True)
class Cause:
    """One cause, with a quotation that carries it; `of_most` compares it with the most frequent one."""

    name: str
    origin: str
    meaning: str
    owner: str
    documents: str
    share: str
    change: str
    is_clear: bool
    of_most: float
    quote: str


@dataclass(frozen=True)
class Quote:
    """A redacted verbatim and where it came from."""

    text: str
    origin: str


@dataclass(frozen=True)
class Theme:
    """A theme's row; `line` and `quotes` are given to the first themes only. `marks`: pinned, muted, edited."""

    rank: int
    anchor: str
    label: str
    status: str
    marks: str
    documents: str
    recent: str
    last_week: str
    share: str
    cause: str
    cause_note: str
    score: str
    score_note: str
    products: str
    keywords: str
    seen: str
    line: Line | None
    quotes: tuple[Quote, ...]


@dataclass(frozen=True)
class Score:
    """A kind of score over time."""

    name: str
    figure: Figure
    line: Line


@dataclass(frozen=True)
class Account:
    """An account and how often it was dissatisfied."""

    name: str
    recent: str
    before: str
    theme: str


@dataclass(frozen=True)
class Grid:
    """A small table of words: first column names the row; the others are numeric where `numeric` says so."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str = ""
    numeric: bool = True


@dataclass(frozen=True)
class Intake:
    """What was read, and what became of it."""

    equation: str
    is_balanced: bool
    held: str
    grids: tuple[Grid, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Trust:
    """How sure the models are; `warnings` stand at the head of the report too, `remarks` here alone."""

    figures: tuple[Figure, ...]
    warnings: tuple[str, ...]
    remarks: tuple[str, ...]
    models: tuple[Grid, ...]


@dataclass(frozen=True)
class Content:
    """The report."""

    company: str
    run: str
    date: str
    window: str
    version: str
    headline: str
    standfirst: str
    period: str
    against: str
    actions: tuple[Action, ...]
    figures: tuple[Figure, ...]
    volume: Line | None
    turns: tuple[Turns, ...]
    no_turns: str
    remarks: tuple[str, ...]
    origins: tuple[Origin, ...]
    stack: Stack | None
    causes_caption: str
    causes: tuple[Cause, ...]
    themes: tuple[Theme, ...]
    other_themes: tuple[Theme, ...]
    muted: str
    scores: tuple[Score, ...]
    accounts: tuple[Account, ...]
    intake: Intake
    trust: Trust
    method: tuple[tuple[str, str], ...]
