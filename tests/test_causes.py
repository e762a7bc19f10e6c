"""Causes: what the bundled model says, what it refuses, how it is trained and measured."""

import json
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cue_encoder import CueEncoder

from cxtext.cause_training import SEEN, bundled_corpus, held_out, measured_parts, train
from cxtext.causes import CauseFound, CauseModel, Verdict, read
from cxtext.encode import OnnxEncoder
from cxtext.errors import CxtextError
from cxtext.evaluate.causes import calibration_error, evaluate_causes
from cxtext.label_files import read_labelled
from cxtext.taxonomy import CAUSES, NONE, PRIMARIES, UNSTATED, origin_of

MODELS = Path(__file__).parents[1] / "models"
CORPUS = MODELS / "causes" / "corpus"
LETTER = (
    "I ordered a lamp on 3 March. It arrived in pieces, and so did the second one. "
    "When I rang, [PERSON_1] was very rude and laughed at me. I still wait for my money on [IBAN_1]."
)


CUES = {
    "rude": "employee.negative_attitude",
    "broken": "organization.broken_process",
    "forgot": "customer.user_error",
    "how": "customer.instructions_not_read",
    "thanks": NONE,
    "bad": UNSTATED,
}
SMALL = [
    ("{} was rude to me", ["employee.negative_attitude"], "employee.negative_attitude"),
    ("the {} arrived broken", ["organization.broken_process"], "organization.broken_process"),
    ("I forgot my {}", ["customer.user_error"], "customer.user_error"),
    ("how do I use the {}?", ["customer.instructions_not_read"], "customer.instructions_not_read"),
    ("thanks for the {}", [], NONE),
    ("{}: bad", [], UNSTATED),
]
THINGS = ("card", "lamp", "phone", "driver", "router", "room", "ticket", "bike", "meter", "code")


@pytest.fixture(scope="module")
def model() -> CauseModel:
    return CauseModel.load(MODELS / "causes", OnnxEncoder(MODELS / "causes" / "network"))


@pytest.fixture
def small_corpus(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "first.jsonl", tmp_path / "second.jsonl"]
    for path, things in zip(paths, (THINGS[:5], THINGS[5:]), strict=True):
        rows = [
            {"text": text.format(thing), "causes": causes, "primary": primary}
            for thing in things
            for text, causes, primary in SMALL
        ]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return paths


def csv_file(folder: Path, *rows: str) -> Path:
    path = folder / "labelled.csv"
    path.write_text("\n".join(("text,causes,primary", *rows)), "utf-8")
    return path


# --- the bundled model


@pytest.mark.parametrize(
    ("text", "primary"),
    [
        ("The agent was so rude, she laughed at me and hung up", "employee.negative_attitude"),
        ("My internet has been down for three days", "organization.broken_process"),
        ("How do I change the address on my account?", "customer.instructions_not_read"),
        ("I accidentally entered the wrong account number", "customer.user_error"),
        ("far too expensive for what it is", "organization.product_design"),
        ("Thank you, wonderful service from start to finish", NONE),
    ],
)
def test_plain_texts_get_their_cause(model: CauseModel, text: str, primary: str) -> None:
    assert model.predict([text])[0].primary == primary


def test_verdicts_keep_their_promises(model: CauseModel) -> None:
    texts = [LETTER, "ok", "", "   ", "[PERSON_1]", "!!!", "no\ud83d reply", "x " * 600, *read_texts(60)]
    for text, verdict in zip(texts, model.predict(texts), strict=True):
        primaries = [cause.cause for cause in verdict.causes if cause.is_primary]
        assert primaries == ([verdict.primary] if verdict.primary in CAUSES else [])
        assert bool(verdict.causes) == bool(primaries)
        assert verdict.runner_up in PRIMARIES
        assert verdict.runner_up != verdict.primary
        assert len({cause.cause for cause in verdict.causes}) == len(verdict.causes)
        for cause in verdict.causes:
            assert cause.evidence in text
        assert all(0 <= each <= 1 for each in (verdict.confidence, *(cause.confidence for cause in verdict.causes)))


def read_texts(count: int) -> list[str]:
    return [each.text for path in sorted(CORPUS.glob("*.jsonl")) for each in read_labelled(path)][:: 4000 // count]


def test_evidence_is_the_sentence_that_carries_the_cause(model: CauseModel) -> None:
    found = {cause.cause: cause.evidence for cause in model.predict([LETTER])[0].causes}
    assert "rude" in found["employee.negative_attitude"]


def test_no_texts_give_no_verdicts(model: CauseModel) -> None:
    assert model.predict([]) == []


def test_a_verdict_does_not_hang_on_the_other_texts(model: CauseModel) -> None:
    alone = model.predict([LETTER])[0]
    among = model.predict(["ok", LETTER, "How do I pay?"])[1]
    assert among.primary == alone.primary
    assert [cause.cause for cause in among.causes] == [cause.cause for cause in alone.causes]
    assert among.confidence == pytest.approx(alone.confidence, abs=1e-3)


def test_the_name_tells_the_version_and_the_weights(model: CauseModel) -> None:
    described = json.loads((MODELS / "causes" / "manifest.json").read_text())
    assert model.name == f"causes-{described['version']}@{described['files']['heads.skops']['sha256'][:8]}"


def test_the_bundled_model_is_small() -> None:
    assert sum(path.stat().st_size for path in (MODELS / "causes").rglob("*") if path.is_file()) < 100_000_000


def test_placeholders_and_masks_become_words_and_sentences_keep_their_place() -> None:
    reading = read("On XX/XX/2023 I rang [PHONE_1]. [PERSON_1] hung up!")
    assert reading.text == "On that day I rang the number. Alex hung up!"
    assert reading.sentences == ["On XX/XX/2023 I rang [PHONE_1].", "[PERSON_1] hung up!"]
    assert [reading.text[start:end] for start, end in reading.spans] == [
        reading.text, "On that day I rang the number.", "Alex hung up!",
    ]  # fmt: skip


# --- safety


def copy_of_model(folder: Path) -> Path:
    target = folder / "causes"
    target.mkdir()
    for name in ("heads.skops", "familiarity.npz", "manifest.json"):
        shutil.copy(MODELS / "causes" / name, target)
    return target


def load(folder: Path) -> CauseModel:
    return CauseModel.load(folder, OnnxEncoder(MODELS / "causes" / "network"))


def test_a_changed_file_is_refused_by_name(tmp_path: Path) -> None:
    folder = copy_of_model(tmp_path)
    with (folder / "heads.skops").open("ab") as weights:
        weights.write(b"x")
    with pytest.raises(CxtextError, match=r"heads\.skops: missing, or not the file"):
        load(folder)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    folder = copy_of_model(tmp_path)
    (folder / "heads.skops").unlink()
    with pytest.raises(CxtextError, match=r"heads\.skops"):
        load(folder)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 1}'])
def test_a_damaged_manifest_is_refused(tmp_path: Path, content: str) -> None:
    folder = copy_of_model(tmp_path)
    (folder / "manifest.json").write_text(content)
    with pytest.raises(CxtextError, match=r"manifest\.json"):
        load(folder)


def test_another_encoder_is_refused() -> None:
    with pytest.raises(CxtextError, match=r"not for words-1; run `cxtext train`"):
        CauseModel.load(MODELS / "causes", CueEncoder(CUES))


def test_foreign_types_are_refused_before_they_are_loaded(tmp_path: Path) -> None:
    from hashlib import sha256

    from skops import io

    folder = copy_of_model(tmp_path)
    content = io.dumps({"scaler": OnnxEncoder.encode})
    (folder / "heads.skops").write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["heads.skops"]["sha256"] = sha256(content).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(CxtextError, match="holds types that cxtext does not load"):
        load(folder)


# --- training


def test_training_twice_gives_the_same_bytes_and_a_model_that_works(small_corpus: list[Path], tmp_path: Path) -> None:
    figures = train(small_corpus, CueEncoder(CUES), tmp_path / "one")
    train(small_corpus, CueEncoder(CUES), tmp_path / "two")
    made, again = ((tmp_path / each / "heads.skops").read_bytes() for each in ("one", "two"))
    assert made == again
    assert figures["documents"] == 60
    assert figures["held_out_origin_macro_f1"] > 0.8
    one, two = (CauseModel.load(tmp_path / each, CueEncoder(CUES)) for each in ("one", "two"))
    verdicts = one.predict([text.format("sofa") for text, *_ in SMALL])
    assert verdicts == two.predict([text.format("sofa") for text, *_ in SMALL])
    assert [verdict.primary for verdict in verdicts[:4]] == [primary for *_, primary in SMALL[:4]]
    assert json.loads((tmp_path / "one" / "manifest.json").read_text())["figures"] == figures


def test_one_block_in_ten_of_every_file_is_held_out() -> None:
    large, small = held_out([1000]), held_out([1000, 40])[1000:]
    assert large.sum() == 100
    assert np.flatnonzero(large)[:21].tolist() == [*range(80, 100), 280]
    assert np.flatnonzero(small).tolist() == [16, 17, 18, 19]


def test_of_files_that_the_network_learned_from_only_what_it_did_not_see_is_measured() -> None:
    parts = measured_parts([200, 10], [True, False])
    assert np.flatnonzero(parts[:200] == 0).tolist() == [*range(80, 100)]
    assert set(parts[:200].tolist()) == {SEEN, 0}
    assert SEEN not in parts[200:]
    assert SEEN not in measured_parts([10, 10], [False, False])


def test_the_bundled_corpus_is_what_the_bundled_network_learned_from() -> None:
    files = bundled_corpus(OnnxEncoder(MODELS / "causes" / "network"))
    assert [path.name for path in files] == sorted(path.name for path in CORPUS.glob("*.jsonl"))


def test_a_corpus_that_the_network_did_not_learn_from_is_refused() -> None:
    with pytest.raises(CxtextError, match=r"not what the network learned from; run `python models/causes/build\.py`"):
        bundled_corpus(CueEncoder(CUES))


def test_a_network_that_tells_other_labels_is_refused(small_corpus: list[Path], tmp_path: Path) -> None:
    with pytest.raises(CxtextError, match="tells other labels"):
        train(small_corpus, OnnxEncoder(MODELS / "encoder"), tmp_path)


def test_a_single_file_is_enough(small_corpus: list[Path], tmp_path: Path) -> None:
    joined = tmp_path / "joined.jsonl"
    joined.write_text("".join(path.read_text("utf-8") for path in small_corpus), "utf-8")
    figures = train([joined], CueEncoder(CUES), tmp_path / "model")
    assert figures["documents"] == 60
    assert figures["held_out_primary_accuracy"] > 0.8


def test_files_of_one_name_in_two_folders_are_both_learned_from(small_corpus: list[Path], tmp_path: Path) -> None:
    same = [tmp_path / folder / "corpus.jsonl" for folder in ("one", "two")]
    for path, given in zip(same, small_corpus[:2], strict=True):
        path.parent.mkdir()
        path.write_text(given.read_text("utf-8"), "utf-8")
    documents = sum(len(read_labelled(path)) for path in same)
    assert train(same, CueEncoder(CUES), tmp_path / "model")["documents"] == documents


def test_too_few_documents_and_no_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CxtextError, match="2 documents are too few"):
        train([csv_file(tmp_path, "ok,,none", "bad,,unstated")], CueEncoder(CUES), tmp_path)
    with pytest.raises(CxtextError, match="no labelled file"):
        train([], CueEncoder(CUES), tmp_path)


def test_labelled_rows_are_read_from_csv_and_json_lines(tmp_path: Path) -> None:
    rows = (
        '"rude, and late",employee.negative_attitude|organization.broken_process,employee.negative_attitude',
        "ok,,none",
    )
    first, second = read_labelled(csv_file(tmp_path, *rows))
    assert first.causes == ("employee.negative_attitude", "organization.broken_process")
    assert (second.text, second.causes, second.primary) == ("ok", (), NONE)
    path = tmp_path / "same.jsonl"
    path.write_text('\n{"text": "ok", "causes": [], "primary": "none"}\n')
    assert read_labelled(path) == [second]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("late,organization.late,organization.late", r"row 2: 'organization\.late' is no cause"),
        ("late,organization.broken_process,none", r"row 2: primary is 'none'; make it one of its causes"),
        (
            "late,,organization.broken_process",
            "row 2: primary is 'organization.broken_process'; make it unstated or none",
        ),
        (" ,,none", "row 2: the text is empty"),
    ],
)
def test_faulty_rows_are_named(tmp_path: Path, row: str, fault: str) -> None:
    with pytest.raises(CxtextError, match=fault):
        read_labelled(csv_file(tmp_path, row))


def test_faulty_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("text,primary\nok,none\n")
    with pytest.raises(CxtextError, match=r"labels\.csv: no column causes"):
        read_labelled(path)
    broken = tmp_path / "labels.jsonl"
    broken.write_text('{"text": "ok", "causes": [], "primary": "none"}\n{"text"\n')
    with pytest.raises(CxtextError, match=r"labels\.jsonl: row 2: no JSON"):
        read_labelled(broken)
    broken.write_text('{"text": "ok", "causes": []}\n')
    with pytest.raises(CxtextError, match=r"labels\.jsonl: row 1: 'primary' is missing"):
        read_labelled(broken)
    broken.write_text('["ok"]\n')
    with pytest.raises(CxtextError, match=r"labels\.jsonl: row 1"):
        read_labelled(broken)
    with pytest.raises(CxtextError, match=r"gone\.csv: no such file"):
        read_labelled(tmp_path / "gone.csv")


def corpus() -> list[dict[str, Any]]:
    lines = (line for path in sorted(CORPUS.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines())
    return [json.loads(line) for line in lines]


def test_the_corpus_can_be_read_and_repeats_nothing() -> None:
    documents = [each for path in sorted(CORPUS.glob("*.jsonl")) for each in read_labelled(path)]
    assert len(documents) == len(corpus()) > 20_000
    assert len({" ".join(document.text.lower().split()) for document in documents}) == len(documents)


def test_the_corpus_holds_enough_of_every_label_rule_and_mixture() -> None:
    documents = corpus()
    causes = Counter(cause for document in documents for cause in document["causes"])
    primaries = Counter(document["primary"] for document in documents)
    rules = Counter(rule for document in documents for rule in document["rules"])
    assert min(causes[cause] for cause in CAUSES) > 1000
    assert min(primaries[label] for label in PRIMARIES) > 700
    assert min(rules[rule] for rule in range(1, 21)) > 40
    assert sum(len(document["causes"]) > 1 for document in documents) > len(documents) / 4
    lengths = [len(document["text"].split()) for document in documents]
    assert min(lengths) <= 2
    assert max(lengths) > 200


def test_contrast_pairs_differ_in_their_labels() -> None:
    pairs: dict[str, set[tuple[str, ...]]] = {}
    for document in corpus():
        if "pair" in document:
            pairs.setdefault(document["pair"], set()).add((document["primary"], *sorted(document["causes"])))
    assert len(pairs) > 200
    assert sum(len(labels) > 1 for labels in pairs.values()) > 0.9 * len(pairs)


# --- evaluation


class FixedModel:
    """Always the same verdict."""

    def __init__(self, primary: str, confidence: float = 0.9) -> None:
        causes = [CauseFound(primary, confidence, True, "")] if primary in CAUSES else []
        self.verdict = Verdict(primary, confidence, UNSTATED, causes)

    def predict(self, texts: Sequence[str]) -> list[Verdict]:
        return [self.verdict] * len(texts)


def test_figures_of_a_model_that_always_says_the_same(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "late,organization.broken_process,organization.broken_process", "ok,,none", "hi,,none")
    figures: dict[str, Any] = evaluate_causes(path, FixedModel("organization.broken_process"))
    assert figures["documents"] == 3
    assert figures["primary_accuracy"] == pytest.approx(1 / 3)
    assert figures["coverage"] == 1
    assert figures["calibration_error"] == pytest.approx(0.9 - 1 / 3)
    label = figures["per_label"]["organization.broken_process"]
    assert (label["precision"], label["recall"], label["support"]) == (pytest.approx(1 / 3), 1, 1)
    assert label["f1_low"] <= label["f1"] <= label["f1_high"]
    assert figures["origin_macro_f1"] == pytest.approx(0.5 / 3)
    assert figures["cause_macro_f1"] == pytest.approx(0.5 / 10)


def test_a_review_may_have_short_rows_no_cause_columns_and_be_json(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    path.write_text("text,primary,drawn\nlate,organization.broken_process,random\nnew\n")
    assert [each.causes for each in read_labelled(path)] == [("organization.broken_process",)]
    lines = tmp_path / "review.jsonl"
    lines.write_text('{"text": "ok", "primary": "none", "drawn": "random"}\n{"text": "?", "drawn": "uncertain"}\n')
    assert [each.text for each in read_labelled(lines, drawn="random")] == ["ok"]


def test_of_a_review_the_rows_drawn_at_random_may_be_measured_alone(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    rows = ["a,late,,organization.broken_process,random", "b,odd,,none,uncertain", "c,new,,,random"]
    path.write_text("\n".join(["document_id,text,causes,primary,drawn", *rows]) + "\n")
    model = FixedModel("organization.broken_process")
    assert evaluate_causes(path, model)["primary_accuracy"] == 0.5
    assert evaluate_causes(path, model, drawn="random")["primary_accuracy"] == 1
    with pytest.raises(CxtextError, match="no column drawn"):
        evaluate_causes(csv_file(tmp_path, "ok,,none"), model, drawn="random")


def test_abstaining_does_not_raise_the_score(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "late,organization.broken_process,organization.broken_process", "ok,,none")
    assert evaluate_causes(path, FixedModel(NONE))["origin_macro_f1"] == 0


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CxtextError, match="holds no documents"):
        evaluate_causes(csv_file(tmp_path), FixedModel(NONE))


def test_calibration_error_is_the_gap_between_confidence_and_accuracy() -> None:
    assert calibration_error(np.array([0.75, 0.75, 0.75, 0.75]), np.array([True, True, True, False])) == 0
    assert calibration_error(np.array([1.0, 0.0]), np.array([False, True])) == 1


def test_the_bundled_model_knows_its_own_corpus(model: CauseModel) -> None:
    figures = evaluate_causes(CORPUS / "g.jsonl", model)
    assert figures["origin_macro_f1"] > 0.85
    assert {origin_of(cause) for cause in CAUSES} <= set(figures["per_label"])
