"""One night: its settings, its window, its tables, and the models it needs, each loaded when first asked for."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from cxtext.cause_settings import taxonomy_of
from cxtext.errors import CxtextError
from cxtext.paths import models_root, network_root
from cxtext.settings import Settings, load_settings
from cxtext.store import DataRoot
from cxtext.taxonomy import Taxonomy

if TYPE_CHECKING:
    from cxtext.causes import CauseModel
    from cxtext.encode import EmbeddingCache, Encoder
    from cxtext.judge import Judge
    from cxtext.redact import Redactor

MAX_RUNS = 4000  # a backfill of more is a typing error


USUAL_CONFIG = "cxtext.toml"


@dataclass(frozen=True)
class Night:
    """The processing of the window [since, until) that ends with the day `run` (YYYY-MM-DD)."""

    settings: Settings
    run: str
    reads_only: bool = False

    @cached_property
    def root(self) -> DataRoot:
        """The data root; made where it is missing, unless the night is only read."""
        return DataRoot(self.settings.root, create=not self.reads_only)

    @property
    def day(self) -> date:
        """The run's day."""
        return date.fromisoformat(self.run)

    @property
    def until(self) -> datetime:
        """The exclusive end of the window, UTC."""
        return self.settings.day_end(self.run).astimezone(UTC)

    @property
    def previous(self) -> str | None:
        """The latest completed run before this one."""
        earlier = self.root.completed(before=self.run)
        return earlier[-1] if earlier else None

    @property
    def since(self) -> datetime | None:
        """The start of the window, UTC: where the previous run ended; None in the first run."""
        return self.settings.day_end(self.previous).astimezone(UTC) if self.previous else None

    @property
    def encoder(self) -> "Encoder":
        """The encoder that the settings name."""
        path = self.settings.encoder.path
        folder = self.settings.resolve(path) if path else models_root() / "encoder"
        return _encoder(self.settings.encoder.kind, folder)

    @property
    def cache(self) -> "EmbeddingCache":
        """Vectors of every text that was ever encoded in this data root."""
        from cxtext.encode import EmbeddingCache

        root = self.settings.root if self.reads_only else self.root.path  # what is only read need not be there
        return EmbeddingCache(root / "cache" / "embeddings", read_only=self.reads_only)

    @property
    def cause_model(self) -> "CauseModel":
        """The cause model that the settings name; it reads texts with a network of its own, whatever the themes use."""
        return _cause_model(self.cause_folder)

    @cached_property
    def taxonomy(self) -> Taxonomy:
        """The causes that the night's verdicts may name."""
        return taxonomy_of(self.settings)

    @cached_property
    def judge(self) -> "Judge":
        """The cause model under the night's taxonomy."""
        return self.judge_by(self.taxonomy)

    def judge_by(self, taxonomy: Taxonomy) -> "Judge":
        """The cause model under another taxonomy; examples are read with the bundled encoder."""
        from cxtext.encode import encode_cached
        from cxtext.judge import Judge

        encoder, corpus = _encoder("onnx", models_root() / "encoder"), models_root() / "causes" / "corpus"
        return Judge(self.cause_model, taxonomy, lambda texts: encode_cached(texts, encoder, self.cache)[0], corpus)

    @cached_property
    def cause_folder(self) -> Path:
        """Where the cause model lies: by the settings, else the version that learned from the user's labels, if any.

        Asked for once, so that a night ends with the version that it began with.
        """
        return self.base_cause_folder if self.settings.causes.model else self._learned or self.base_cause_folder

    @property
    def base_cause_folder(self) -> Path:
        """Where the cause model lies that labels correct: the settings', else the bundled one."""
        path = self.settings.causes.model
        return self.settings.resolve(path) if path else models_root() / "causes"

    @property
    def cause_encoder(self) -> "Encoder":
        """The encoder of the cause model: its own, whatever the themes use."""
        return _encoder("onnx", network_root())

    @property
    def _learned(self) -> Path | None:
        from cxtext.cause_versions import CauseVersions

        return CauseVersions(self.settings.root).current

    @property
    def redactor(self) -> "Redactor":
        """The redactor with the user's own patterns."""
        redaction = self.settings.redaction
        return _redactor(redaction.model, tuple(sorted(redaction.patterns.items())))


def open_night(config: Path, run: str, data_root: Path | None = None, *, reads_only: bool = False) -> Night:
    """The night of day `run` by a settings file; `data_root` takes the place of the settings' own."""
    check_day(run)
    settings = load_settings(config)
    if data_root is not None:
        settings = settings.model_copy(update={"data_root": data_root.resolve()})
    night = Night(settings, run, reads_only)
    if not reads_only:
        _ = night.taxonomy  # a fault in its file is told before hours of work, not after
    return night


def measuring_night(config: Path, data_root: Path | None = None) -> Night:
    """A night that only lends its models: those of the settings file, or the bundled ones where there is no file.

    `data_root`, where versions of the cause model lie, takes the place of the settings' own. Raises CxtextError where a
    file other than the usual one is named and missing.
    """
    settings = Settings() if config == Path(USUAL_CONFIG) and not config.exists() else load_settings(config)
    if data_root is not None:
        settings = settings.model_copy(update={"data_root": data_root.resolve()})
    return Night(settings, "2000-01-01", reads_only=True)


def check_day(day: str) -> str:
    """The day as given. Raises CxtextError when it is no YYYY-MM-DD."""
    try:
        if date.fromisoformat(day).isoformat() == day:
            return day
    except ValueError:
        pass
    raise CxtextError(f"{day!r} is no day; write it as YYYY-MM-DD")


def run_days(first: str, last: str, every: int) -> list[str]:
    """The days of a backfill's runs, `every` days apart, `last` always among them."""
    start, end = date.fromisoformat(check_day(first)), date.fromisoformat(check_day(last))
    if end < start:
        raise CxtextError(f"the last day {last} lies before the first, {first}; swap them")
    if every < 1:
        raise CxtextError(f"every {every} days is no step; set it to 1 or more")
    days = [end - timedelta(days=back) for back in range(0, (end - start).days + 1, every)][::-1]
    if len(days) > MAX_RUNS:
        raise CxtextError(f"{len(days)} runs from {first} to {last}; set a larger step with `every`")
    return [day.isoformat() for day in days]


def yesterday(settings: Settings, now: datetime) -> str:
    """The last whole day before `now` in the settings' time zone."""
    return (now.astimezone(settings.zone).date() - timedelta(days=1)).isoformat()


@lru_cache(maxsize=3)  # the themes' own, the bundled one for the examples of added causes, and the causes' network
def _encoder(kind: str, folder: Path) -> "Encoder":
    from cxtext.encode import load_encoder

    return load_encoder("onnx" if kind == "onnx" else "sentence-transformers", folder)


@lru_cache(maxsize=2)
def _cause_model(folder: Path) -> "CauseModel":
    from cxtext.causes import CauseModel

    return CauseModel.load(folder, _encoder("onnx", network_root()))


@lru_cache(maxsize=2)
def _redactor(model: str, patterns: tuple[tuple[str, str], ...]) -> "Redactor":
    from cxtext.redact import Redactor

    return Redactor(model, dict(patterns))
