"""Learning from the user's labels: what is refused, measured, kept, used, taken back, and never kept."""

import json
import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from cue_encoder import CueEncoder

from cxtext.cause_adapter import Adapter, fit_adapter
from cxtext.cause_learning import BALANCE, learn, read_labels
from cxtext.cause_measures import Beside, Interval, is_not_worse
from cxtext.cause_training import train
from cxtext.cause_versions import CauseVersions
from cxtext.causes import LABELS, CauseModel
from cxtext.cli import main
from cxtext.errors import CxtextError
from cxtext.night import measuring_night
from cxtext.paths import models_root
from cxtext.taxonomy import NONE

CANARY = "zyxqvort"
DATE = "2026-03-15"
BROKEN, RUDE = "organization.broken_process", "employee.negative_attitude"
THINGS = ("card", "lamp", "phone", "driver", "router", "room", "ticket", "bike", "meter", "code")
BASE = [
    ("{} was rude to me", RUDE),
    ("the {} arrived broken", BROKEN),
    ("thanks for the {}", NONE),
    ("a moody {}", NONE),
]
# here what is moody does not work, which the base model cannot know
OWN = [("the {} is moody again", BROKEN), ("the {} was rude", RUDE), ("thanks, a good {}", NONE)]

Row = tuple[str, str]


# what is moody is known to the layers, and means nothing to the base model
ENCODER = CueEncoder({"rude": RUDE, "broken": BROKEN, "thanks": NONE, "moody": None})


def rows_of(patterns: Sequence[Row], things: Sequence[str] = THINGS) -> list[Row]:
    return [(text.format(thing), primary) for thing in things for text, primary in patterns]


def label_file(folder: Path, rows: Sequence[Row], name: str = "labels.csv") -> Path:
    path = folder / name
    lines = [f'"{text}",{"" if primary == NONE else primary},{primary}' for text, primary in rows]
    path.write_text("\n".join(["text,causes,primary", *lines]) + "\n", "utf-8")
    return path


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    train([label_file(folder, rows_of(BASE))], ENCODER, folder / "model")
    return folder / "model"


def learned(base: Path, root: Path, rows: Sequence[Row], date: str = DATE) -> dict[str, object]:
    root.mkdir(exist_ok=True)
    return learn([label_file(root, rows)], base, ENCODER, None, CauseVersions(root), date=date)


def test_a_review_is_learned_from_as_far_as_it_is_filled_in(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    rows = [f"{number},the lamp is moody {number},,{BROKEN},random" for number in range(20)]
    rows.append("20,not looked at yet,,,uncertain")
    path.write_text("\n".join(["document_id,text,causes,primary,drawn", *rows]) + "\n", "utf-8")
    labels = read_labels([path])
    assert [document.causes for document in labels.documents] == [(BROKEN,)] * 20


# --- what is learned


def test_the_model_learns_what_its_user_means_and_keeps_the_rest(base: Path, tmp_path: Path) -> None:
    told = learned(base, tmp_path, rows_of(OWN))
    assert told["is_promoted"], told
    versions = CauseVersions(tmp_path)
    assert versions.current == versions.folder / str(told["version"])
    before, after = (CauseModel.load(each, ENCODER) for each in (base, versions.current))
    texts = ["this sofa is moody", "the clerk was rude to me"]
    assert [verdict.primary for verdict in before.predict(texts)] == [NONE, RUDE]
    assert [verdict.primary for verdict in after.predict(texts)] == [BROKEN, RUDE]
    assert after.name.startswith(f"causes-{DATE}@")
    assert after.name != before.name


def test_the_same_labels_give_the_same_bytes(base: Path, tmp_path: Path) -> None:
    one, two = (learned(base, tmp_path / each, rows_of(OWN)) for each in ("one", "two"))
    assert one["version"] == two["version"]
    folders = [CauseVersions(tmp_path / each).current for each in ("one", "two")]
    contents = [{path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders if folder]
    assert contents[0] == contents[1]
    assert {*contents[0]} == {"heads.skops", "adapter.skops", "familiarity.npz", "manifest.json", "README.md"}


def test_figures_stand_side_by_side_and_in_the_card(base: Path, tmp_path: Path) -> None:
    told = learned(base, tmp_path, rows_of(OWN))
    measured = json.loads(json.dumps(told["measured"]))
    accuracy = measured["primary_accuracy"]
    assert accuracy["base"]["value"] < 0.7
    assert accuracy["adapted"]["value"] > 0.9
    assert accuracy["difference"]["low"] > 0
    for parts in measured.values():
        assert all(each["low"] <= each["value"] <= each["high"] for each in parts.values())
    page = (tmp_path / "models" / "causes" / str(told["version"]) / "README.md").read_text("utf-8")
    assert f"| primary accuracy | {accuracy['base']['value']:.3f}" in page
    assert "30 labelled texts" in page


def test_labels_that_say_nothing_new_leave_scores_nearly_as_they_were() -> None:
    chance = np.random.default_rng(1)
    scores = chance.uniform(0.02, 0.98, (80, len(LABELS))).astype(np.float32)
    truth = (chance.random(scores.shape) < scores).astype(np.int64)  # calibrated already
    features = chance.normal(size=(80, 40)).astype(np.float32)
    adapter = fit_adapter(scores, features, truth, balance=np.zeros(len(LABELS)), seed=7)
    assert float(np.abs(adapter.correct(scores, features) - scores).mean()) < 0.05


def test_a_cause_with_few_labels_is_left_as_it_was() -> None:
    chance = np.random.default_rng(1)
    scores = np.full((60, len(LABELS)), 0.3, np.float32)
    features = chance.normal(size=(60, 8)).astype(np.float32)
    truth = np.zeros(scores.shape, np.int64)
    truth[:4, 0], truth[:20, 1] = 1, 1
    corrected = fit_adapter(scores, features, truth, balance=BALANCE, seed=7).correct(scores, features)
    assert np.allclose(corrected[:, 0], 0.3, atol=1e-6)
    assert not np.allclose(corrected[:, 1], 0.3, atol=1e-2)


def test_an_adapter_of_zeros_changes_nothing() -> None:
    scores = np.array([[0.1, 0.9]], np.float32)
    adapter = Adapter(np.zeros((3, 2), np.float32), np.zeros(2, np.float32))
    assert np.allclose(adapter.correct(scores, np.ones((1, 3), np.float32)), scores)


# --- what is kept


def all_bytes(folder: Path) -> bytes:
    """Every file's name and bytes, and those of what is zipped in it."""
    parts = []
    for path in sorted(folder.rglob("*")):
        parts.append(path.name.encode())
        if path.is_file():
            parts.append(path.read_bytes())
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(BytesIO(path.read_bytes())) as zipped:
                    parts += [each.encode() + zipped.read(each) for each in zipped.namelist()]
    return b"\n".join(parts)


def test_no_word_of_the_labels_is_kept(base: Path, tmp_path: Path) -> None:
    file = label_file(tmp_path, [(f"{text} {CANARY}", primary) for text, primary in rows_of(OWN)], f"{CANARY}.csv")
    told = learn([file], base, ENCODER, None, CauseVersions(tmp_path), date=DATE)
    kept = all_bytes(tmp_path / "models")
    assert str(told["version"]).encode() in kept
    assert CANARY.encode() not in kept
    assert CANARY.encode("utf-16-le") not in kept
    assert CANARY.encode() in all_bytes(tmp_path)  # the search would find it


# --- what is promoted, and taken back


def beside(*differences: tuple[float, float]) -> dict[str, Beside]:
    nothing = Interval(0.5, 0.4, 0.6)
    return {str(n): Beside(nothing, nothing, Interval(value, -1, high)) for n, (value, high) in enumerate(differences)}


def test_not_worse_is_no_fall_of_the_mean_and_no_figure_that_falls_beyond_chance() -> None:
    assert is_not_worse(beside((0.0, 0.1), (0.0, 0.1), (0.0, 0.1)))
    assert is_not_worse(beside((-0.02, 0.01), (0.03, 0.1), (0.0, 0.1)))
    assert not is_not_worse(beside((-0.02, 0.01), (0.01, 0.1), (0.0, 0.1)))
    assert not is_not_worse(beside((-0.02, -0.01), (0.2, 0.3), (0.2, 0.3)))


def test_what_is_worse_is_kept_but_not_used(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cxtext.cause_learning.held_out_scores", lambda material, seed: [1 - material.scores])
    told = learned(base, tmp_path, rows_of(BASE))
    versions = CauseVersions(tmp_path)
    assert not told["is_promoted"], told
    assert told["refused"] == "it is worse than the base model on labels that it did not see"
    assert versions.current is None
    assert versions.names() == [told["version"]]


def test_fewer_labels_do_not_take_the_place_of_more(base: Path, tmp_path: Path) -> None:
    first = learned(base, tmp_path, rows_of(OWN))
    second = learned(base, tmp_path, rows_of(OWN, THINGS[:8]), "2026-03-16")
    assert second["refused"] == ("the version in use learned from 30 labels, more than these 24; give those files, too")
    assert CauseVersions(tmp_path).history == [first["version"]]


def test_rolling_back_goes_to_the_version_before_and_at_last_to_the_bundled_model(base: Path, tmp_path: Path) -> None:
    first = learned(base, tmp_path, rows_of(OWN))["version"]
    second = learned(base, tmp_path, rows_of(OWN, [*THINGS, "sofa"]), "2026-03-16")["version"]
    config = tmp_path / "cxtext.toml"
    config.write_text(f"data_root = {json.dumps(str(tmp_path))}\n")
    assert measuring_night(config).cause_folder.name == second
    assert cxtext("train", "--rollback", "--config", config).output.startswith(f"left {second}; from the next night on")
    assert measuring_night(config).cause_folder.name == first
    assert "the bundled model is used" in cxtext("train", "--rollback", "--config", config).output
    assert measuring_night(config).cause_folder == models_root() / "causes"
    answer = cxtext("train", "--rollback", "--config", config)
    assert (answer.exit_code, answer.output.count("\n")) == (2, 1)
    assert "there is nothing to go back to" in answer.output
    listed = json.loads(cxtext("train", "--versions", "--json", "--config", config).output)
    assert [row["version"] for row in listed] == ["bundled", first, second]


def test_the_settings_own_model_comes_before_what_was_learned(base: Path, tmp_path: Path) -> None:
    learned(base, tmp_path, rows_of(OWN))
    config = tmp_path / "cxtext.toml"
    config.write_text(f"data_root = {json.dumps(str(tmp_path))}\n[causes]\nmodel = {json.dumps(str(base))}\n")
    assert measuring_night(config).cause_folder == base
    assert "the settings name another [causes] model" in cxtext("train", "--versions", "--config", config).output


# --- what is damaged


@pytest.mark.parametrize("name", ["adapter.skops", "heads.skops", "manifest.json"])
def test_a_damaged_version_names_its_file(base: Path, tmp_path: Path, name: str) -> None:
    learned(base, tmp_path, rows_of(OWN))
    versions = CauseVersions(tmp_path)
    assert versions.current
    (versions.current / name).write_bytes(b"{}")
    with pytest.raises(CxtextError, match=rf"{name}: .*cxtext train --rollback"):
        CauseModel.load(versions.current, ENCODER)
    listed = cxtext("train", "--versions", "--data-root", tmp_path)
    assert "damaged" in listed.output
    assert name in listed.output
    assert cxtext("train", "--rollback", "--data-root", tmp_path).exit_code == 0


def test_an_adapted_folder_without_its_adapter_is_refused(base: Path, tmp_path: Path) -> None:
    learned(base, tmp_path, rows_of(OWN))
    folder = CauseVersions(tmp_path).current
    assert folder
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["files"]["adapter.skops"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(CxtextError, match=r"manifest\.json: missing or incomplete .*adapter\.skops"):
        CauseModel.load(folder, ENCODER)


@pytest.mark.parametrize("content", ["", "[]", '{"history": "v1"}', '{"history": ["../v1"]}'])
def test_a_damaged_pointer_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "models" / "causes" / "current.json"
    path.parent.mkdir(parents=True)
    path.write_text(content)
    with pytest.raises(CxtextError, match=r"current\.json: damaged; delete it to use the bundled model"):
        _ = CauseVersions(tmp_path).current


def test_a_model_that_learned_already_is_no_base(base: Path, tmp_path: Path) -> None:
    learned(base, tmp_path, rows_of(OWN))
    folder = CauseVersions(tmp_path).current
    assert folder
    with pytest.raises(CxtextError, match="has itself learned from labels"):
        learned(folder, tmp_path / "other", rows_of(OWN))


# --- what is refused


def test_rows_that_repeat_are_named_and_counted_once(tmp_path: Path) -> None:
    one = label_file(tmp_path, rows_of(OWN), "one.csv")
    two = label_file(tmp_path, [("fine  by ME", NONE), ("fine by me", NONE)], "two.csv")
    labels = read_labels([one, two])
    assert len(labels.documents) == 31
    assert labels.repeated == [f"{two}: row 3 repeats {two}: row 2; counted once"]


def test_one_text_under_different_labels_is_refused_with_both_rows(tmp_path: Path) -> None:
    one = label_file(tmp_path, rows_of(OWN), "one.csv")
    two = label_file(tmp_path, [("new", NONE), ("The card is moody again", NONE)], "two.csv")
    with pytest.raises(
        CxtextError, match=r"two\.csv: row 3 and .*one\.csv: row 2: the same text with different labels"
    ):
        read_labels([one, two])


def test_too_few_labels_are_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CxtextError, match=r"labels\.csv: 3 labelled texts are too few .* label at least 20"):
        read_labels([label_file(tmp_path, rows_of(OWN, ["lamp"]))])


# --- the command


def cxtext(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_options_that_ask_for_different_things_are_refused(tmp_path: Path) -> None:
    answer = cxtext("train", "--rollback", "--versions", "--data-root", tmp_path)
    assert (answer.exit_code, answer.output.count("\n")) == (2, 1)


@pytest.mark.slow
def test_a_night_uses_what_was_learned_and_its_manifest_says_so(tmp_path: Path) -> None:
    config = tmp_path / "cxtext.toml"
    config.write_text(
        'company = "Tidewell"\n[[sources]]\nname = "t"\nkind = "csv"\npath = "t.csv"\nchannel = "ticket"\n'
        '[sources.columns]\nid = "id"\ntext = "text"\ncreated_at = "at"\n'
    )
    (tmp_path / "t.csv").write_text("id,at,text\n1,2026-03-02T09:00:00Z,the lamp is moody again\n")
    answer = cxtext("train", "--labels", label_file(tmp_path, rows_of(OWN)), "--config", config)
    assert answer.exit_code == 0, answer.output
    assert "30 labelled texts; on labels not seen (95% interval):" in answer.output
    version = json.loads((tmp_path / "cxtext-data" / "models" / "causes" / "current.json").read_text())["history"][-1]
    assert cxtext("run", "--config", config, "--date", "2026-03-02").exit_code == 0
    manifest = json.loads((tmp_path / "cxtext-data" / "published" / "2026-03-02" / "manifest.json").read_text())
    date, _, digest = version.rpartition("-")
    assert manifest["models"]["causes"]["name"] == f"causes-{date}@{digest}"
    assert manifest["models"]["causes"]["documents"] == 30
