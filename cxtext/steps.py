"""The steps of a night: each reads tables, calls one stage, and writes tables; run again, it writes the same.

The command line and the Prefect tasks call these same functions.
"""

from collections.abc import Callable
from typing import Any, Final

import pandas as pd

from cxtext.errors import CxtextError
from cxtext.night import Night
from cxtext.store import write_json
from cxtext.tables import (
    CAUSES,
    DOCUMENT_CAUSES,
    DOCUMENTS,
    LEDGER,
    MODEL_QUALITY,
    QUARANTINE,
    TAXONOMY,
    VERBATIMS,
)
from cxtext.taxonomy import origin_of, stored_taxonomy

Counts = dict[str, int]
ABOUT = ["score", "score_kind", "score_low", "score_high", "product", "stage", "team", "account_id"]


def ingest(night: Night) -> Counts:
    """Sources -> verbatims, quarantine, ledger. Returns the account of every row read.

    Themes are followed in the order of the nights: a night before the latest completed one cannot be added. Run
    again, such a night keeps what it read then, since the feeds may have moved on.
    """
    from cxtext.documents import FATES, Known, collect

    later = [run for run in night.root.completed() if run > night.run]
    if later and night.run not in night.root.completed():
        raise CxtextError(
            f"{night.run} lies before {later[-1]}, which is done; a backlog belongs before it: backfill into a new "
            "data root, oldest night first"
        )
    if later:
        ledger = night.root.read(LEDGER, night.run)
        return {name: int(ledger[name].sum()) for name in ("rows_read", *FATES)}
    known = {
        document_id: Known(content_hash, None if pd.isna(updated_at) else updated_at.to_pydatetime())
        for document_id, content_hash, updated_at in _history(night).itertuples(index=False)
    }
    intake = collect(night.settings, night.until, known)
    if intake.ledger.empty:
        paths = ", ".join(source.path for source in night.settings.sources)
        raise CxtextError(f"no file to read: nothing matches {paths or 'any [[sources]], there are none'}")
    account = intake.account()
    night.root.write(VERBATIMS, night.run, intake.verbatims)
    night.root.write(QUARANTINE, night.run, intake.quarantine)
    night.root.write(LEDGER, night.run, intake.ledger)
    write_json({"warnings": intake.warnings}, night.root.note_path(night.run), private=True)
    return account


def _history(night: Night) -> pd.DataFrame:
    """What the completed runs before this one hold; an earlier try of this same night is no history."""
    columns = ["document_id", "content_hash", "updated_at"]
    if night.previous is None:
        return VERBATIMS.empty()[columns]
    return night.root.read_current(VERBATIMS, night.previous, columns)


def prepare(night: Night) -> Counts:
    """Verbatims -> documents: cleaned, redacted, language named, what says nothing marked."""
    from cxtext.clean import clean, skip_reason
    from cxtext.fields import redact_fields
    from cxtext.language import detect_language

    received = night.root.read(VERBATIMS, night.run)
    cleaned = [
        clean(verbatim, subject)
        for verbatim, subject in zip(list(received["verbatim"]), list(received["subject"]), strict=True)
    ]
    redacted = list(night.redactor.redact_all([each.text for each in cleaned]))
    languages = [detect_language(each.text) for each in redacted]
    documents = received[["document_id", "source", "channel", "created_at", *ABOUT]].copy()
    redact_fields(documents, night.redactor)
    documents["text"] = [each.text for each in redacted]
    documents["language"] = languages
    documents["skipped"] = [
        skip_reason(each.text) or _foreign(language, night) for each, language in zip(redacted, languages, strict=True)
    ]
    documents["redactions"] = [each.kinds.total() for each in redacted]
    documents["redacted_kinds"] = [sorted(each.kinds) for each in redacted]
    documents["trimmed"] = [each.trimmed for each in cleaned]
    night.root.write(DOCUMENTS, night.run, documents)
    skipped = documents["skipped"].notna()
    return {
        "documents": len(documents),
        "skipped": int(skipped.sum()),
        "redactions": int(documents["redactions"].sum()),
    }


def _foreign(language: str, night: Night) -> str | None:
    known = night.settings.languages
    return "language" if known and language not in {*known, "und"} else None


def encode(night: Night) -> Counts:
    """Texts -> vectors in the cache; a text that is there already is not encoded again."""
    from cxtext.encode import encode_cached

    texts = list(_analysed(night.root.read(DOCUMENTS, night.run, ["document_id", "text", "skipped"]))["text"])
    _, encoded = encode_cached(texts, night.encoder, night.cache)
    return {"texts": len(texts), "encoded": encoded}


def _analysed(documents: pd.DataFrame) -> pd.DataFrame:
    return documents[documents["skipped"].isna()].reset_index(drop=True)


def causes(night: Night) -> Counts:
    """Texts -> causes, the verdict on each document, their taxonomy, and what the model may be trusted with tonight.

    Where the taxonomy tells documents by other rules than the run before, all documents so far are judged anew: the
    figures of a cause do not begin on the day on which it was added. What the model may be trusted with is told of this
    run's documents. A document in a language that the model does not know is counted and gets no verdict.
    """
    from cxtext.model_quality import quality_row

    model, judge = night.cause_model, night.judge
    arrived = _analysed(night.root.read(DOCUMENTS, night.run, ["document_id", "language", "skipped"]))
    known = arrived["language"].map(model.knows).astype(bool)
    documents = _to_judge(night)
    documents = documents[documents["language"].map(model.knows).astype(bool)].reset_index(drop=True)
    verdicts = judge.predict(list(documents["text"]))
    found = [
        {
            "document_id": document_id,
            "cause": cause.cause,
            "standard_cause": cause.standard_cause,
            "origin": origin_of(cause.cause),
            "confidence": cause.confidence,
            "is_primary": cause.is_primary,
            "evidence": cause.evidence,
            "method": judge.method(cause),
        }
        for document_id, verdict in zip(documents["document_id"], verdicts, strict=True)
        for cause in verdict.causes
    ]
    limit = night.settings.causes.review_below
    judged = [
        {
            "document_id": document_id,
            "primary": verdict.primary,
            "confidence": verdict.confidence,
            "runner_up": verdict.runner_up,
            "needs_review": verdict.confidence < limit,
        }
        for document_id, verdict in zip(documents["document_id"], verdicts, strict=True)
    ]
    night.root.write(TAXONOMY, night.run, pd.DataFrame(night.taxonomy.rows()))
    night.root.write(CAUSES, night.run, pd.DataFrame(found) if found else CAUSES.empty())
    night.root.write(DOCUMENT_CAUSES, night.run, pd.DataFrame(judged) if judged else DOCUMENT_CAUSES.empty())
    tonight = set(arrived.loc[known, "document_id"])
    own = [
        verdict
        for document_id, verdict in zip(documents["document_id"], verdicts, strict=True)
        if document_id in tonight
    ]
    row = quality_row(
        model.name,
        [verdict.confidence for verdict in own],
        [bool(verdict.is_unfamiliar) for verdict in own] if model.tells_drift else None,
        night.root.read_until(MODEL_QUALITY, night.previous),
        needs_review=sum(verdict.confidence < limit for verdict in own),
        unknown_language=int((~known).sum()),
    )
    night.root.write(MODEL_QUALITY, night.run, pd.DataFrame([{"run": night.day, "part": "causes"} | row]))
    return {
        "documents": len(judged),
        "causes": len(found),
        "needs_review": sum(each["needs_review"] for each in judged),
        "unknown_language": row["unknown_language"],
        "drifting": int(row["is_drifting"]),
    }


def _to_judge(night: Night) -> pd.DataFrame:
    """The documents of this run, or all there are where verdicts of the run before go by other rules."""
    columns = ["document_id", "text", "language", "skipped"]
    if night.previous is not None:
        before = stored_taxonomy(night.root.read(TAXONOMY, night.previous).to_dict("records"))
        if before.rules != night.taxonomy.rules:
            return _analysed(night.root.read_current(DOCUMENTS, night.run, columns))
    return _analysed(night.root.read(DOCUMENTS, night.run, columns))


def themes(night: Night) -> Counts:
    """Vectors -> themes under lasting identities, their events and status."""
    from cxtext.theme_steps import update_themes

    return update_themes(night)


def trends(night: Night) -> Counts:
    """Documents, causes and themes -> weekly series with expectations."""
    from cxtext.theme_steps import update_trends

    return update_trends(night)


def publish(night: Night) -> Counts:
    """Tables -> snapshot and report, to which `finish` points."""
    from cxtext.snapshot import publish_night

    return publish_night(night)


Step = Callable[[Night], Counts]
STEPS: Final[dict[str, Step]] = {
    step.__name__: step for step in (ingest, prepare, encode, causes, themes, trends, publish)
}


def run_night(
    night: Night, told: Callable[[str, Counts, float], None], clock: Callable[[], float]
) -> dict[str, Counts]:
    """All steps in order under the data root's lock; `told` hears each step's counts and seconds as it ends."""
    results: dict[str, Counts] = {}
    with night.root.lock():
        for name, step in STEPS.items():
            started = clock()
            results[name] = step(night)
            told(name, results[name], clock() - started)
        finish(night, results)
    return results


def finish(night: Night, results: dict[str, Counts]) -> None:
    """Declare the run completed, which makes it history for the nights to come; then, last, move `latest.json`.

    In this order nothing is ever pointed to whose themes the next night would not know.
    """
    from cxtext.publish import point_to

    # how much was in the cache already says nothing of the night, and differs when it is run again
    results = {step: {k: v for k, v in counts.items() if k != "encoded"} for step, counts in results.items()}
    record: dict[str, Any] = {
        "run": night.run,
        "since": night.since.isoformat() if night.since else None,
        "until": night.until.isoformat(),
        "steps": results,
    }
    night.root.complete(night.run, record)
    point_to(night.root, night.run)
