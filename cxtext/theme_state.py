"""The themes' state as private tables, and back from them bit for bit."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxtext.registry import State, Theme
from cxtext.store import DataRoot
from cxtext.tables import REGISTRY, THEME_FIT, THEME_PROTOTYPES, THEME_SPACE, to_frame
from cxtext.themes.space import Space

TABLES = (REGISTRY, THEME_PROTOTYPES, THEME_SPACE, THEME_FIT)
# the fields of a theme that are one value or one list each, and so a column of the registry
COLUMNS = (
    "theme_id", "label", "keywords", "centroid", "threshold", "floor", "exemplars", "parent_id", "merged_into",
    "is_curated", "is_pinned", "is_muted", "is_merged_by_hand", "origin", "machine_label", "born", "fitted",
)  # fmt: skip


@dataclass(frozen=True)
class Kept:
    """What a night leaves the next: the state, the encoder that it is of, and how many parents were ever numbered."""

    state: State
    encoder: str
    parents: int = 0


def frames_of(kept: Kept) -> dict[str, pd.DataFrame]:
    """The rows of each of the private `TABLES` that hold what is kept, by the table's name."""
    state = kept.state
    fit = {
        "encoder": kept.encoder, "resolution": state.resolution, "begun": state.begun, "fitted": state.fitted,
        "parents": kept.parents,
    }  # fmt: skip
    registry = [_registry_row(theme, number, kept.encoder) for number, theme in enumerate(state.themes)]
    prototypes = [
        {"theme_id": theme.theme_id, "number": number, "vector": vector}
        for theme in state.themes
        for number, vector in enumerate(theme.prototypes)
    ]
    return {
        REGISTRY.name: pd.DataFrame(registry) if registry else REGISTRY.empty(),
        THEME_PROTOTYPES.name: pd.DataFrame(prototypes) if prototypes else THEME_PROTOTYPES.empty(),
        THEME_SPACE.name: _space_frame(state.space),
        THEME_FIT.name: pd.DataFrame([fit]),
    }


def kept_of(frames: dict[str, pd.DataFrame]) -> Kept | None:
    """What `frames_of` wrote; None where no night has written anything yet."""
    if frames[THEME_FIT.name].empty:
        return None
    fit = frames[THEME_FIT.name].iloc[0]
    space = _space(frames[THEME_SPACE.name])
    vectors = {
        str(theme_id): _stacked(list(rows.sort_values("number")["vector"]))
        for theme_id, rows in frames[THEME_PROTOTYPES.name].groupby("theme_id")
    }
    nothing = np.zeros((0, space.mean.size + space.loadings.shape[1]), np.float32)
    rows: list[Any] = frames[REGISTRY.name].sort_values("number").to_dict("records")
    themes = [_theme(row, vectors.get(row["theme_id"], nothing)) for row in rows]
    state = State(themes, space, float(fit["resolution"]), fit["begun"], fit["fitted"])
    return Kept(state, str(fit["encoder"]), int(fit["parents"]))


def write_kept(root: DataRoot, run: str, kept: Kept) -> None:
    """Write what the next night needs as the run's private tables."""
    frames = frames_of(kept)
    for table in TABLES:
        root.write(table, run, frames[table.name])


def read_kept(root: DataRoot, run: str) -> Kept | None:
    """What the run left; None where it left nothing."""
    return kept_of({table.name: root.read(table, run) for table in TABLES})


def reloaded(state: State) -> State:
    """The state as it comes back from its tables."""
    frames = frames_of(Kept(state, "any"))
    kept = kept_of({table.name: to_frame(table.conform(frames[table.name])) for table in TABLES})
    if kept is None:
        raise ValueError("the state left no row of its fit")
    return kept.state


def _registry_row(theme: Theme, number: int, encoder: str) -> dict[str, Any]:
    return {"number": number, "encoder": encoder} | {name: getattr(theme, name) for name in COLUMNS}


def _theme(row: dict[str, Any], prototypes: NDArray[np.float32]) -> Theme:
    fields = {name: row[name] for name in COLUMNS} | {
        "centroid": np.asarray(row["centroid"], np.float32),
        "keywords": list(row["keywords"]),
        "exemplars": list(row["exemplars"]),
    }
    return Theme(prototypes=prototypes, **fields)


def _space_frame(space: Space) -> pd.DataFrame:
    """The two means, and a row for each word, in the words' own order: loadings are summed in it."""
    means = pd.DataFrame(
        {
            "kind": ["encoder_mean", "words_mean"],
            "number": 0,
            "word": pd.Series([None, None], dtype=object),
            "idf": np.full(2, np.nan, np.float32),
            "vector": [space.mean, space.words_mean],
        }
    )
    words = pd.DataFrame(
        {
            "kind": "word",
            "number": np.arange(len(space.words)),
            "word": pd.Series(list(space.words), dtype=object),
            "idf": space.idf,
            "vector": pd.Series(list(space.loadings), dtype=object),
        }
    )
    return pd.concat([means, words], ignore_index=True) if len(words) else means


def _space(frame: pd.DataFrame) -> Space:
    means = dict(zip(frame["kind"], frame["vector"], strict=True))
    words = frame[frame["kind"] == "word"].sort_values("number")
    return Space(
        mean=np.asarray(means["encoder_mean"], np.float32),
        words=tuple(words["word"]),
        idf=words["idf"].to_numpy(np.float32),
        loadings=_stacked(list(words["vector"])) if len(words) else np.zeros((0, 0), np.float32),
        words_mean=np.asarray(means["words_mean"], np.float32),
    )


def _stacked(vectors: list[Any]) -> NDArray[np.float32]:
    return np.ascontiguousarray(np.stack(vectors), np.float32)
