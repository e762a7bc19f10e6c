"""Every table, declared once: its columns, types, key, and what a row means.

Every write passes through `Table.conform`, so no stage can publish a column that is not declared here.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

UTC = pa.timestamp("us", tz="UTC")
STRING = pa.string()
STRINGS = pa.list_(pa.string())
VECTOR = pa.list_(pa.float32())


@dataclass(frozen=True)
class Table:
    """A table's contract. `private` tables hold verbatims and never leave the data root's private side."""

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: Mapping[str, pa.DataType]
    meanings: Mapping[str, str]
    optional: frozenset[str] = frozenset()
    private: bool = False

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema, each column with its meaning, the table with its own."""
        fields = [
            pa.field(name, kind, nullable=name in self.optional, metadata={"meaning": self.meanings[name]})
            for name, kind in self.columns.items()
        ]
        return pa.schema(fields, metadata={"table": self.name, "meaning": self.meaning, "key": ",".join(self.key)})

    def conform(self, frame: pd.DataFrame) -> pa.Table:
        """The frame as this table: declared columns only, in order, sorted by key, keys unique.

        Raises ValueError when a column is missing, unknown or of another type, a time has no zone, a required value
        is null, or a key repeats.
        """
        unknown = [name for name in frame.columns if name not in self.columns]
        doubled = sorted(set(frame.columns[frame.columns.duplicated()]))
        missing = [name for name in self.columns if name not in frame.columns and name not in self.optional]
        if unknown or missing:
            raise ValueError(f"table {self.name}: unknown columns {unknown}, missing columns {missing}")
        if doubled:
            raise ValueError(f"table {self.name}: columns {doubled} stand in the frame twice")
        arrays = []
        for name, kind in self.columns.items():
            try:
                array = _as_array(frame, name, kind)
            except (ValueError, TypeError) as error:
                raise ValueError(f"table {self.name}: column {name}: {error}") from error
            if name not in self.optional and array.null_count:
                raise ValueError(f"table {self.name}: column {name} has {array.null_count} nulls, but it is required")
            arrays.append(array)
        table = pa.Table.from_arrays(arrays, schema=self.schema)
        table = table.sort_by([(name, "ascending") for name in self.key])
        keys = table.select(list(self.key))
        if keys.num_rows and keys.group_by(list(self.key)).aggregate([]).num_rows != keys.num_rows:
            raise ValueError(f"table {self.name}: two rows share the same {', '.join(self.key)}")
        return table

    def empty(self) -> pd.DataFrame:
        """A frame of this table without rows."""
        return to_frame(self.schema.empty_table())


def _as_array(frame: pd.DataFrame, name: str, kind: pa.DataType) -> pa.Array:
    if name not in frame.columns:
        return pa.nulls(len(frame), kind)
    column = frame[name]
    if pa.types.is_list(kind):
        values: list[Any] = [None if _is_missing(value) else _listed(value) for value in column]
        return pa.array(values, kind)
    if pa.types.is_timestamp(kind) and _has_naive_times(column):
        # pyarrow would take naive times for UTC without a word
        raise ValueError("times without a zone")
    array = pa.array(column, from_pandas=True)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    return pc.cast(array, kind)


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _listed(value: Any) -> Any:
    if isinstance(value, str):
        raise TypeError("a text where a list is declared")
    if isinstance(value, np.ndarray) and value.dtype == np.float32 and value.ndim == 1:
        return value  # a list of millions of numbers takes seconds
    return list(value)


def _has_naive_times(column: "pd.Series[Any]") -> bool:
    if column.dtype == object:  # where some have a zone and some have none, pyarrow takes the first one's for all
        return any(isinstance(value, datetime) and value.tzinfo is None and not pd.isna(value) for value in column)
    return isinstance(column.dtype, np.dtype) and column.dtype.kind == "M"


def to_frame(table: pa.Table) -> pd.DataFrame:
    """An Arrow table as a frame: missing text is None, times are UTC."""
    texts = [field.name for field in table.schema if field.type == STRING]
    frame: pd.DataFrame = table.drop_columns(texts).to_pandas()
    for name in texts:
        # pandas' own text type would turn None into NaN, which is not false
        frame[name] = pd.Series(table[name].to_pylist(), dtype=object)
    ordered: pd.DataFrame = frame[table.column_names]
    return ordered


def _table(
    name: str, meaning: str, key: str, columns: list[tuple[str, pa.DataType, str]], *, private: bool = False
) -> Table:
    """A declaration in one look: `name?` marks a column that may be missing or null."""
    return Table(
        name=name,
        meaning=meaning,
        key=tuple(key.split()),
        columns={column.rstrip("?"): kind for column, kind, _ in columns},
        meanings={column.rstrip("?"): words for column, _, words in columns},
        optional=frozenset(column.rstrip("?") for column, _, _ in columns if column.endswith("?")),
        private=private,
    )


_ABOUT = [
    ("score?", pa.float64(), "the score that came with the document, on its own scale"),
    ("score_kind?", STRING, "csat, nps, ces or stars"),
    ("score_low?", pa.float64(), "lowest possible score"),
    ("score_high?", pa.float64(), "highest possible score"),
    ("product?", STRING, "product, as the feed names it"),
    ("stage?", STRING, "stage of the customer's journey, as the feed names it"),
    ("team?", STRING, "team that handled it, as the feed names it"),
    ("account_id?", STRING, "account of the customer"),
]

VERBATIMS = _table(
    "verbatims",
    "a document as received; private",
    "document_id",
    [
        ("document_id", STRING, "stable id: source and the feed's own id"),
        ("source", STRING, "name of the source"),
        ("channel", STRING, "ticket, chat, mail, survey, review, call, social, employee, other"),
        ("created_at", UTC, "when the customer wrote it"),
        ("updated_at?", UTC, "when the feed last changed it"),
        ("subject?", STRING, "subject line as received"),
        ("verbatim", STRING, "the customer's words as received"),
        ("file", STRING, "file it was read from, relative to the settings"),
        ("row", pa.int64(), "row in that file, the first record being 1"),
        ("content_hash", STRING, "hash of everything that was read, to know an update from a copy"),
        *_ABOUT,
    ],
    private=True,
)

QUARANTINE = _table(
    "quarantine",
    "a row that could not be read, kept whole with its reason; private",
    "source file row",
    [
        ("source", STRING, "name of the source"),
        ("file", STRING, "file it stands in, relative to the settings"),
        ("row", pa.int64(), "row in that file, the first record being 1; 0 for the file itself"),
        ("reason", STRING, "why it could not be read"),
        ("raw", STRING, "the row as read"),
    ],
    private=True,
)

LEDGER = _table(
    "ledger",
    "what became of the rows of one file in one run",
    "source file",
    [
        ("source", STRING, "name of the source"),
        ("file", STRING, "file, relative to the settings; outside their folder its name only"),
        ("rows_read", pa.int64(), "records found in the file"),
        ("documents", pa.int64(), "records that became new documents"),
        ("updates", pa.int64(), "records that replaced an earlier self of a document"),
        ("duplicates", pa.int64(), "records that repeat a document, or an older state of one, in this run"),
        ("quarantined", pa.int64(), "records that could not be read"),
        ("out_of_window", pa.int64(), "records of other days: read before, or to be read later"),
    ],
)

DOCUMENTS = _table(
    "documents",
    "one unit of analysis: a ticket, a chat, a survey comment, a review, a call note",
    "document_id",
    [
        ("document_id", STRING, "stable id: source and the feed's own id"),
        ("source", STRING, "name of the source"),
        ("channel", STRING, "ticket, chat, mail, survey, review, call, social, employee, other"),
        ("created_at", UTC, "when the customer wrote it"),
        ("text", STRING, "the customer's words, cleaned and redacted"),
        ("language", STRING, "ISO 639-1 code, or und where the text is too short to tell"),
        ("skipped?", STRING, "why the document is left out of analysis: empty, no_meaning, language"),
        *_ABOUT,
        ("redactions", pa.int64(), "number of personal details removed from the text"),
        ("redacted_kinds", STRINGS, "kinds of personal details removed"),
        ("trimmed", pa.int64(), "characters removed as quoted replies, signatures and disclaimers"),
    ],
)

CAUSES = _table(
    "causes",
    "one cause of dissatisfaction that a document states",
    "document_id cause",
    [
        ("document_id", STRING, "the document"),
        ("cause", STRING, "a cause of the table taxonomy"),
        ("standard_cause", STRING, "one of the ten: the cause, or the one in whose place one of yours stands"),
        ("origin", STRING, "organization, employee, customer"),
        ("confidence", pa.float64(), "calibrated probability that the document states this cause"),
        ("is_primary", pa.bool_(), "whether it is the main one"),
        ("evidence", STRING, "the sentence of the text that carries it"),
        ("method", STRING, "model and version that found it"),
    ],
)

DOCUMENT_CAUSES = _table(
    "document_causes",
    "the verdict on one document; there is none where the model does not know its language",
    "document_id",
    [
        ("document_id", STRING, "the document"),
        ("primary", STRING, "its main cause, unstated (dissatisfied, cause not said) or none (not dissatisfied)"),
        ("confidence", pa.float64(), "calibrated probability of the primary"),
        ("runner_up", STRING, "the second most likely primary"),
        ("needs_review", pa.bool_(), "whether a person should look"),
    ],
)

TAXONOMY = _table(
    "taxonomy",
    "a cause that verdicts of the run may name",
    "cause",
    [
        ("cause", STRING, "the cause, as the other tables name it"),
        ("origin", STRING, "organization, employee, customer"),
        ("name", STRING, "the cause as readers see it"),
        ("definition", STRING, "what it means"),
        ("owner", STRING, "the role that can end it"),
        ("part_of?", STRING, "standard cause that it refines; null for a standard one, or where it may be any"),
        ("is_standard", pa.bool_(), "whether it is one of the ten"),
        ("rule?", STRING, "hash of what tells it besides the cause model; another one has all documents judged anew"),
    ],
)

MODEL_QUALITY = _table(
    "model_quality",
    "what one part of the models may be trusted with in one run",
    "run part",
    [
        ("run", pa.date32(), "day of the run"),
        ("part", STRING, "what the model tells: causes"),
        ("model", STRING, "model and version"),
        ("documents", pa.int64(), "documents of the run that it judged"),
        (
            "expected_accuracy?",
            pa.float64(),
            "share of them with the right primary, if confidences are right: their mean",
        ),
        ("lower?", pa.float64(), "lower end of its 95% interval: chance, and companies that are harder than others"),
        ("upper?", pa.float64(), "upper end of its 95% interval"),
        ("confidence_deviation?", pa.float64(), "standard deviation of the primaries' confidences"),
        ("needs_review_share?", pa.float64(), "share of them that a person should look at"),
        (
            "unknown_language",
            pa.int64(),
            "further documents, without a verdict: the model does not know their language",
        ),
        ("drift?", pa.float64(), "share of them unlike any that the model was trained on; null where it cannot tell"),
        (
            "drift_limit?",
            pa.float64(),
            "share above which that is drift: surely over half, or far above earlier nights",
        ),
        ("confidence_limit?", pa.float64(), "expected_accuracy below which it has fallen; null without seven nights"),
        ("is_drifting", pa.bool_(), "whether the texts differ from what the model knows: a limit is passed"),
        ("note", STRING, "the same in words; empty where there is nothing to say"),
    ],
)

THEMES = _table(
    "themes",
    "a recurring topic under an identity that lasts",
    "theme_id",
    [
        ("theme_id", STRING, "identity; never reused"),
        ("label", STRING, "short name"),
        ("keywords", STRINGS, "words that set it apart, strongest first"),
        ("status", STRING, "new, emerging, recurring, fading, resolved, reopened"),
        ("first_seen", UTC, "first document that two more followed within 28 days: a stray one makes no theme"),
        ("last_seen", UTC, "latest document"),
        ("documents", pa.int64(), "documents so far"),
        ("documents_last_7_days", pa.int64(), "documents in the last seven days of the run"),
        ("exemplars", STRINGS, "ids of typical documents, most typical first"),
        ("parent_id?", STRING, "group of related themes, of theme_parents; null where it stands alone or is merged"),
        ("merged_into?", STRING, "theme that carries on for this one"),
        ("is_curated", pa.bool_(), "whether a person named, merged, split or pinned it"),
        ("is_pinned", pa.bool_(), "whether it is kept whatever a refit finds"),
        ("is_muted", pa.bool_(), "whether it is left out of alerts"),
    ],
)

THEME_PARENTS = _table(
    "theme_parents",
    "a group of related themes under an identity that lasts",
    "parent_id",
    [
        ("parent_id", STRING, "identity; never reused"),
        ("label", STRING, "short name, kept once given"),
        ("keywords", STRINGS, "words of its themes, those of its largest themes first"),
        ("themes", pa.int64(), "themes of the group, without merged ones"),
        ("documents", pa.int64(), "documents of its themes so far"),
    ],
)

DOCUMENT_THEMES = _table(
    "document_themes",
    "which theme a document belongs to",
    "document_id",
    [
        ("document_id", STRING, "the document"),
        ("theme_id?", STRING, "its theme; null where it fits none"),
        ("confidence", pa.float64(), "cosine to the nearest prototype of any theme, 0 to 1; 1 where curated"),
        (
            "method",
            STRING,
            "assigned, nearest (below the theme's threshold), curated (a person put it there), unassigned",
        ),
    ],
)

THEME_EVENTS = _table(
    "theme_events",
    "a turn in the life of a theme",
    "day theme_id event",
    [
        ("day", pa.date32(), "day on which it was found"),
        ("theme_id", STRING, "the theme"),
        ("event", STRING, "new, emerging, spike, fading, resolved, reopened, merged, split, renamed"),
        ("observed", pa.float64(), "documents in the seven days up to that day"),
        ("expected", pa.float64(), "documents expected in seven days, from the weeks before"),
        ("p_value?", pa.float64(), "probability of so many by chance"),
        ("note", STRING, "the same in words"),
    ],
)

TRENDS = _table(
    "trends",
    "one week of one series",
    "kind subject period_start",
    [
        ("kind", STRING, "theme, cause, origin or all"),
        ("subject", STRING, "theme_id, cause or origin"),
        ("period_start", pa.date32(), "Monday of the week, in the settings' time zone"),
        ("days", pa.int64(), "days of the week that the run has seen; 7 when complete"),
        ("documents", pa.int64(), "documents in the week"),
        ("share", pa.float64(), "of all analysed documents of the week"),
        ("baseline?", pa.float64(), "documents expected from the weeks before; null without history"),
        ("lower?", pa.float64(), "lower end of the 95% prediction interval"),
        ("upper?", pa.float64(), "upper end of the 95% prediction interval"),
        ("is_spike", pa.bool_(), "whether the week is above expectation after control of false discoveries"),
    ],
)

REGISTRY = _table(
    "registry",
    "what the next night needs to know of a theme; private",
    "theme_id",
    [
        ("theme_id", STRING, "identity"),
        ("number", pa.int64(), "its place among the themes: equal cosines are decided by it"),
        ("label", STRING, "short name"),
        ("keywords", STRINGS, "words that set it apart"),
        ("centroid", VECTOR, "unit vector in the encoder's space"),
        ("encoder", STRING, "encoder that made the centroid"),
        ("threshold", pa.float64(), "cosine to its nearest prototype from which a document is assigned to it"),
        ("floor", pa.float64(), "cosine down to which a document is still given to it, as its nearest"),
        ("exemplars", STRINGS, "ids of typical documents"),
        ("parent_id?", STRING, "group of related themes"),
        ("merged_into?", STRING, "theme that carries on for this one"),
        ("is_curated", pa.bool_(), "whether a person named, merged, split or pinned it"),
        ("is_pinned", pa.bool_(), "whether it is kept whatever a refit finds"),
        ("is_muted", pa.bool_(), "whether it is left out of alerts"),
        ("is_merged_by_hand", pa.bool_(), "whether a person merged it: it still finds its documents, for its heir"),
        ("origin?", STRING, "what a theme that no fit has found goes back to"),
        ("machine_label?", STRING, "its label before a person gave it another"),
        ("born", pa.date32(), "run that first had it"),
        ("fitted", pa.date32(), "run of the last refit"),
    ],
    private=True,
)

THEME_PROTOTYPES = _table(
    "theme_prototypes",
    "one of the vectors that stand for a theme; private",
    "theme_id number",
    [
        ("theme_id", STRING, "the theme"),
        ("number", pa.int64(), "its place among the theme's prototypes"),
        ("vector", VECTOR, "unit vector in the space of theme_space"),
    ],
    private=True,
)

THEME_SPACE = _table(
    "theme_space",
    "a part of the space that prototypes lie in: a mean, or a word with its weight and loadings; private",
    "kind number",
    [
        ("kind", STRING, "encoder_mean, words_mean or word"),
        ("number", pa.int64(), "the word's place among the words; 0 for a mean"),
        ("word?", STRING, "the word"),
        ("idf?", pa.float32(), "its inverse document frequency"),
        ("vector", VECTOR, "the mean, or the word's loadings"),
    ],
    private=True,
)

THEME_FIT = _table(
    "theme_fit",
    "the one row that says of what fit the themes are; private",
    "encoder",
    [
        ("encoder", STRING, "encoder of the documents' vectors"),
        ("resolution", pa.float64(), "resolution of the last fit"),
        ("begun", pa.date32(), "first run of the themes"),
        ("fitted", pa.date32(), "run of the last refit"),
        ("parents", pa.int64(), "numbers of theme_parents that were given so far"),
    ],
    private=True,
)

PUBLISHED = (
    DOCUMENTS, CAUSES, DOCUMENT_CAUSES, TAXONOMY, MODEL_QUALITY, THEMES, THEME_PARENTS, DOCUMENT_THEMES, THEME_EVENTS,
    TRENDS, LEDGER,
)  # fmt: skip
ALL = (*PUBLISHED, VERBATIMS, QUARANTINE, REGISTRY, THEME_PROTOTYPES, THEME_SPACE, THEME_FIT)
BY_NAME = {table.name: table for table in ALL}
