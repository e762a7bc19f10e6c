"""What the cause model says of itself every night: how much is right, and whether the texts are such as it knows."""

import hashlib
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from report_feed import FACTS, conformed, tables

from cxtext.cause_training import known_languages
from cxtext.causes import CauseModel
from cxtext.demo.build import read_texts
from cxtext.encode import OnnxEncoder
from cxtext.errors import CxtextError
from cxtext.explain import explain_document, explain_text
from cxtext.familiarity import Familiarity, fit_familiarity
from cxtext.model_quality import LEAST_NIGHTS, NO_REFERENCE, expected_accuracy, quality_row, usual
from cxtext.night import Night, open_night
from cxtext.publish import read_snapshot
from cxtext.report.content import build_content
from cxtext.report.markdown import render_markdown
from cxtext.report.page import render_html
from cxtext.steps import run_night
from cxtext.tables import MODEL_QUALITY

ROOT = Path(__file__).parents[1]
MODEL = ROOT / "models" / "causes"
FOREIGN = [json.loads(line) for line in (ROOT / "benchmarks" / "foreign.jsonl").read_text("utf-8").splitlines()]
KINDS = sorted({row["kind"] for row in FOREIGN})


@pytest.fixture(scope="module")
def model() -> CauseModel:
    return CauseModel.load(MODEL, OnnxEncoder(ROOT / "models" / "causes" / "network"))


def judged(
    confidences: list[float], unfamiliar: list[bool] | None, past: pd.DataFrame | None = None, **counts: int
) -> dict[str, Any]:
    counts = {"needs_review": 0, "unknown_language": 0} | counts
    return quality_row("m-1", confidences, unfamiliar, MODEL_QUALITY.empty() if past is None else past, **counts)


def nights(shares: list[float], *, documents: int = 200, confidence: float = 0.6, name: str = "m-1") -> pd.DataFrame:
    rows = [
        judged([confidence] * documents, [row < share * documents for row in range(documents)])
        | {"model": name, "confidence_deviation": 0.2, "run": date(2026, 1, 1 + index), "part": "causes"}
        for index, share in enumerate(shares)
    ]
    return pd.DataFrame(rows)


# --- the share right to expect


def test_the_share_right_to_expect_is_the_mean_confidence() -> None:
    found = expected_accuracy([0.9, 0.5, 0.4])
    assert found is not None
    assert found.value == pytest.approx(0.6)
    assert 0 <= found.lower < 0.6 < found.upper <= 1


def test_without_documents_nothing_is_expected() -> None:
    assert expected_accuracy([]) is None
    row = judged([], [])
    assert (row["documents"], row["expected_accuracy"], row["drift"], row["is_drifting"]) == (0, None, None, False)


def test_few_documents_widen_the_interval_and_many_never_close_it() -> None:
    few, many, endless = (expected_accuracy([0.6] * n) for n in (20, 2_000, 200_000))
    widths = [each.upper - each.lower for each in (few, many, endless)]
    assert widths[0] > widths[1] > widths[2] > 0.25  # other companies' texts stay as much harder or easier


def test_the_interval_holds_the_share_right_of_nineteen_in_twenty_companies() -> None:
    chance, held = np.random.default_rng(1), 0
    for _ in range(400):
        sure = chance.uniform(0.3, 0.9, 60)
        shifted = 1 / (1 + np.exp(-(np.log(sure / (1 - sure)) + chance.normal(0, 0.3))))
        found = expected_accuracy(sure.tolist())
        assert found is not None
        held += found.lower <= (chance.uniform(size=60) < shifted).mean() <= found.upper
    assert 0.92 <= held / 400 <= 0.98


# --- the rule of the warning


@pytest.mark.parametrize(
    ("documents", "unfamiliar", "warns"),
    [(20, 12, False), (20, 16, True), (2_000, 980, False), (2_000, 1_100, True), (20_000, 10_500, True), (9, 9, False)],
)
def test_it_warns_where_surely_more_than_half_are_unfamiliar(documents: int, unfamiliar: int, warns: bool) -> None:
    row = judged([0.6] * documents, [index < unfamiliar for index in range(documents)])
    assert row["is_drifting"] is warns
    assert bool(row["note"]) is warns


def test_far_more_than_in_the_nights_before_is_drift_though_less_than_half() -> None:
    past = nights([0.06, 0.04, 0.05, 0.07, 0.05, 0.04, 0.06, 0.05])
    assert judged([0.6] * 200, [row < 60 for row in range(200)], past)["is_drifting"]
    assert not judged([0.6] * 200, [row < 24 for row in range(200)], past)["is_drifting"]


def test_nights_that_always_vary_are_not_warned_of() -> None:
    past = nights([0.05, 0.3, 0.1, 0.25, 0.02, 0.35, 0.12, 0.28])
    assert not judged([0.6] * 200, [row < 70 for row in range(200)], past)["is_drifting"]


def test_a_fall_of_the_mean_confidence_is_told_with_both_figures() -> None:
    row = judged([0.45] * 200, [False] * 200, nights([0.05] * 8))
    assert row["is_drifting"]
    assert row["note"] == "Its mean confidence fell to 45%, from 60% in the nights before."
    assert not judged([0.57] * 200, [False] * 200, nights([0.05] * 8))["is_drifting"]
    assert not judged([0.75] * 200, [False] * 200, nights([0.05] * 8))["is_drifting"]


def test_few_nights_and_those_of_another_model_tell_nothing_of_what_is_usual() -> None:
    assert usual(np.array([0.1] * (LEAST_NIGHTS - 1)), np.array([50.0] * (LEAST_NIGHTS - 1)), 0.1, 50) is None
    other = nights([0.05] * 8, name="m-0")
    assert judged([0.45] * 200, [False] * 200, other)["confidence_limit"] is None


def test_a_model_without_reference_gives_no_figure_and_says_so() -> None:
    row = judged([0.6] * 50, None)
    assert (row["drift"], row["drift_limit"], row["is_drifting"], row["note"]) == (None, None, False, NO_REFERENCE)


# --- what is unfamiliar


def test_the_reference_is_the_same_bytes_again_and_reads_back() -> None:
    chance = np.random.default_rng(3)
    texts = [f"the parcel number {row} is late " * (1 + row % 5) for row in range(60)]
    states = chance.normal(size=(60, 8)).astype(np.float32)
    groups = np.arange(60) % 3
    made = fit_familiarity(texts, states, groups)
    assert made.dump() == fit_familiarity(texts, states, groups).dump()
    known = {"the", "parcel", "number", "is", "late"}
    again = Familiarity.load(made.dump(), "here")
    assert again.unfamiliar(texts, states, known).mean() <= 0.3
    assert again.unfamiliar(["zig zag zog zug"] * 2, states[:2] * 20, known).all()
    assert again.unfamiliar([], states[:0], known).shape == (0,)
    with pytest.raises(CxtextError, match=r"here: damaged .* `cxtext train`"):
        Familiarity.load(b"PK broken", "here")


@pytest.mark.parametrize("kind", KINDS)
def test_texts_of_another_kind_or_language_are_warned_of_even_when_there_are_twenty(
    model: CauseModel, kind: str
) -> None:
    verdicts = model.predict([row["text"] for row in FOREIGN if row["kind"] == kind])
    assert len(verdicts) == 20
    row = judged([each.confidence for each in verdicts], [bool(each.is_unfamiliar) for each in verdicts])
    assert row["is_drifting"], row["drift"]


def test_customers_texts_are_not_warned_of(model: CauseModel) -> None:
    verdicts = model.predict([each["body"] for each in read_texts()][::4])
    row = judged([each.confidence for each in verdicts], [bool(each.is_unfamiliar) for each in verdicts])
    assert len(verdicts) > 50
    assert row["drift"] < 0.35
    assert not row["is_drifting"]


def test_whether_a_text_is_unfamiliar_does_not_hang_on_the_others(model: CauseModel) -> None:
    texts = [row["text"] for row in FOREIGN[::15]]
    assert [model.predict([text])[0].is_unfamiliar for text in texts] == [
        each.is_unfamiliar for each in model.predict(texts)
    ]


def copy_without_reference(folder: Path) -> Path:
    target = Path(shutil.copytree(MODEL, folder / "causes", ignore=shutil.ignore_patterns("corpus", "*.md", "*.npz")))
    manifest = json.loads((target / "manifest.json").read_text())
    del manifest["files"]["familiarity.npz"], manifest["languages"]
    (target / "manifest.json").write_text(json.dumps(manifest))
    return target


def test_a_folder_without_reference_still_judges(tmp_path: Path) -> None:
    older = CauseModel.load(copy_without_reference(tmp_path), OnnxEncoder(ROOT / "models" / "causes" / "network"))
    assert not older.tells_drift
    assert older.languages == ("en",)
    assert older.predict(["My internet has been down for three days"])[0].is_unfamiliar is None


def test_a_changed_reference_is_refused(tmp_path: Path) -> None:
    target = Path(shutil.copytree(MODEL, tmp_path / "causes", ignore=shutil.ignore_patterns("corpus", "*.md")))
    (target / "familiarity.npz").write_bytes(b"x")
    with pytest.raises(CxtextError, match=r"familiarity\.npz: missing, or not the file"):
        CauseModel.load(target, OnnxEncoder(ROOT / "models" / "causes" / "network"))


def test_the_manifest_describes_the_reference_and_the_languages() -> None:
    manifest = json.loads((MODEL / "manifest.json").read_text())
    content = (MODEL / "familiarity.npz").read_bytes()
    assert manifest["languages"] == ["en"]
    assert manifest["files"]["familiarity.npz"]["sha256"] == hashlib.sha256(content).hexdigest()


def test_the_languages_of_a_corpus_are_those_of_more_than_a_few_stray_texts() -> None:
    english = ["The internet has been down since Monday and nobody calls back"] * 30
    spanish = [row["text"] for row in FOREIGN if row["kind"] == "spanish"]
    assert known_languages([*english, *spanish]) == ["en", "es"]
    assert known_languages([*english, spanish[0]]) == ["en"]
    assert known_languages(["ok", "5"]) == []


# --- a night

ROWS = [
    ("1", "2026-03-10 09:00", "The engineer never turned up and nobody called me."),
    ("2", "2026-03-11 09:00", "You charged my card twice for March, please refund one payment."),
    ("3", "2026-03-12 09:00", "El internet no funciona desde el lunes y nadie me ha devuelto la llamada."),
    ("4", "2026-03-13 09:00", "Me han cobrado dos veces el mismo pedido y todavía espero el reembolso."),
    ("5", "2026-03-14 09:00", "ok thanks"),
]
RUN = "2026-03-14"


def process(config: Path, settings: str) -> Night:
    config.write_text(settings + '\ndata_root = "data"\n' + config.read_text("utf-8"), "utf-8")
    night = open_night(config, RUN)
    run_night(night, lambda *_: None, time.perf_counter)
    return night


@pytest.mark.parametrize("languages", ['["en", "es"]', "[]"])
def test_documents_in_a_language_that_the_model_does_not_know_get_no_verdict(
    feed: Callable[..., Path], languages: str
) -> None:
    config = feed(ROWS)
    night = process(config, f"languages = {languages}")
    published, _ = read_snapshot(night.root, RUN)
    assert published["documents"]["skipped"].isna().all()
    assert set(published["document_causes"]["document_id"]) == {"tickets:1", "tickets:2", "tickets:5"}
    assert set(published["causes"]["document_id"]) <= {"tickets:1", "tickets:2"}
    (row,) = published["model_quality"].to_dict("records")
    assert (row["run"], row["part"], row["documents"], row["unknown_language"]) == (date(2026, 3, 14), "causes", 3, 2)
    assert row["lower"] <= row["expected_accuracy"] <= row["upper"]
    assert night.root.record(RUN)["steps"]["causes"]["unknown_language"] == 2
    report = (night.root.published / RUN / "report" / "report.md").read_text("utf-8")
    assert "2 documents are in languages that the cause model does not know (Spanish)" in report
    with pytest.raises(CxtextError, match=r"tickets:3 has no verdict: .* \(es\); train one"):
        explain_document(config, None, "tickets:3")


def test_a_text_in_an_unknown_language_is_not_explained(feed: Callable[..., Path]) -> None:
    with pytest.raises(CxtextError, match=r"language that the cause model does not know \(es\)"):
        explain_text(ROWS[2][2], feed([]))


def test_the_history_of_the_figures_is_published_and_a_night_again_writes_the_same(feed: Callable[..., Path]) -> None:
    night = process(feed(ROWS), 'languages = ["en"]')
    path = night.root.partition(MODEL_QUALITY, RUN)
    first = path.read_bytes()
    run_night(open_night(night.settings.base / "cxtext.toml", RUN), lambda *_: None, time.perf_counter)
    assert path.read_bytes() == first
    later = open_night(night.settings.base / "cxtext.toml", "2026-03-15")
    run_night(later, lambda *_: None, time.perf_counter)
    published, _ = read_snapshot(later.root, "2026-03-15")
    assert published["model_quality"]["run"].tolist() == [date(2026, 3, 14), date(2026, 3, 15)]
    assert published["model_quality"]["documents"].tolist() == [3, 0]


# --- the report


def with_quality(**changes: Any) -> dict[str, pd.DataFrame]:
    row = judged([0.8] * 30 + [0.4] * 20, [False] * 44 + [True] * 6, needs_review=20)
    row |= {"run": date.fromisoformat(FACTS.run), "part": "causes"} | changes
    return tables() | {"model_quality": conformed("model_quality", [row])}


def rendered(frames: dict[str, pd.DataFrame]) -> tuple[str, str]:
    content = build_content(frames, FACTS)
    return unescape(render_html(content)), render_markdown(content).replace("\\", "")


def test_the_report_says_how_much_is_right_beside_what_needs_review() -> None:
    figures = build_content(with_quality(), FACTS).trust.figures
    assert [(each.name, each.value) for each in figures[:3]] == [
        ("Expected right, this run", "64%"), ("Need review, this run", "40%"), ("Unlike the training texts", "12%"),
    ]  # fmt: skip
    assert figures[0].note.startswith("95% interval 4")
    for text in rendered(with_quality()):
        assert "Expected right, this run" in text
        assert "a warning comes above 64%" in text
        assert "differ from what the cause model knows" not in text


def test_drift_is_warned_of_at_the_head_and_in_its_part_with_what_to_do() -> None:
    note = "72% of 50 documents are unlike any that the model was trained on."
    for text in rendered(with_quality(is_drifting=True, drift=0.72, note=note)):
        assert text.count("The texts of this run differ from what the cause model knows. " + note) == 2
        assert "cxtext review" in text
        assert "cxtext train --labels" in text


def test_a_model_without_reference_says_so_and_warns_of_nothing() -> None:
    frames = with_quality(drift=None, drift_limit=None, note=NO_REFERENCE)
    for text in rendered(frames):
        assert text.count("no reference texts to tell drift by") == 1
        assert "Unlike the training texts" not in text


def test_only_the_runs_own_row_is_shown_and_a_run_without_documents_has_no_figures() -> None:
    other = build_content(with_quality(run=date(2025, 6, 1)), FACTS).trust
    empty = judged([], []) | {"run": date.fromisoformat(FACTS.run), "part": "causes"}
    none = build_content(tables() | {"model_quality": conformed("model_quality", [empty])}, FACTS).trust
    for trust in (other, none):
        assert [figure.name for figure in trust.figures] == ["Need review", "Mean confidence", "Fit no theme"]
        assert trust.warnings == trust.remarks == ()


def test_one_document_of_an_unknown_language_is_told_in_the_singular() -> None:
    frames = with_quality()
    first = frames["documents"].loc[frames["documents"]["language"] == "de", "document_id"].iloc[0]
    frames["document_causes"] = frames["document_causes"][frames["document_causes"]["document_id"] != first]
    content = build_content(frames, replace(FACTS))
    assert content.trust.remarks == (
        "1 document is in a language that the cause model does not know (German): without a verdict, and left out of "
        "every share of causes.",
    )
