"""`cxtext causes`: the taxonomy in force, and what it does to the figures of the latest run."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cxtext.causes import Verdict
from cxtext.errors import CxtextError
from cxtext.night import measuring_night, open_night
from cxtext.publish import latest, read_snapshot
from cxtext.taxonomy import STANDARD, Taxonomy, origin_of

NO_CAUSE = "no cause"


def list_causes(config: Path) -> dict[str, Any]:
    """Every cause in force, how well the examples of added ones find each other, and what was dropped, into what."""
    night = measuring_night(config)
    rules = night.judge.rules
    causes = []
    for row, cause in zip(night.taxonomy.rows(), night.taxonomy.causes, strict=True):
        told = {key: row[key] for key in ("cause", "origin", "name", "definition", "owner", "part_of", "is_standard")}
        if cause.key in rules:
            told |= {"examples": len(cause.examples), "found_again": rules[cause.key].found_again}
        causes.append(told)
    return {"causes": causes, "dropped": night.taxonomy.into}


def compare_causes(config: Path, data_root: Path | None, *, most: int | None = None) -> dict[str, Any]:
    """How many documents of the latest run state each cause under the standard taxonomy and under the settings' own.

    `most` takes the latest documents only. Both are judged anew with tonight's model; nothing but vectors in the cache
    is written. `moved` holds from where to where, the most first, `primaries_changed` the documents whose main cause
    differs. Raises CxtextError where nothing is published yet.
    """
    root = open_night(config, "2000-01-01", data_root, reads_only=True).root
    pointed = latest(root)
    if pointed is None:
        raise CxtextError(f"{root.published}: nothing published yet to compare with; start with `cxtext run`")
    documents = read_snapshot(root, pointed["run"])[0]["documents"]
    documents = documents[documents["skipped"].isna()].sort_values(["created_at", "document_id"], ascending=False)
    night = open_night(config, pointed["run"], data_root)
    documents = documents[documents["language"].map(night.cause_model.knows).astype(bool)]  # others get no verdict
    texts = list(documents["text"].head(len(documents) if most is None else most))
    standard = night.judge_by(STANDARD).predict(texts)
    judge = night.judge
    own = judge.predict(texts) if night.taxonomy.dropped else judge.refine(texts, standard)
    return {"run": pointed["run"], "documents": len(texts)} | difference(standard, own, night.taxonomy)


def difference(standard: Sequence[Verdict], own: Sequence[Verdict], taxonomy: Taxonomy) -> dict[str, Any]:
    """What the taxonomy's verdicts count otherwise than the standard ones on the same documents."""
    before = Counter(found.cause for verdict in standard for found in verdict.causes)
    after = Counter(found.cause for verdict in own for found in verdict.causes)
    moved: Counter[tuple[str, str]] = Counter()
    for one, other in zip(standard, own, strict=True):
        moved.update(_moves(one, other, taxonomy.into))
    return {
        "causes": [
            {
                "cause": key,
                "name": taxonomy.name_of(key) if key in taxonomy.by_key else STANDARD.name_of(key),
                "standard": before[key] if key in STANDARD.by_key else None,
                "own": after[key] if key in taxonomy.by_key else None,
            }
            for key in sorted({*STANDARD.keys, *taxonomy.keys}, key=_by_origin)
        ],
        "moved": [
            {"from": source, "to": target, "documents": count}
            for (source, target), count in sorted(moved.items(), key=lambda move: (-move[1], move[0]))
        ],
        "primaries_changed": sum(one.primary != other.primary for one, other in zip(standard, own, strict=True)),
    }


def _by_origin(key: str) -> tuple[int, int, str]:
    place = STANDARD.keys.index(key) if key in STANDARD.by_key else len(STANDARD.keys)
    origins = list(dict.fromkeys(cause.origin for cause in STANDARD.causes))
    return origins.index(origin_of(key)), place, key


def _moves(one: Verdict, other: Verdict, into: Mapping[str, str | None]) -> list[tuple[str, str]]:
    """(from, to) for every cause that one document has in only one of the two verdicts."""
    had, has = ({found.cause for found in verdict.causes} for verdict in (one, other))
    moves = []
    arrived = has - had
    for cause in sorted(had - has):
        refined = [found.cause for found in other.causes if found.refines == cause]
        heir = into.get(cause)
        of_origin = sorted(arrived, key=lambda key: origin_of(key) != origin_of(cause))
        targets = [*refined, *([heir] if heir in has else []), *of_origin]
        moves.append((cause, targets[0] if targets else NO_CAUSE))
    reached = {target for _, target in moves}
    return moves + [(NO_CAUSE, cause) for cause in sorted(arrived - reached)]
