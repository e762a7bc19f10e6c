"""The flow that works off a backlog, night after night."""

from prefect import flow

from cxtext.night import run_days
from pipelines.nightly import nightly


@flow(name="backfill", persist_result=False)
def backfill(config: str, first: str, last: str, every: int = 7, data_root: str | None = None) -> list[str]:
    """Process a backlog as a series of nights, so that themes get the history that the nights would have given them.

    Args:
        config: The settings file.
        first: Last day of the first run, YYYY-MM-DD.
        last: Last day of the last run, YYYY-MM-DD.
        every: Days between two runs.
        data_root: Where to write, instead of the settings' data root.
    """
    return [nightly(config, day, data_root) for day in run_days(first, last, every)]
