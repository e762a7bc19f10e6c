"""A night's steps as Prefect tasks: each opens the night by its settings file and day, and calls one step.

Tasks are given run identity and paths, never frames, and keep no results: the data root's partitions are the cache.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from prefect import Task, get_run_logger, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from cxtext import steps
from cxtext.night import Night, open_night
from cxtext.steps import Counts
from pipelines.faults import in_one_line, quiet_tracebacks
from pipelines.summary import summarize

HOUR: Final = 3600
ARTIFACT: Final = "cxtext-report"

quiet_tracebacks()


def night_of(config: str, run: str, data_root: str | None) -> Night:
    """The night that tasks and flows name by settings file, day and data root."""
    return open_night(Path(config), run, Path(data_root) if data_root else None)


def _call(step: Callable[[Night], Counts], config: str, run: str, data_root: str | None) -> Counts:
    with in_one_line(step.__name__):
        counts = step(night_of(config, run, data_root))
    get_run_logger().info("%s", ", ".join(f"{name} {count}" for name, count in counts.items()))
    return counts


# A feed that is delivered late, or a share that is not mounted yet, is worth waiting for; the other steps read only
# what earlier steps wrote, and would fail the same way again.
@task(
    task_run_name="ingest {run}",
    retries=2,
    retry_delay_seconds=[60, 600],
    timeout_seconds=2 * HOUR,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def ingest(config: str, run: str, data_root: str | None) -> Counts:
    """Sources -> verbatims, quarantine, ledger."""
    return _call(steps.ingest, config, run, data_root)


@task(task_run_name="prepare {run}", timeout_seconds=6 * HOUR, cache_policy=NO_CACHE, persist_result=False)
def prepare(config: str, run: str, data_root: str | None) -> Counts:
    """Verbatims -> documents, cleaned and redacted."""
    return _call(steps.prepare, config, run, data_root)


@task(task_run_name="encode {run}", timeout_seconds=6 * HOUR, cache_policy=NO_CACHE, persist_result=False)
def encode(config: str, run: str, data_root: str | None) -> Counts:
    """Texts -> vectors in the cache."""
    return _call(steps.encode, config, run, data_root)


@task(task_run_name="causes {run}", timeout_seconds=6 * HOUR, cache_policy=NO_CACHE, persist_result=False)
def causes(config: str, run: str, data_root: str | None) -> Counts:
    """Texts -> causes and verdicts."""
    return _call(steps.causes, config, run, data_root)


@task(task_run_name="themes {run}", timeout_seconds=2 * HOUR, cache_policy=NO_CACHE, persist_result=False)
def themes(config: str, run: str, data_root: str | None) -> Counts:
    """Vectors -> themes under lasting identities."""
    return _call(steps.themes, config, run, data_root)


@task(task_run_name="trends {run}", timeout_seconds=HOUR, cache_policy=NO_CACHE, persist_result=False)
def trends(config: str, run: str, data_root: str | None) -> Counts:
    """Documents, causes and themes -> weekly series."""
    return _call(steps.trends, config, run, data_root)


@task(task_run_name="publish {run}", timeout_seconds=HOUR, cache_policy=NO_CACHE, persist_result=False)
def publish(config: str, run: str, data_root: str | None) -> Counts:
    """Tables -> snapshot and report."""
    return _call(steps.publish, config, run, data_root)


NIGHT: Final[tuple[Task[[str, str, str | None], Counts], ...]] = (
    ingest,
    prepare,
    encode,
    causes,
    themes,
    trends,
    publish,
)


@task(
    task_run_name="announce {run}",
    retries=2,  # the artifact goes over the network where Prefect's server is another machine
    retry_delay_seconds=10,
    timeout_seconds=300,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def announce(config: str, run: str, data_root: str | None) -> str:
    """The published report -> its summary as a Prefect artifact. Returns the path of the report."""
    from cxtext.snapshot import REPORT_HTML, REPORT_MARKDOWN

    with in_one_line("announce"):
        folder = night_of(config, run, data_root).root.published / run
        summary = summarize((folder / REPORT_MARKDOWN).read_text("utf-8"), str(folder / REPORT_HTML))
    create_markdown_artifact(summary, key=ARTIFACT, description=f"Voice of the customer, {run}")
    return str(folder / REPORT_HTML)


@task(timeout_seconds=12 * HOUR, cache_policy=NO_CACHE, persist_result=False)
def train(corpus: list[str], target: str | None, seed: int) -> dict[str, Any]:
    """Labelled files -> cause model. Returns its figures."""
    from cxtext.cause_training import bundled_corpus
    from cxtext.cause_training import train as fit
    from cxtext.encode import OnnxEncoder
    from cxtext.paths import models_root, network_root

    with in_one_line("train"):
        folder = models_root() / "causes"
        encoder = OnnxEncoder(network_root())
        files = [Path(name) for name in corpus] or bundled_corpus(encoder)
        figures = fit(files, encoder, Path(target) if target else folder, seed=seed)
    get_run_logger().info("%s", figures)
    return figures
