"""The last step of a night: gather the published tables, write the report, publish both."""

import json
from collections import Counter
from pathlib import PurePath
from typing import Any

import pandas as pd

from cxtext import __version__
from cxtext.documents import FATES
from cxtext.night import Night
from cxtext.publish import write_snapshot
from cxtext.report.facts import RunFacts
from cxtext.settings import Settings
from cxtext.tables import (
    CAUSES,
    DOCUMENT_CAUSES,
    DOCUMENT_THEMES,
    DOCUMENTS,
    LEDGER,
    MODEL_QUALITY,
    QUARANTINE,
    TAXONOMY,
    THEME_EVENTS,
    THEME_PARENTS,
    THEMES,
    TRENDS,
)
from cxtext.verdicts import current_verdicts

REPORT_HTML = "report/index.html"
REPORT_MARKDOWN = "report/report.md"


def publish_night(night: Night) -> dict[str, int]:
    """Publish the snapshot of the run with its report; `latest.json` does not point to it yet."""
    tables = published_tables(night)
    facts = gather_facts(night, tables)
    files = render_report(tables, facts)
    write_snapshot(night.root, night.run, tables, files, _about(night, facts))
    return {name: len(frame) for name, frame in tables.items()}


def published_tables(night: Night) -> dict[str, pd.DataFrame]:
    """Every published table as of the run."""
    root, run = night.root, night.run
    return {
        "documents": root.read_current(DOCUMENTS, run),
        "causes": current_verdicts(night, CAUSES),
        "document_causes": current_verdicts(night, DOCUMENT_CAUSES),
        "model_quality": root.read_until(MODEL_QUALITY, run),
        "taxonomy": root.read(TAXONOMY, run),
        "themes": root.read(THEMES, run),
        "theme_parents": root.read(THEME_PARENTS, run),
        "document_themes": root.read(DOCUMENT_THEMES, run),
        "theme_events": root.read(THEME_EVENTS, run),
        "trends": root.read(TRENDS, run),
        "ledger": root.read(LEDGER, run),
    }


def gather_facts(night: Night, tables: dict[str, pd.DataFrame]) -> RunFacts:
    """What the report says besides the tables."""
    ledger = tables["ledger"]
    quarantine = night.root.read(QUARANTINE, night.run, ["source", "reason"])
    notes = json.loads(night.root.note_path(night.run).read_text("utf-8"))
    return RunFacts(
        company=night.settings.company,
        run=night.run,
        timezone=night.settings.timezone,
        since=night.since.isoformat() if night.since else None,
        until=night.until.isoformat(),
        account={name: int(ledger[name].sum()) for name in ("rows_read", *FATES)},
        quarantine={
            f"{source}: {reason}": count
            for (source, reason), count in sorted(
                Counter(zip(*quarantine.to_dict("list").values(), strict=True)).items()
            )
        },
        warnings=list(notes["warnings"]),
        models=_model_facts(night),
        sources=_source_facts(night, tables["documents"]),
        top_themes=night.settings.report.top_themes,
        min_answers=night.settings.report.min_answers,
    )


def _model_facts(night: Night) -> dict[str, dict[str, Any]]:
    manifest = json.loads((night.cause_folder / "manifest.json").read_text("utf-8"))
    return {"causes": {"name": night.cause_model.name, **manifest["figures"]}}


def _source_facts(night: Night, documents: pd.DataFrame) -> list[dict[str, Any]]:
    facts = []
    for source in night.settings.sources:
        times = documents.loc[documents["source"] == source.name, "created_at"]
        facts.append(
            {
                "name": source.name,
                "kind": source.kind,
                "channel": source.channel,
                "documents": len(times),
                "latest": times.max().isoformat() if len(times) else None,
            }
        )
    return facts


def render_report(tables: dict[str, pd.DataFrame], facts: RunFacts) -> dict[str, str]:
    """The report's files: name below the snapshot -> content."""
    from cxtext.report.content import build_content
    from cxtext.report.markdown import render_markdown
    from cxtext.report.page import render_html

    content = build_content(tables, facts)
    return {REPORT_HTML: render_html(content), REPORT_MARKDOWN: render_markdown(content)}


def published_settings(settings: Settings) -> dict[str, Any]:
    """The settings without what tells of this machine, its users, or the numbers that the user's patterns look for."""
    private: dict[str, bool | set[str]] = {
        "base": True, "data_root": True, "sources": True,
        "encoder": {"path"}, "causes": {"model", "taxonomy"}, "redaction": {"patterns", "model"},
    }  # fmt: skip
    published: dict[str, Any] = json.loads(settings.model_dump_json(exclude=private))
    published["redaction"] = {
        "model": PurePath(settings.redaction.model).name,  # spaCy takes a folder too
        "patterns": sorted(settings.redaction.patterns),
    }
    return published


def _about(night: Night, facts: RunFacts) -> dict[str, Any]:
    return {
        "cxtext": __version__,
        "company": facts.company,
        "since": facts.since,
        "until": facts.until,
        "timezone": facts.timezone,
        "account": facts.account,
        "quarantine": facts.quarantine,
        "warnings": facts.warnings,
        "models": facts.models,
        "settings": published_settings(night.settings),
    }
