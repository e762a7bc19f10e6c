"""`cxtext check`: what the settings make of the feeds, before anything is written."""

from collections import Counter
from dataclasses import dataclass, field

from cxtext.documents import UnusableError, missing_columns, printable, read_record
from cxtext.settings import Settings
from cxtext.sources import open_source

SAMPLE = 200  # records of a file that are tried
WIDTH = 60  # characters of a value that are shown


@dataclass
class Finding:
    """What one file shows: mapped rows, and what is wrong."""

    source: str
    file: str
    lines: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def check_sources(settings: Settings, rows: int) -> list[Finding]:
    """Try the first records of every file of every source."""
    findings = []
    for source in settings.sources:
        feed = None
        for feed in open_source(source, settings.base).feeds():
            finding = Finding(source.name, feed.name)
            findings.append(finding)
            complaint = missing_columns(source, feed, with_found=True)
            if complaint:
                finding.problems.append(complaint)
                continue
            reasons: dict[str, int] = {}
            equals: Counter[str] = Counter()
            tried = 0
            for tried, record in enumerate(feed.records, 1):
                try:
                    row = read_record(source, settings.zone, feed.name, record, equals=equals)
                except UnusableError as error:
                    reasons[str(error)] = reasons.get(str(error), 0) + 1
                else:
                    if tried <= rows:
                        finding.lines += _shown(row)
                if tried == SAMPLE:
                    break
            finding.lines.append(f"{tried - sum(reasons.values())} of the first {tried} rows can be read")
            finding.problems += [f"{count} rows: {reason}" for reason, count in reasons.items()]
        if feed is None:
            findings.append(Finding(source.name, source.path, problems=["no file matches this path"]))
    return findings


def _shown(row: dict[str, object]) -> list[str]:
    names = ("document_id", "created_at", "channel", "subject", "verbatim", "score", "product", "team", "account_id")
    shown = [f"{name}: {printable(str(row[name]))[:WIDTH]}" for name in names if row[name] is not None]
    return [" | ".join(shown)]
