"""The nightly flow, and its schedule."""

import signal
from pathlib import Path
from typing import cast

from prefect import flow
from prefect import serve as serve_deployments
from prefect.deployments.runner import RunnerDeployment
from prefect.runtime import flow_run
from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType

from cxtext.errors import CxtextError
from cxtext.night import yesterday
from cxtext.settings import load_settings
from cxtext.steps import finish
from pipelines.server import server_running
from pipelines.tasks import NIGHT, announce, night_of


@flow(name="nightly", persist_result=False)
def nightly(config: str, run: str | None = None, data_root: str | None = None) -> str:
    """Process one night under the data root's lock, as `cxtext run` does. Returns the path of the report.

    Args:
        config: The settings file.
        run: The day to process, YYYY-MM-DD; default: the day before the one the flow was scheduled for.
        data_root: Where to write, instead of the settings' data root.
    """
    day = run or yesterday(load_settings(Path(config)), flow_run.scheduled_start_time)
    night = night_of(config, day, data_root)
    with night.root.lock():
        finish(night, {step.name: step(config, day, data_root) for step in NIGHT})
    return announce(config, day, data_root)


def scheduled(config: Path, data_root: Path | None) -> RunnerDeployment:
    """The flow's deployment on the settings' schedule. Raises CxtextError for settings at fault."""
    settings = load_settings(config)
    try:
        schedule = Cron(settings.schedule.cron, timezone=settings.timezone)
    except ValueError:
        raise CxtextError(
            f"{config}: schedule.cron: {settings.schedule.cron!r} is no cron expression; write it like '30 2 * * *'"
        ) from None
    parameters = {"config": str(config.resolve()), "data_root": str(data_root.resolve()) if data_root else None}
    deployment = nightly.to_deployment(
        "nightly", schedule=schedule, parameters=parameters, entrypoint_type=EntrypointType.MODULE_PATH
    )
    return cast(RunnerDeployment, deployment)  # a coroutine only where an event loop runs


def serve(config: Path, data_root: Path | None) -> None:
    """Run the flow on the settings' schedule until stopped, without an account.

    Where Prefect's settings name no server, one runs inside this process.
    """
    deployment = scheduled(config, data_root)
    with server_running():
        # Prefect went on after a first Ctrl-C in one trial of four; on SIGTERM it pauses the schedule and exits.
        signal.signal(signal.SIGINT, lambda *_: signal.raise_signal(signal.SIGTERM))
        serve_deployments(deployment, limit=1)
