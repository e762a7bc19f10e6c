import csv
import json
import logging
import shutil
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from cxtext import steps
from cxtext.cli import main
from cxtext.errors import CxtextError
from cxtext.night import Night, run_days
from cxtext.store import DataRoot

ROOT = Path(__file__).parents[1]
DAYS = ["2026-03-02", "2026-03-03", "2026-03-04"]
PRIVATE = ["Whitcombe", "jane.whitcombe@example.com", "7700 900123", "4539 1488 0343 6467"]

COMPLAINTS = {
    "tracking": [
        "The tracking page has shown the same line for nine days and nobody can tell me where my parcel is.",
        "My parcel never arrived, although the tracking page says that it was delivered last Tuesday.",
        "Waited in twice for a parcel that did not come. Tracking still says out for delivery.",
        "Where is my parcel? The tracking number you sent me is not known to the carrier.",
        "Parcel lost again, the third this year, and tracking tells me nothing.",
        "Your carrier left the parcel in the rain and the tracking page called it a safe place.",
        "The parcel went back to you without a single delivery attempt. Fix your tracking.",
        "Tracking says label created. It has said so since the first of the month. Send the parcel.",
        "Still no parcel, and the tracking link in your mail opens an empty page.",
    ],
    "charged": [
        "You charged my card twice for one subscription and I want the second payment back.",
        "I cancelled the subscription in January and was charged again in February.",
        "Charged twice on the same day. The refund was promised within a week, three weeks ago.",
        "Why was I charged for a renewal of the subscription that I never agreed to?",
        "The invoice says nine pounds, my card was charged eighteen. Please refund the difference.",
        "Double charge again after the renewal. You said in March that this was solved.",
        "A refund for the second charge was approved but never reached my account.",
        "I was charged the full price although the subscription page showed a discount.",
        "My bank shows two charges for a single order, and the chat would not refund either.",
    ],
    "login": [
        "Since the update the app logs me out every time I close it.",
        "The app does not accept my password any more, and the reset mail never arrives.",
        "I cannot log in to the app since Monday: it says that something went wrong.",
        "After the new version the app asks for my password at every single start.",
        "Logging in with my fingerprint stopped working in the app after the update.",
        "The app crashes right after I log in. I installed it again twice, no change.",
        "The login code arrives ten minutes after it expires, so I cannot use the app at all.",
        "Logged out of the app in the middle of an order, and the basket was empty afterwards.",
        "The app keeps telling me that my login has expired. It worked before the update.",
    ],
    "rude": [
        "The man on the phone interrupted me, was rude, and hung up before I had finished.",
        "Your agent told me that it was my own fault and laughed. I have never been treated so badly.",
        "Very unfriendly agent in the chat, who closed it while I was still typing.",
        "The agent on the phone sighed at every question and would not give me her name.",
        "I was put on hold for forty minutes and then the agent shouted at me.",
        "Rude answer from your support agent, who clearly had not read my message.",
        "The agent refused to put me through to a manager and told me to calm down.",
        "The woman at the desk ignored me and talked with her colleague about her holiday.",
        "An agent called me stupid because I could not find the number on my bill.",
    ],
    "private": [
        "I am Jane Whitcombe and I need a call back on +44 7700 900123 about my lost parcel.",
        "Write to jane.whitcombe@example.com about the double charge, please. Regards, Jane Whitcombe",
        "My card 4539 1488 0343 6467 was charged twice for the subscription, says Jane Whitcombe.",
    ],
}


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("feed")
    with (folder / "tickets.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "created", "text"])
        for kind, texts in COMPLAINTS.items():
            for index, text in enumerate(texts):
                created = f"{DAYS[index % 3]}T{8 + index:02}:15:00Z"
                writer.writerow([f"{kind}-{index}", created, text])
    path = folder / "cxtext.toml"
    path.write_text(
        """
company = "Harbour & Vale"
timezone = "Europe/London"
[themes]
min_documents = 3
[[sources]]
name = "tickets"
kind = "csv"
path = "tickets.csv"
channel = "ticket"
[sources.columns]
id = "id"
text = "text"
created_at = "created"
""",
        "utf-8",
    )
    return path


@pytest.fixture(scope="module")
def by_hand(config: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What `cxtext run` leaves behind after each of three nights."""
    folder = tmp_path_factory.mktemp("by-hand")
    kept = {}
    for day in DAYS:
        answer = CliRunner().invoke(
            main, ["run", "--config", str(config), "--date", day, "--data-root", str(folder / "root")]
        )
        assert answer.exit_code == 0, answer.output
        kept[day] = shutil.copytree(folder / "root", folder / day)
    return kept


@pytest.fixture(scope="module", autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A home of its own for Prefect, whether it was imported before or not."""
    home = tmp_path_factory.mktemp("prefect")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(home))
        import pipelines  # noqa: F401, I001  # first: sets what Prefect reads when it is imported
        from prefect.settings import PREFECT_HOME, temporary_settings

        with temporary_settings({PREFECT_HOME: home}):
            yield


@pytest.fixture(scope="module")
def server(_home: None) -> Iterator[None]:
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=180):
        yield


@pytest.fixture
def logs(server: None) -> Iterator[list[str]]:  # noqa: ARG001
    """All that flows and tasks log, tracebacks included."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(logging.Formatter("%(message)s").format(record))

    keep = Keep()
    loggers = [logging.getLogger(name) for name in ("prefect.flow_runs", "prefect.task_runs")]
    for logger in loggers:
        logger.addHandler(keep)
    yield lines
    for logger in loggers:
        logger.removeHandler(keep)


def content(root: Path) -> dict[str, bytes]:
    """Every file below a data root but the run's lock and the encoder's cache."""
    files = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}
    return {
        name: path.read_bytes()
        for name, path in files.items()
        if not name.startswith("cache/") and not name.endswith(".lock")
    }


def assert_same_bytes(one: dict[str, bytes], other: dict[str, bytes]) -> None:
    assert sorted(one) == sorted(other)
    assert [name for name in one if one[name] != other[name]] == []


def results(root: Path) -> dict[str, bytes]:
    """Without the run records, which count the texts that had to be encoded: fewer in a second try."""
    return {name: found for name, found in content(root).items() if not name.startswith("runs/")}


def latest_artifact() -> dict[str, Any]:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import ArtifactCollectionFilter, ArtifactCollectionFilterKey

    key = ArtifactCollectionFilter(key=ArtifactCollectionFilterKey(any_=["cxtext-report"]))
    with get_client(sync_client=True) as client:
        (found,) = client.read_latest_artifacts(artifact_filter=key)
    return found.model_dump()


def test_the_flow_runs_the_steps_of_the_library_in_their_order() -> None:
    from pipelines.tasks import NIGHT

    assert [task.name for task in NIGHT] == list(steps.STEPS)
    assert all(task.timeout_seconds and not task.persist_result for task in NIGHT)
    assert [task.name for task in NIGHT if task.retries] == ["ingest"]


def test_the_library_does_not_import_prefect() -> None:
    for path in (ROOT / "cxtext").rglob("*.py"):
        lines = path.read_text("utf-8").splitlines()
        assert not [line for line in lines if line.strip().startswith(("import prefect", "from prefect"))], path


@pytest.mark.slow
def test_a_night_by_flow_and_by_command_line_gives_the_same_bytes(
    config: Path, by_hand: dict[str, Path], logs: list[str], tmp_path: Path
) -> None:
    from pipelines.nightly import nightly

    with warnings.catch_warnings(record=True) as warned:
        report = nightly(str(config), DAYS[0], str(tmp_path))

    assert_same_bytes(content(tmp_path), content(by_hand[DAYS[0]]))
    assert {"published", "tables", "runs", "private"} == {name.split("/")[0] for name in content(tmp_path)}
    assert Path(report) == tmp_path / "published" / DAYS[0] / "report" / "index.html"
    assert Path(report).is_file()
    assert len(warned) < 5, [str(each.message) for each in warned]

    artifact = latest_artifact()
    assert artifact["type"] == "markdown"
    assert report in artifact["data"]
    assert artifact["data"].startswith("# ")
    assert "act on" in artifact["data"]
    assert "rows read" in artifact["data"].lower()
    received = [text for texts in COMPLAINTS.values() for text in texts]
    for words in [*PRIVATE, *received]:
        assert words not in json.dumps(artifact, default=str, ensure_ascii=False)
        assert words not in "\n".join(logs)


@pytest.mark.slow
@pytest.mark.usefixtures("server")
def test_a_backfill_equals_the_same_nights_one_after_another(
    config: Path, by_hand: dict[str, Path], tmp_path: Path
) -> None:
    from pipelines.backfill import backfill

    reports = backfill(str(config), DAYS[0], DAYS[-1], every=1, data_root=str(tmp_path))

    assert [Path(report).parts[-3] for report in reports] == DAYS
    assert_same_bytes(content(tmp_path), content(by_hand[DAYS[-1]]))


@pytest.mark.slow
def test_a_step_that_fails_leaves_the_latest_night_in_place_and_the_next_try_is_whole(
    config: Path, by_hand: dict[str, Path], logs: list[str], tmp_path: Path
) -> None:
    from pipelines.nightly import nightly

    root = shutil.copytree(by_hand[DAYS[0]], tmp_path / "root")
    broken = config.with_name("broken.toml")
    broken.write_text(config.read_text("utf-8") + '[causes]\nmodel = "nowhere"\n', "utf-8")

    state = nightly(str(broken), DAYS[1], str(root), return_state=True)

    assert state.is_failed()
    assert "nowhere" in (state.message or "")
    assert "\n" not in (state.message or "")
    assert not [line for line in logs if "Traceback" in line]
    assert json.loads((root / "published" / "latest.json").read_text())["run"] == DAYS[0]
    assert not (root / "runs" / f"{DAYS[1]}.json").exists()
    assert not (root / "published" / DAYS[1]).exists()

    nightly(str(config), DAYS[1], str(root))
    assert_same_bytes(results(root), results(by_hand[DAYS[1]]))


@pytest.mark.slow
def test_an_unforeseen_fault_is_told_by_kind_and_place_without_a_customers_words(
    config: Path, logs: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.nightly import nightly

    def stumble(night: Night) -> steps.Counts:
        raise ValueError(f"cannot parse 'I am {PRIVATE[0]}' in {night.run}")

    monkeypatch.setattr(steps, "prepare", stumble)
    state = nightly(str(config), DAYS[0], str(tmp_path), return_state=True)

    assert state.is_failed()
    assert "ValueError in test_pipelines.py, line " in (state.message or "")
    told = "\n".join([*logs, state.message or ""])
    assert PRIVATE[0] not in told
    assert "Traceback" not in told


@pytest.mark.slow
@pytest.mark.usefixtures("server")
def test_a_late_feed_is_waited_for(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines import tasks
    from pipelines.nightly import nightly

    tries: list[str] = []

    def late(night: Night) -> steps.Counts:
        tries.append(night.run)
        if len(tries) == 1:
            raise CxtextError("source tickets: no file tickets.csv; correct its path")
        return {"rows_read": 0}

    def enough(night: Night) -> steps.Counts:
        raise CxtextError(f"{night.run}: far enough")

    monkeypatch.setattr(tasks.ingest, "retry_delay_seconds", 0)
    monkeypatch.setattr(steps, "ingest", late)
    monkeypatch.setattr(steps, "prepare", enough)
    state = nightly(str(config), DAYS[0], str(tmp_path), return_state=True)

    assert tries == [DAYS[0]] * 2
    assert "far enough" in (state.message or "")


@pytest.mark.slow
def test_a_second_flow_run_on_the_same_data_root_ends_with_one_line(
    config: Path, logs: list[str], tmp_path: Path
) -> None:
    from pipelines.nightly import nightly

    with DataRoot(tmp_path).lock():
        state = nightly(str(config), DAYS[0], str(tmp_path), return_state=True)

    assert state.is_failed()
    assert "another run is working on this data root" in (state.message or "")
    assert not [line for line in logs if "Traceback" in line]
    assert not (tmp_path / "tables").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("server")
def test_a_night_without_a_day_is_the_one_before_its_scheduled_start_in_the_settings_zone(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prefect.client.orchestration import get_client
    from prefect.flow_engine import run_flow
    from prefect.states import Scheduled

    from pipelines.nightly import nightly

    seen: list[str] = []

    def see(night: Night) -> steps.Counts:
        seen.append(night.run)
        raise CxtextError("far enough")

    monkeypatch.setattr(steps, "ingest", lambda _night: {"rows_read": 0})
    monkeypatch.setattr(steps, "prepare", see)
    planned = datetime(2026, 7, 14, 23, 30, tzinfo=UTC)  # the 15th in London already
    with get_client(sync_client=True) as client:
        parameters = {"config": str(config), "data_root": str(tmp_path)}
        flow_run = client.create_flow_run(nightly, parameters=parameters, state=Scheduled(scheduled_time=planned))
    run_flow(nightly, flow_run=flow_run, return_type="state")

    assert seen == ["2026-07-14"]


@pytest.mark.slow
@pytest.mark.usefixtures("server")
@pytest.mark.filterwarnings("ignore:Got `batch_size`")
def test_a_model_is_trained_by_flow(tmp_path: Path) -> None:
    from pipelines.retrain import retrain

    labelled = tmp_path / "labelled.csv"
    kinds = {"tracking": "organization.broken_process", "rude": "employee.negative_attitude"}
    with labelled.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "causes", "primary"])
        writer.writerows((text, kinds[kind], kinds[kind]) for kind in kinds for text in COMPLAINTS[kind])
        writer.writerows((text, "", "none") for text in ("Thank you.", "All is well.", "Great service."))

    figures = retrain([str(labelled)], str(tmp_path / "model"))

    assert figures["documents"] == 21
    assert json.loads((tmp_path / "model" / "manifest.json").read_text("utf-8"))["figures"] == figures


@pytest.mark.slow
@pytest.mark.usefixtures("server")
def test_the_served_deployment_is_scheduled_by_the_settings_cron_in_their_zone(config: Path) -> None:
    from prefect.client.orchestration import get_client
    from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings

    from pipelines.nightly import scheduled

    deployment_id = scheduled(config, Path("elsewhere")).apply()

    # sqlalchemy 2.1 breaks Prefect's scheduler: without this, the client would wait for it to get well
    with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}), get_client(sync_client=True) as client:
        deployment = client.read_deployment(deployment_id)
        client._client.post(f"/deployments/{deployment_id}/schedule", json={"min_runs": 3}).raise_for_status()
        planned = [run.expected_start_time for run in client.read_flow_runs() if run.deployment_id == deployment_id]
    assert deployment.parameters == {"config": str(config), "data_root": str(Path("elsewhere").resolve())}
    assert deployment.entrypoint == "pipelines.nightly.nightly"
    assert len(planned) >= 3
    assert {when.astimezone(ZoneInfo("Europe/London")).strftime("%H:%M") for when in planned if when} == {"02:30"}


def test_a_schedule_that_is_no_cron_expression_is_told_in_one_line(config: Path) -> None:
    from pipelines.nightly import scheduled

    wrong = config.with_name("wrong.toml")
    wrong.write_text(config.read_text("utf-8") + '[schedule]\ncron = "every night"\n', "utf-8")
    with pytest.raises(CxtextError, match=r"schedule\.cron: 'every night' is no cron expression"):
        scheduled(wrong, None)


def test_prefect_yaml_names_flows_that_load_and_parameters_that_they_take() -> None:
    import yaml
    from prefect.flows import load_flow_from_entrypoint

    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))["deployments"]

    assert [each["name"] for each in deployments] == ["nightly", "backfill", "retrain"]
    for each in deployments:
        flow: Any = load_flow_from_entrypoint(str(ROOT / each["entrypoint"]))
        assert flow.name == each["name"]
        assert set(each.get("parameters", {})) <= set(flow.parameters.properties)
        assert each["work_pool"]["name"] == "cxtext"
        assert each["concurrency_limit"]["limit"] == 1
    (schedule,) = deployments[0]["schedules"]
    assert schedule["cron"] == "30 2 * * *"
    assert ZoneInfo(schedule["timezone"])


def test_a_summary_has_the_themes_and_none_of_the_quotes() -> None:
    from pipelines.summary import summarize

    action = "1. **parcel tracking** grows. “Where is my parcel?” **Who should act: ** Delivery"
    report = "\n\n".join(["# Title", "Day", "Headline", "## One thing to act on", action, "## What was read", "9 rows"])
    told = summarize(report, "index.html")
    assert "parcel tracking" in told
    assert "Where is my parcel?" not in told
    assert told.endswith("9 rows\n\nReport: `index.html`\n")


def test_the_days_of_a_backfill_end_with_the_last() -> None:
    assert run_days("2026-03-01", "2026-03-10", 4) == ["2026-03-02", "2026-03-06", "2026-03-10"]
    with pytest.raises(CxtextError, match="swap them"):
        run_days("2026-03-10", "2026-03-01", 1)
    with pytest.raises(CxtextError, match="larger step"):
        run_days("1000-01-01", "2026-03-01", 1)
