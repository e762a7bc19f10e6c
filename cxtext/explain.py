"""`cxtext explain`: why a document got its causes."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from cxtext.errors import CxtextError
from cxtext.night import measuring_night, open_night
from cxtext.publish import latest, read_snapshot
from cxtext.taxonomy import stored_taxonomy

TRAIN_ANOTHER = "train one that does with `cxtext train`"


def explain_text(text: str, config: Path) -> dict[str, Any]:
    """Causes, confidence, evidence and runner-up of a text, which is cleaned and redacted as in a night."""
    from cxtext.clean import clean
    from cxtext.language import detect_language

    night = measuring_night(config)
    redacted = next(night.redactor.redact_all([clean(text).text]))
    language = detect_language(redacted.text)
    if not night.cause_model.knows(language):
        raise CxtextError(f"the text is in a language that the cause model does not know ({language}); {TRAIN_ANOTHER}")
    verdict = night.judge.predict([redacted.text])[0]
    causes = [
        {
            "cause": found.cause,
            "name": night.taxonomy.name_of(found.cause),
            "standard_cause": found.standard_cause,
            "confidence": found.confidence,
            "is_primary": found.is_primary,
            "evidence": found.evidence,
        }
        for found in verdict.causes
    ]
    return asdict(verdict) | {"causes": causes, "text": redacted.text}


def explain_document(config: Path, data_root: Path | None, document_id: str) -> dict[str, Any]:
    """The same for a published document, as the latest run judged it."""
    root = open_night(config, "2000-01-01", data_root, reads_only=True).root
    pointed = latest(root)
    if pointed is None:
        raise CxtextError(f"{root.published}: nothing published yet; start with `cxtext run`")
    tables, _ = read_snapshot(root, pointed["run"])
    documents = tables["documents"][tables["documents"]["document_id"] == document_id]
    if documents.empty:
        raise CxtextError(
            f"no document {document_id!r} in the run of {pointed['run']}; `cxtext show documents` lists them"
        )
    document = documents.iloc[0]
    if document["skipped"] is not None:
        raise CxtextError(f"{document_id} was left out of analysis: {document['skipped']}")
    if document_id not in set(tables["document_causes"]["document_id"]):
        raise CxtextError(
            f"{document_id} has no verdict: the cause model does not know its language ({document['language']}); "
            f"{TRAIN_ANOTHER}"
        )
    verdict = tables["document_causes"].set_index("document_id").loc[document_id]
    causes = tables["causes"][tables["causes"]["document_id"] == document_id]
    taxonomy = stored_taxonomy(tables["taxonomy"].to_dict("records") if "taxonomy" in tables else [])
    causes = causes.assign(name=[taxonomy.name_of(cause) for cause in causes["cause"]])
    told = ["cause", "name", "standard_cause", "confidence", "is_primary", "evidence"]
    return {
        "primary": verdict["primary"],
        "confidence": verdict["confidence"],
        "runner_up": verdict["runner_up"],
        "needs_review": bool(verdict["needs_review"]),
        "causes": causes[told].to_dict("records"),
        "text": document["text"],
    }
