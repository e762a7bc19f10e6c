"""The user's own taxonomy: what its file may say, how documents get their causes by it, and what the figures become."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cxtext.cause_settings import load_taxonomy
from cxtext.causes import (
    LABELS,
    ORIGIN_COLUMNS,
    PRIMARY_COLUMNS,
    CauseFound,
    CauseModel,
    Decision,
    Floats,
    Verdict,
    fold,
    heirs_of,
)
from cxtext.compare_causes import difference
from cxtext.encode import OnnxEncoder
from cxtext.errors import CxtextError
from cxtext.evaluate.causes import evaluate_causes
from cxtext.judge import Judge
from cxtext.label_files import Labelled, read_labelled
from cxtext.subcauses import Usual, fit_rule
from cxtext.tables import TAXONOMY, to_frame
from cxtext.taxonomy import CAUSES, NONE, ORIGINS, STANDARD, UNSTATED, Taxonomy, stored_taxonomy

ROOT = Path(__file__).parents[1]
MODELS = ROOT / "models"
EXAMPLE = ROOT / "examples" / "taxonomy" / "causes.toml"

PROCESS, DESIGN = "organization.broken_process", "organization.product_design"
PROMISE, TRAINING, POWER = (
    "employee.process_not_followed",
    "employee.lack_of_training",
    "employee.lack_of_empowerment",
)
BILLING, OUTAGES, AROUND = "organization.billing_errors", "organization.outages", "employee.handed_around"

BILLING_ENTRY = """
[[cause]]
key = "organization.billing_errors"
part_of = "organization.broken_process"
name = "Billing errors"
definition = "The bill or the charge is wrong."
examples = ["I was charged twice.", "My bill is too high.", "The invoice has a fee that I never agreed to."]
"""

WriteTaxonomy = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> WriteTaxonomy:
    def write_file(text: str) -> Path:
        path = tmp_path / "causes.toml"
        path.write_text(text, "utf-8")
        return path

    return write_file


# --- the file


def test_without_entries_the_taxonomy_is_the_standard_one(write: WriteTaxonomy) -> None:
    assert load_taxonomy(write("")) == STANDARD


def test_an_added_cause_stands_after_the_ten_and_takes_the_owner_of_what_it_refines(write: WriteTaxonomy) -> None:
    taxonomy = load_taxonomy(write(BILLING_ENTRY))
    assert taxonomy.keys == (*CAUSES, BILLING)
    assert taxonomy.name_of(BILLING) == "Billing errors"
    assert taxonomy.owner_of(BILLING) == "operations"
    assert [cause.part_of for cause in taxonomy.added] == [PROCESS]


def test_a_renamed_cause_keeps_its_key_and_its_rule(write: WriteTaxonomy) -> None:
    taxonomy = load_taxonomy(write(f'[[renamed]]\nkey = "{PROCESS}"\nname = "Things that went wrong"'))
    assert taxonomy.keys == tuple(CAUSES)
    assert taxonomy.name_of(PROCESS) == "Things that went wrong"
    assert taxonomy.rules == STANDARD.rules


def test_a_dropped_cause_is_no_cause_any_more(write: WriteTaxonomy) -> None:
    taxonomy = load_taxonomy(write(f'[[dropped]]\nkey = "{TRAINING}"\ninto = "{PROMISE}"'))
    assert TRAINING not in taxonomy.keys
    assert taxonomy.into == {TRAINING: PROMISE}
    assert taxonomy.rules[PROMISE] != STANDARD.rules[PROMISE]


def entry(**changes: str) -> str:
    lines = dict(line.split(" = ", 1) for line in BILLING_ENTRY.strip().splitlines()[1:])
    return "[[cause]]\n" + "\n".join(f"{key} = {value}" for key, value in (lines | changes).items())


FAULTS = {
    "an unknown origin": (entry(key='"company.billing"'), r"1 \(company\.billing\): 'company' is no origin"),
    "no word behind it": (entry(key='"organization"'), "a key is an origin, a dot, and a word"),
    "a standard key": (entry(key=f'"{PROCESS}"'), "is one of the ten standard causes"),
    "the same key twice": (BILLING_ENTRY + entry(name='"Bills"'), r"\[\[cause\]\] 2 .*a second \[\[cause\]\]"),
    "the same name twice": (entry(name='"broken process"'), "is called 'broken process', as organization"),
    "part of what is unknown": (entry(part_of='"organization.bills"'), "part_of: 'organization.bills' is no standard"),
    "part of another origin": (entry(part_of=f'"{PROMISE}"'), f"part_of: {PROMISE} has another origin; use {DESIGN}"),
    "too few examples": (entry(examples='["One.", "Two.", "one."]'), "2 different examples are too few; give"),
    "an unknown setting": (entry(parent=f'"{PROCESS}"'), r"cause\.1\.parent: unknown setting"),
    "no definition": (entry(definition='" "'), r"cause\.1\.definition"),
    "a rename of nothing": ('[[renamed]]\nkey = "organization.bills"\nname = "Bills"', r"renamed\]\] 1 .*no standard"),
    "a drop of nothing": ('[[dropped]]\nkey = "organization.bills"', r"\[\[dropped\]\] 1 .*only those are dropped"),
    "a drop of what others refine": (
        f'{BILLING_ENTRY}[[dropped]]\nkey = "{PROCESS}"',
        rf"\[\[cause\]\] 1 \({BILLING}\): is part of {PROCESS}, which \[\[dropped\]\] takes away",
    ),
    "a drop into itself": (f'[[dropped]]\nkey = "{TRAINING}"\ninto = "{TRAINING}"', "goes into itself"),
    "a drop into another origin": (f'[[dropped]]\nkey = "{TRAINING}"\ninto = "{PROCESS}"', "no standard cause of"),
    "a drop into what is dropped": (
        f'[[dropped]]\nkey = "{TRAINING}"\ninto = "{POWER}"\n[[dropped]]\nkey = "{POWER}"',
        rf"\[\[dropped\]\] 1 \({TRAINING}\): into: {POWER} is dropped, too",
    ),
    "a drop of a whole origin": (
        "".join(f'[[dropped]]\nkey = "{cause}"\n' for cause in CAUSES if cause.startswith("customer.")),
        "every cause of the origin customer would be dropped",
    ),
    "a rename of what is dropped": (
        f'[[renamed]]\nkey = "{POWER}"\nname = "Powerless"\n[[dropped]]\nkey = "{POWER}"',
        rf"\[\[renamed\]\] 1 \({POWER}\): is dropped, too",
    ),
    "no TOML": ("[[cause", "not valid TOML"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_what_the_file_gets_wrong_is_told_with_file_and_entry(fault: str, write: WriteTaxonomy) -> None:
    text, message = FAULTS[fault]
    with pytest.raises(CxtextError, match=message) as error:
        load_taxonomy(write(text))
    assert "causes.toml: " in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CxtextError, match=r"gone\.toml: cannot be read"):
        load_taxonomy(tmp_path / "gone.toml")


def test_the_table_of_a_run_tells_names_owners_and_rules_and_no_example() -> None:
    taxonomy = load_taxonomy(EXAMPLE)
    rows = to_frame(TAXONOMY.conform(frame_of(taxonomy))).to_dict("records")
    stored = stored_taxonomy(rows)
    assert stored.rules == taxonomy.rules
    assert {cause.key: (cause.name, cause.owner, cause.part_of) for cause in stored.causes} == {
        cause.key: (cause.name, cause.owner, cause.part_of) for cause in taxonomy.causes
    }
    assert not any(example in str(rows) for cause in taxonomy.added for example in cause.examples)


def test_a_run_without_that_table_had_the_standard_taxonomy() -> None:
    assert stored_taxonomy([]) == STANDARD


def test_other_examples_are_another_rule_and_another_name_is_not(write: WriteTaxonomy) -> None:
    before = load_taxonomy(write(BILLING_ENTRY)).rules
    assert load_taxonomy(write(entry(name='"Bills"'))).rules == before
    assert load_taxonomy(write(entry(examples='["Charged twice!", "Two.", "Three."]'))).rules != before


def frame_of(taxonomy: Taxonomy) -> Any:
    import pandas as pd

    return pd.DataFrame(taxonomy.rows())


# --- dropped causes: their scores go over before anything is decided


def scores_of(**given: float) -> Floats:
    """Scores .05 everywhere but for those given: cause or origin (dots as __), or primary__cause."""
    scores = np.full(len(LABELS), 0.05, np.float32)
    for name, score in given.items():
        key = name.removeprefix("primary__").replace("__", ".")
        is_primary = name.startswith("primary__") or key in (UNSTATED, NONE)
        scores[LABELS.index(key, PRIMARY_COLUMNS.start if is_primary else 0)] = score
    return scores


DECISION = Decision(dict.fromkeys(CAUSES, 0.35) | dict.fromkeys(ORIGINS, 0.4), {}, 0.6)


def test_two_halves_of_a_main_cause_are_one_when_one_of_them_is_dropped() -> None:
    scores = scores_of(
        employee=0.9, employee__lack_of_training=0.37, employee__process_not_followed=0.34,
        employee__negative_attitude=0.36, primary__employee__lack_of_training=0.3,
        primary__employee__process_not_followed=0.25, primary__employee__negative_attitude=0.4,
    )  # fmt: skip
    assert DECISION.decide(scores)[0] == "employee.negative_attitude"
    primary, runner_up, found = DECISION.decide(fold(scores, heirs_of(scores, {TRAINING: PROMISE})))
    assert (primary, runner_up) == (PROMISE, "employee.negative_attitude")
    assert found == [PROMISE, "employee.negative_attitude"]


def test_without_a_named_heir_the_likeliest_cause_of_the_origin_takes_over() -> None:
    scores = scores_of(
        employee__lack_of_training=0.8, employee__negative_attitude=0.3, organization__broken_process=0.9
    )
    assert heirs_of(scores, {TRAINING: None}) == {TRAINING: "employee.negative_attitude"}
    assert heirs_of(scores, {TRAINING: None, "employee.negative_attitude": None})[TRAINING] in (PROMISE, POWER)


def test_a_dropped_cause_is_never_named_even_where_nothing_else_is_likely() -> None:
    scores = np.zeros(len(LABELS), np.float32)
    scores[ORIGIN_COLUMNS] = 0.9
    dropped = {cause: None for cause in CAUSES if cause not in (PROCESS, PROMISE, "customer.user_error")}
    primary, runner_up, found = DECISION.decide(fold(scores, heirs_of(scores, dropped)))
    assert not {primary, runner_up, *found} & set(dropped)


def test_scores_stay_as_they_are_where_nothing_is_dropped() -> None:
    scores = scores_of(organization=0.9)
    assert fold(scores, {}) is scores


# --- added causes: by likeness to their examples


class WordModel:
    """Finds broken processes by the word `wrong`, weak design by the word `poor`, and nothing else."""

    name = "words"

    def predict(self, texts: Sequence[str], *, dropped: Mapping[str, str | None] | None = None) -> list[Verdict]:
        return [self._verdict(text) for text in texts]

    def _verdict(self, text: str) -> Verdict:
        causes = [cause for word, cause in (("wrong", PROCESS), ("poor", DESIGN)) if word in text]
        found = [CauseFound(cause, 0.8, cause == causes[0], text) for cause in causes]
        return Verdict(causes[0] if causes else NONE, 0.8, UNSTATED, found)


WORDS = ("bill", "parcel", "seat", "room", "late", "cold", "wrong", "poor")


def encode(texts: Sequence[str]) -> Floats:
    """Unit vectors of which words a text has; one without any points to a place of its own."""
    rows = np.array([[float(word in text) for word in WORDS] + [0.3] for text in texts], np.float32).reshape(-1, 9)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    things = ("parcel", "seat", "room", "late", "cold", "")
    rows = [
        f'{{"text": "{word} {one} {other}", "causes": ["{cause}"], "primary": "{cause}"}}\n'
        for word, cause in (("wrong", PROCESS), ("poor", DESIGN))
        for one in things
        for other in things
    ]
    (folder / "a.jsonl").write_text("".join(rows), "utf-8")
    return folder


def judge_of(path: Path, corpus: Path) -> Judge:
    return Judge(WordModel(), load_taxonomy(path), encode, corpus)


BILLS = 'examples = ["wrong bill", "bill, wrong", "wrong poor bill"]\ndefinition = "wrong bill"\nname = "Bills"'


def test_the_sub_cause_stands_in_the_place_of_the_cause_that_it_refines(write: WriteTaxonomy, corpus: Path) -> None:
    path = write(f'[[cause]]\nkey = "{BILLING}"\npart_of = "{PROCESS}"\n{BILLS}')
    bill, parcel, thanks = judge_of(path, corpus).predict(["the bill is wrong", "the parcel is wrong", "thanks, bill"])
    (found,) = bill.causes
    assert (bill.primary, found.cause, found.standard_cause, found.is_primary) == (BILLING, BILLING, PROCESS, True)
    assert 0.4 <= found.confidence < 0.8
    assert bill.confidence == pytest.approx(found.confidence)
    assert (parcel.primary, parcel.causes[0].standard_cause, parcel.confidence) == (PROCESS, PROCESS, 0.8)
    assert (thanks.primary, thanks.causes) == (NONE, [])


def test_only_the_cause_that_it_is_part_of_gives_way(write: WriteTaxonomy, corpus: Path) -> None:
    path = write(f'[[cause]]\nkey = "{BILLING}"\npart_of = "{DESIGN}"\n{BILLS}')
    (verdict,) = judge_of(path, corpus).predict(["the bill is wrong"])
    assert verdict.primary == PROCESS


def test_without_part_of_any_cause_of_the_origin_gives_way_but_only_one(write: WriteTaxonomy, corpus: Path) -> None:
    path = write(f'[[cause]]\nkey = "{BILLING}"\n{BILLS}')
    judge = judge_of(path, corpus)
    one, both = judge.predict(["poor bill", "poor bill, wrong bill"])
    assert [(found.cause, found.standard_cause) for found in one.causes] == [(BILLING, DESIGN)]
    assert {found.standard_cause for found in both.causes} == {PROCESS, DESIGN}
    assert sum(found.cause == BILLING for found in both.causes) == 1


def test_what_found_a_cause_is_told(write: WriteTaxonomy, corpus: Path) -> None:
    judge = judge_of(write(f'[[cause]]\nkey = "{BILLING}"\npart_of = "{PROCESS}"\n{BILLS}'), corpus)
    bill, parcel = judge.predict(["the bill is wrong", "the parcel is wrong"])
    assert (judge.method(bill.causes[0]), judge.method(parcel.causes[0])) == ("words+examples", "words")


def test_a_missing_corpus_is_named_only_where_it_is_needed(write: WriteTaxonomy, tmp_path: Path) -> None:
    assert judge_of(write(""), tmp_path / "gone").predict(["the bill is wrong"])[0].primary == PROCESS
    with pytest.raises(CxtextError, match=r"gone: holds no documents of organization\.broken"):
        judge_of(write(entry()), tmp_path / "gone").predict(["the bill is wrong"])


def test_examples_that_are_not_like_each_other_find_next_to_nothing() -> None:
    noise = np.random.default_rng(7).normal(size=(400, 20)).astype(np.float32)
    usual = Usual.of(noise / np.linalg.norm(noise, axis=1, keepdims=True))
    apart, alike = np.eye(20, dtype=np.float32)[:3], np.eye(20, dtype=np.float32)[[0, 0, 0]]
    assert fit_rule("x", apart, np.eye(20, dtype=np.float32)[3], usual).found_again == 0
    assert fit_rule("x", alike, np.eye(20, dtype=np.float32)[0], usual).found_again == 3


def test_at_the_limit_odds_are_even_and_at_the_examples_three_to_one(corpus: Path) -> None:
    usual = Usual.of(encode([each.text for each in read_labelled(corpus / "a.jsonl")]))
    rule = fit_rule("x", encode(["wrong bill", "bill, wrong", "bill wrong again"]), encode(["wrong bill"])[0], usual)
    assert rule.probability(rule.limit) == pytest.approx(0.5)
    assert rule.probability(rule.limit + rule.rise) == pytest.approx(0.75, abs=0.01)


# --- with the bundled model


@cache
def bundled() -> Judge:
    encoder = OnnxEncoder(MODELS / "encoder")
    known: dict[str, Floats] = {}

    def encode_once(texts: Sequence[str]) -> Floats:
        fresh = [text for text in dict.fromkeys(texts) if text not in known]
        known.update(zip(fresh, encoder.encode(fresh), strict=True))
        return np.array([known[text] for text in texts], np.float32)

    model = CauseModel.load(MODELS / "causes", OnnxEncoder(MODELS / "causes" / "network"))
    return Judge(model, load_taxonomy(EXAMPLE), encode_once, MODELS / "causes" / "corpus")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "primary"),
    [
        ("You billed me twice in April and nobody refunded it.", BILLING),
        ("I cancelled my contract in June, and you keep charging my card.", BILLING),
        ("The broadband has been dead since Monday.", OUTAGES),
        ("The agent put me through to four different teams and then hung up.", AROUND),
        ("The parcel arrived broken.", PROCESS),
        ("My refund is still missing after three weeks.", PROCESS),
        ("My room was dirty and the heating did not work.", PROCESS),
        ("She was so rude and laughed at me.", "employee.negative_attitude"),
        ("The agent wanted to help but was not allowed to give me a refund.", PROMISE),
        ("How do I change the address on my account?", "customer.instructions_not_read"),
        ("Thank you, wonderful service from start to finish", NONE),
    ],
)
def test_plain_texts_get_their_cause_by_the_example(text: str, primary: str) -> None:
    assert bundled().predict([text])[0].primary == primary


@pytest.mark.slow
def test_a_dropped_cause_is_named_nowhere_and_documents_stay_as_dissatisfied_as_they_were() -> None:
    texts = [each.text for each in read_labelled(MODELS / "causes" / "corpus" / "a.jsonl")[::5]]
    own, standard = (bundled().model.predict(texts, dropped=dropped) for dropped in ({POWER: PROMISE}, {}))
    assert any(POWER in [found.cause for found in verdict.causes] for verdict in standard)
    for verdict, before in zip(own, standard, strict=True):
        assert POWER not in {verdict.primary, verdict.runner_up, *(found.cause for found in verdict.causes)}
        assert (verdict.primary == NONE) == (before.primary == NONE)


@pytest.mark.slow
def test_the_examples_of_the_example_find_each_other() -> None:
    for rule in bundled().rules.values():
        assert rule.found_again * 2 > len(rule.left_out), rule.cause


# --- measuring and comparing


def labelled_file(folder: Path, *rows: str) -> Path:
    path = folder / "labelled.csv"
    path.write_text("\n".join(("text,causes,primary", *rows)), "utf-8")
    return path


def test_labels_name_the_taxonomys_causes_and_figures_cover_them(
    tmp_path: Path, corpus: Path, write: WriteTaxonomy
) -> None:
    judge = judge_of(write(f'[[cause]]\nkey = "{BILLING}"\npart_of = "{PROCESS}"\n{BILLS}'), corpus)
    path = labelled_file(tmp_path, f"the bill is wrong,{BILLING},{BILLING}", f"the seat is wrong,{PROCESS},{PROCESS}")
    assert read_labelled(path, judge.taxonomy.keys)[0] == Labelled("the bill is wrong", (BILLING,), BILLING)
    figures = evaluate_causes(path, judge, judge.taxonomy)
    assert figures["primary_accuracy"] == 1
    assert figures["per_label"][BILLING]["f1"] == 1
    assert figures["cause_macro_f1"] == pytest.approx(2 / 11)
    with pytest.raises(CxtextError, match=f"row 2: '{BILLING}' is no cause"):
        read_labelled(path)


def test_what_moved_is_counted_from_where_to_where() -> None:
    taxonomy = load_taxonomy(EXAMPLE)
    plain = Verdict(PROCESS, 0.8, NONE, [CauseFound(PROCESS, 0.8, True, "x")])
    refined = replace(plain, primary=BILLING, causes=[CauseFound(BILLING, 0.7, True, "x", PROCESS)])
    powerless = Verdict(POWER, 0.8, NONE, [CauseFound(POWER, 0.8, True, "x"), CauseFound(PROCESS, 0.5, False, "x")])
    folded = replace(powerless, primary=PROMISE, causes=[CauseFound(PROMISE, 0.8, True, "x"), powerless.causes[1]])
    told = difference([plain, plain, plain, powerless], [refined, refined, plain, folded], taxonomy)
    assert told["moved"] == [
        {"from": PROCESS, "to": BILLING, "documents": 2},
        {"from": POWER, "to": PROMISE, "documents": 1},
    ]
    assert told["primaries_changed"] == 3
    counts = {row["cause"]: (row["standard"], row["own"]) for row in told["causes"]}
    assert (counts[PROCESS], counts[BILLING], counts[POWER], counts[PROMISE]) == ((4, 2), (None, 2), (1, None), (0, 1))


def test_the_file_that_the_documentation_shows_is_one(write: WriteTaxonomy) -> None:
    page = (ROOT / "docs" / "taxonomy.md").read_text("utf-8")
    (block,) = [block for block in page.split("```") if "[[cause]]" in block and block.startswith("toml\n")]
    taxonomy = load_taxonomy(write(block.removeprefix("toml\n")))
    assert [cause.key for cause in taxonomy.added] == [BILLING]
    assert taxonomy.into == {POWER: PROMISE}
