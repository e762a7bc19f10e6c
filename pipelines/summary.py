"""The report's summary for people who look at Prefect: what its first page says, without the quotes.

The names of themes stay: they are redacted, but they are phrases of customers."""

import re

# The report's quotes are redacted, but Prefect keeps what it is given in a database of its own.
QUOTE = re.compile(r" “.*”(?= \*\*Who should act: )")
READ = "## What was read"


def summarize(report: str, path: str) -> str:
    """The headline, what to act on, the account of the rows and the report's place, from `report.md` and its path."""
    parts = report.split("\n\n")
    heading = next(index for index, part in enumerate(parts) if part.startswith("## ") and "to act on" in part)
    actions, account = QUOTE.sub("", parts[heading + 1]), parts[parts.index(READ) + 1]
    return "\n\n".join([*parts[:3], parts[heading], actions, account, f"Report: `{path}`"]) + "\n"
