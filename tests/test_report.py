"""The report over literal tables: what it says, what it does on thin nights, and that hostile text stays text."""

import math
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from itertools import islice
from typing import Any

import pandas as pd
import pytest
from markdown_it import MarkdownIt
from report_feed import FACTS, feed_rows, tables

from cxtext.report.charts import line_chart
from cxtext.report.content import build_content
from cxtext.report.intervals import net_promoter, newcombe, wilson
from cxtext.report.markdown import escape, render_markdown
from cxtext.report.page import render_html
from cxtext.report.parts import Content
from cxtext.report.words import chance, percent, plain
from cxtext.tables import PUBLISHED


@pytest.fixture(scope="module")
def content() -> Content:
    return build_content(tables(), FACTS)


@pytest.fixture(scope="module")
def page(content: Content) -> str:
    return render_html(content)


VOID = {"meta", "br", "img", "input", "link", "hr"}


class Reader(HTMLParser):
    """What a browser would make of the page: its text, tags, attributes and nesting."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, text: str) -> None:
        if "style" not in self.open:
            self.text += text + " "


def words_of(text: str) -> list[str]:
    return text.replace(",", " ").replace(";", " ").replace("(", " ").replace(")", " ").split()


def test_the_headline_names_the_theme_that_grew_most_with_its_figures(content: Content) -> None:
    assert content.headline == "“Parcel tracking shows no update” is growing: 51 documents in seven days, 17 expected"
    assert "One theme is new, one came back, one grew, two are fading or resolved" in content.standfirst


def test_three_actions_say_what_how_much_and_who(content: Content) -> None:
    assert [(action.kind, action.label) for action in content.actions] == [
        ("Growing", "Parcel tracking shows no update"),
        ("New", "New app logs customers out"),
        ("Came back", "Charged twice after renewal"),
    ]
    first = content.actions[0]
    assert first.figures.startswith("51 documents in seven days, 17 expected: 3.0 times as many. That was on 9 Jun;")
    assert first.reason == "Broken process is the main cause in 73 of 121 documents of the last four weeks."
    assert first.owner == "Operations"
    assert first.quote


def test_places_left_over_go_to_the_largest_standing_problems() -> None:
    calm = tables()["trends"].assign(is_spike=False)
    found = build_content(tables() | {"theme_events": pd.DataFrame(), "trends": calm}, FACTS)
    assert found.headline == "A quiet night: nothing new, nothing back, nothing above what chance explains"
    assert [action.label for action in found.actions][1] == "Parcel tracking shows no update"
    assert {action.kind for action in found.actions} == {"Standing problem"}
    assert "Thanks for quick help" not in {action.label for action in found.actions}
    assert found.no_turns in render_html(found)
    assert found.no_turns.startswith("Nothing is new, nothing came back")


def test_a_surge_that_was_told_last_week_and_goes_on_is_still_growing() -> None:
    found = build_content(tables() | {"theme_events": pd.DataFrame()}, FACTS)
    growing = next(group for group in found.turns if group.name == "Growing").turns
    assert growing[0].label == "Parcel tracking shows no update"
    assert growing[0].sentence.endswith("the surge goes on.")


def test_turns_carry_the_figures_of_their_events_and_old_ones_are_no_news(content: Content) -> None:
    turns = {group.name: [(turn.label, turn.sentence) for turn in group.turns] for group in content.turns}
    assert turns["New"] == [
        ("New app logs customers out", "17 documents in seven days; 24 of its 26 documents are of the last two weeks.")
    ]
    assert turns["Came back"][0][1].startswith("16 documents in seven days, after it was resolved; none expected.")
    assert "less than once in 1,000 weeks" in turns["Growing"][0][1]
    assert [label for label, _ in turns["Fading or resolved"]] == [
        "How to change a delivery address",
        "Gift card rejected at checkout",
    ]
    assert content.remarks == ("Jacket zip breaks: was called “Zip quality”",)


def test_a_change_is_told_only_where_its_interval_leaves_zero_out(content: Content) -> None:
    changes = {origin.name: origin.change for origin in content.origins}
    assert changes["Customer"] == "down 12 points (8\u00a0to\u00a016)"
    assert changes["Employee"] == "no clear change"
    assert sum(int(origin.documents.replace(",", "")) for origin in content.origins) == 634


def test_the_ten_causes_stand_with_counts_owner_and_a_quotation_each_used_once(content: Content) -> None:
    assert len(content.causes) == 10
    assert content.causes[0].name == "Broken process"
    assert content.causes[0].of_most == 1.0
    quotes = [cause.quote for cause in content.causes if cause.quote]
    assert len(quotes) == len(set(quotes)) > 7


def test_a_theme_shows_its_score_only_with_enough_answers(content: Content) -> None:
    by_label = {theme.label: theme for theme in content.themes}
    assert by_label["Refund takes weeks"].score == "3.5 of 10"
    assert by_label["Refund takes weeks"].score_note.startswith("NPS, n 41")
    assert by_label["Jacket zip breaks"].score == "too few"
    assert len(by_label["Refund takes weeks"].quotes) == 3
    assert by_label["Gift card rejected at checkout"].cause == "no recent document"


def test_nps_is_promoters_minus_detractors_and_csat_the_share_of_fours_and_fives() -> None:
    rows = feed_rows()
    csat = [row | {"score": math.nan} for row in rows]
    frames = tables(csat)
    recent = frames["documents"]["created_at"] >= pd.Timestamp("2025-05-16", tz="UTC")
    frames["documents"].loc[recent, "score_kind"] = "csat"
    frames["documents"].loc[recent, "score"] = [[1.0, 4.0, 5.0, 2.0][index % 4] for index in range(int(recent.sum()))]
    figure = build_content(frames, FACTS).scores[0].figure
    assert (figure.name, figure.value) == ("CSAT, the last four weeks", "50%")
    score = net_promoter(promoters=50, detractors=20, n=100)
    assert score is not None
    assert score.value == pytest.approx(30)
    assert score.low < 30 < score.high


def answers(*groups: tuple[int, dict[str, Any]]) -> list[dict[str, Any]]:
    """Documents of one day, with the given fields."""
    plain_row = next(row for row in feed_rows() if row["theme"] == "T04")
    made = pd.Timestamp("2025-06-10T12:00:00+00:00")
    rows = [fields for n, fields in groups for _ in range(n)]
    return [plain_row | {"document_id": f"a:{index}", "created_at": made} | row for index, row in enumerate(rows)]


def test_a_score_counts_those_who_wrote_no_comment_to_analyse() -> None:
    rows = answers((40, {"score": 10.0, "skipped": "empty", "text": ""}), (20, {"score": 0.0}))
    found = build_content(tables(rows), FACTS)
    assert found.scores[0].figure.value == "33"
    assert "n 60" in found.scores[0].figure.note
    assert found.scores[0].line.points[-1].note == "n 60"
    assert "also of those without a comment to analyse" in dict(found.method)["Scores"]
    silent = build_content(tables(rows[:40]), FACTS)
    assert [figure.value for figure in silent.figures] == ["100"]
    assert "Nothing to report" in render_html(silent)


SCALES = [
    (20, {"score": 5.0, "score_low": 1.0, "score_high": 5.0}),
    (20, {"score": 10.0, "score_low": 1.0, "score_high": 10.0}),
]


@pytest.mark.parametrize(("kind", "value"), [("csat", "100%"), ("stars", "10.0")])
def test_an_answer_is_placed_on_its_own_scale(kind: str, value: str) -> None:
    frames = tables(answers(*((n, fields | {"score_kind": kind}) for n, fields in SCALES)))
    found = build_content(frames, FACTS)
    assert found.scores[0].figure.value == value
    assert found.themes[0].score == "10.0 of 10"


def test_the_report_shows_days_of_the_settings_zone() -> None:
    evening = pd.Timestamp("2025-01-04T03:30:00+00:00")  # half past seven on 3 January in Los Angeles
    frames = tables()
    frames["documents"]["created_at"] = evening
    frames["themes"][["first_seen", "last_seen"]] = evening
    frames["theme_events"] = frames["theme_events"].query("event == 'resolved'").assign(day=date(2025, 1, 3))
    frames["theme_events"]["observed"] = 1.0
    frames["trends"] = frames["trends"].iloc[:0]
    facts = replace(
        FACTS,
        run="2025-01-03",
        timezone="America/Los_Angeles",
        since="2025-01-03T08:00:00+00:00",
        until="2025-01-04T08:00:00+00:00",
        sources=[{"name": "chat", "latest": evening.isoformat()}],
    )
    found = build_content(frames, facts)
    told = Reader(render_html(found)).text + render_markdown(found)
    assert "written from 3 Jan 2025 to 3 Jan 2025" in told
    assert "first seen 3 Jan 2025, last 3 Jan 2025" in told
    assert "3 Jan 2025, 4 hours before the run" in told
    assert "the last one on 3 Jan." in told
    assert told.count("4 Jan") == told.count("to 4 Jan 2025, 00:00")


@pytest.mark.parametrize(
    ("last", "sentence"),
    [
        ("2025-06-13", "None in seven days, 8.2 were usual."),
        ("2025-06-10", "None in seven days, 8.2 were usual."),
        ("2025-05-14", "None in seven days, 8.2 were usual; the last one on 14 May."),
    ],
)
def test_a_resolved_theme_is_not_contradicted_by_documents_that_came_since(last: str, sentence: str) -> None:
    frames = tables()
    frames["themes"].loc[frames["themes"]["theme_id"] == "T08", "last_seen"] = pd.Timestamp(last, tz="UTC")
    calm = next(group for group in build_content(frames, FACTS).turns if group.name == "Fading or resolved").turns
    assert next(turn.sentence for turn in calm if turn.label.startswith("Gift card")) == sentence


@pytest.mark.parametrize(
    ("observed", "expected", "figures"),
    [
        (20, 3.33, "20 documents in seven days, 3.3 expected: 6.1 times as many."),
        (20, 4.0, "20 documents in seven days, 4 expected: 5.0 times as many."),
        (60, 9.97, "60 documents in seven days, 10 expected: 6.0 times as many."),
        (50, 12.5, "50 documents in seven days, 12 expected: 4.2 times as many."),
    ],
)
def test_so_many_times_as_many_follows_from_the_figures_beside_it(observed: int, expected: float, figures: str) -> None:
    frames = tables()
    frames["theme_events"][["observed", "expected"]] = float(observed), expected
    assert build_content(frames, FACTS).actions[0].figures.startswith(figures)


def test_every_row_read_is_accounted_for_and_a_gap_is_a_warning(content: Content) -> None:
    equation = "214 rows read = 171 new documents + 19 updates + 8 duplicates + 4 quarantined + 12 out of window"
    assert content.intake.equation == equation
    assert content.intake.is_balanced
    assert content.intake.warnings == ("Nothing from nps survey in the three days before the run.",)
    gap = build_content(tables(), replace(FACTS, account=FACTS.account | {"duplicates": 7}))
    assert gap.intake.warnings[0] == "The account does not add up: 214 rows read, 213 explained."


def test_the_models_figures_are_shown_as_measured(content: Content) -> None:
    assert ("Origin macro-F1", "0.74") in content.trust.models[0].rows
    assert ("Origin interval", "0.71 to 0.77") in content.trust.models[0].rows
    assert [figure.name for figure in content.trust.figures] == ["Need review", "Mean confidence", "Fit no theme"]


def test_the_page_is_well_formed_with_one_heading_no_script_and_no_address(page: str) -> None:
    reader = Reader(page)
    assert reader.open == []
    names = [tag for tag, _ in reader.tags]
    assert names.count("h1") == names.count("main") == 1
    assert not {"script", "img", "iframe", "link", "form", "object"} & set(names)
    assert "http://" not in page
    assert "https://" not in page
    ids = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {(attributes.get("href") or "#x")[1:] for tag, attributes in reader.tags if tag == "a"}
    assert targets <= set(ids)
    pictures = [attributes for tag, attributes in reader.tags if tag == "svg" and "role" in attributes]
    assert len(pictures) > 20
    assert all(set((picture["aria-labelledby"] or "").split()) <= set(ids) for picture in pictures)


def test_the_same_tables_give_the_same_bytes_in_any_row_order(page: str, content: Content) -> None:
    shuffled = {name: frame.iloc[::-1] for name, frame in tables().items()}
    again = build_content(shuffled, FACTS)
    assert render_html(again) == page
    assert render_markdown(again) == render_markdown(content)


@pytest.mark.parametrize("n", [0, 1, 5])
@pytest.mark.parametrize("scored", [True, False])
def test_a_thin_night_is_told_in_sentences(n: int, scored: bool) -> None:
    rows = [row | ({} if scored else {"score": math.nan}) for row in islice(feed_rows(), n)]
    facts = replace(FACTS, account={}, sources=[], models={}, quarantine={}, since=None)
    found = build_content(tables(rows), facts)
    for text in (Reader(render_html(found)).text, render_markdown(found)):
        assert not {"nan", "NaN", "None", "NaT", "inf", "<NA>"} & set(words_of(text.replace("None in seven", "")))
        assert "No theme has been found yet." in text
    if n == 0:
        assert found.headline == "Nothing to report: there are no documents to analyse"
        assert found.actions == found.origins == found.scores == ()


def test_no_tables_at_all_is_an_empty_report() -> None:
    assert "Nothing to report" in render_html(build_content({}, FACTS))
    assert {table.name for table in PUBLISHED} >= set(tables())


def test_documents_that_were_all_left_out_are_said_to_be_so() -> None:
    rows = [row | {"skipped": "no_meaning"} for row in islice(feed_rows(), 3)]
    found = build_content(tables(rows), FACTS)
    assert found.standfirst.startswith("3 documents on record, all left out of analysis")
    assert ("without meaning (“n/a”, “test”)", "3", "100%") in found.intake.grids[1].rows


def test_a_feed_without_recent_documents_is_reported_whole() -> None:
    later = replace(FACTS, until="2027-01-01T00:00:00+00:00", run="2027-01-01")
    found = build_content(tables(), later)
    assert found.period == "all weeks on record"
    assert sum(int(origin.documents.replace(",", "")) for origin in found.origins) == 1561


def test_neither_rendering_shows_missing_values(page: str, content: Content) -> None:
    for text in (Reader(page).text, render_markdown(content)):
        assert not {"nan", "NaN", "NaT", "inf", "<NA>"} & set(words_of(text))
        assert "None" not in text.replace("None in seven days", "")


HOSTILE = (
    "</blockquote><script>alert(1)</script> <img src=x onerror=alert(2)> \u202eevil\u202c\x00 {{ 7*7 }} "
    "[click](https://evil.example) ![i](http://evil.example/x.png) | a | b |\n# not a heading\n"
    "www.evil.example mail me@evil.example <b>bold</b> `code` **strong** ~~gone~~ &amp; \u2066x\u2069"
)


HOSTILE_NAME = HOSTILE + "\ud800"  # half a character: no table can hold it, but settings and messages can
HOSTILE_FACTS = replace(
    FACTS,
    company=HOSTILE_NAME,
    warnings=[HOSTILE_NAME],
    quarantine={HOSTILE_NAME: 1},
    models={HOSTILE_NAME: {HOSTILE_NAME: HOSTILE_NAME}},
)


def hostile_tables() -> dict[str, pd.DataFrame]:
    frames = tables()
    for name, columns in {
        "documents": ["text", "product", "account_id", "channel", "language"],
        "causes": ["evidence"],
        "themes": ["label", "status"],
        "theme_events": ["note"],
    }.items():
        for column in columns:
            frames[name][column] = pd.Series([HOSTILE] * len(frames[name]), dtype=object)
    frames["themes"]["keywords"] = [[HOSTILE]] * len(frames["themes"])
    return frames


def test_hostile_text_stays_text_on_the_page(page: str) -> None:
    hostile = render_html(build_content(hostile_tables(), HOSTILE_FACTS))
    reader = Reader(hostile)
    assert {tag for tag, _ in reader.tags} <= {tag for tag, _ in Reader(page).tags}
    assert not any(name.startswith("on") for _, attributes in reader.tags for name in attributes)
    assert "{{ 7*7 }}" in reader.text
    assert not {"\u202e", "\u202c", "\u2066", "\x00", "\ud800"} & set(hostile)
    hostile.encode("utf-8")


def test_hostile_text_stays_text_in_markdown(content: Content) -> None:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    reader = Reader(parser.render(render_markdown(build_content(hostile_tables(), HOSTILE_FACTS))))
    harmless = {tag for tag, _ in Reader(parser.render(render_markdown(content))).tags}
    assert {tag for tag, _ in reader.tags} <= harmless
    assert not {"a", "img", "script", "code", "s", "em"} & harmless
    assert "https://" not in reader.text
    assert "www.evil" not in render_markdown(build_content(hostile_tables(), HOSTILE_FACTS))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a | b", "a \\| b"),
        ("<b>", "&lt;b&gt;"),
        ("1. first", "1\\. first"),
        ("- item", "\\- item"),
        ("see https://x.example", "see https: //x\\.example"),
        ("me@x.example", "me\uff20x\\.example"),
        ("£5.95 is fine, really.", "£5.95 is fine, really."),
    ],
)
def test_markdown_escapes_what_is_active_and_nothing_else(text: str, shown: str) -> None:
    assert escape(text) == shown


def test_plain_text_loses_what_cannot_be_seen_and_keeps_what_people_write() -> None:
    assert plain("a\u202eb\u200bc\x07\n d") == "abc d"
    assert plain("Привет, 你好, مرحبا, 👩\u200d🔧") == "Привет, 你好, مرحبا, 👩\u200d🔧"
    assert plain("Z" + "\u0301" * 50) == "Z" + "\u0301" * 3
    assert plain("one two three four", 12) == "one two…"
    assert plain(None) == plain(math.nan) == ""


def test_three_hundred_themes_fit_in_three_hundred_kilobytes() -> None:
    frames = tables()
    long = "A customer writes at some length about the same old problem, <again> and & again. " * 20
    frames["documents"]["text"] = long
    twelve, weeks = frames["themes"], frames["trends"]
    copies = [
        twelve.assign(theme_id=twelve["theme_id"] + f"-{copy}", label=twelve["label"] + f" {copy}")
        for copy in range(24)
    ]
    frames["themes"] = pd.concat([twelve, *copies], ignore_index=True)
    own = weeks[weeks["kind"] == "theme"]
    more = [own.assign(subject=own["subject"] + f"-{copy}") for copy in range(24)]
    frames["trends"] = pd.concat([weeks, *more], ignore_index=True)
    found = build_content(frames, FACTS)
    assert (len(found.themes), len(found.other_themes)) == (20, 280)
    assert len(render_html(found).encode()) < 300_000
    assert len(render_html(build_content(frames, replace(FACTS, top_themes=500))).encode()) < 400_000


def test_intervals_agree_with_published_examples() -> None:
    # Newcombe (1998), Statistics in Medicine 17: 56/70 against 48/80, method 10
    difference = newcombe(wilson(56, 70), wilson(48, 80))
    assert (round(difference.value, 4), round(difference.low, 4), round(difference.high, 4)) == (0.2, 0.0524, 0.3339)
    assert wilson(0, 0).n == 0


def test_a_line_with_one_week_or_with_gaps_can_be_drawn(content: Content) -> None:
    line = content.themes[0].line
    assert line is not None
    assert 'class="line"' not in line_chart(replace(line, points=line.points[:1]), "x")
    gap = replace(line.points[4], value=None, low=None, high=None, expected=None)
    drawn = line_chart(replace(line, points=(*line.points[:4], gap, *line.points[5:])), "x")
    assert drawn.count('class="line"') == 2


@pytest.mark.parametrize(
    ("share", "words"), [(0, "0%"), (0.001, "under 1%"), (0.999, "over 99%"), (math.nan, "–"), (1, "100%")]
)
def test_percentages_never_round_a_few_to_none(share: float, words: str) -> None:
    assert percent(share) == words


def test_chance_is_told_in_words() -> None:
    assert chance(0.02) == "Chance alone would bring so many about once in 50 weeks."
    assert chance(None) == chance(math.nan) == ""


def test_a_first_night_is_a_first_look_and_not_a_row_of_alarms() -> None:
    frames = tables()
    frames["trends"][["baseline", "lower", "upper"]] = math.nan
    found = build_content(frames, FACTS)
    assert found.headline == "A first look at 1,561 documents: too little history to tell what has changed"
    assert {action.kind for action in found.actions} == {"Standing problem"}


def test_a_theme_that_was_merged_is_remarked_on_and_ranked_no_more() -> None:
    frames = tables()
    frames["themes"].loc[frames["themes"]["theme_id"] == "T12", "merged_into"] = "T09"
    found = build_content(frames, FACTS)
    assert found.remarks == ("Jacket zip breaks: was called “Zip quality”",)
    assert "Jacket zip breaks" not in {theme.label for theme in found.themes}


def marked(theme_id: str, **marks: object) -> dict[str, pd.DataFrame]:
    """The feed's tables with what people said of one theme."""
    frames = tables()
    for name, value in marks.items():
        frames["themes"].loc[frames["themes"]["theme_id"] == theme_id, name] = value
    return frames


def test_a_muted_theme_raises_no_alert_and_stands_last(content: Content) -> None:
    found = build_content(marked("T01", is_muted=True), FACTS)
    label = "Parcel tracking shows no update"
    assert label in content.headline
    assert content.actions[0].label == label
    assert content.themes[-1].label != label
    assert label not in found.headline + found.standfirst
    assert label not in {action.label for action in found.actions}
    assert label not in {turn.label for group in found.turns for turn in group.turns}
    assert (found.themes[-1].label, found.themes[-1].marks) == (label, "muted")
    assert found.themes[-1].recent == next(theme.recent for theme in content.themes if theme.label == label)
    assert found.muted == "One theme was muted: it is counted, stands last, and raises no alert."
    assert found.muted in Reader(render_html(found)).text
    assert found.muted in render_markdown(found)


def test_a_muted_standing_problem_is_no_action(content: Content) -> None:
    frames = marked("T04", is_muted=True)
    frames["theme_events"] = frames["theme_events"].head(0)
    frames["trends"]["is_spike"] = False
    assert "Refund takes weeks" not in {action.label for action in build_content(frames, FACTS).actions}
    frames["themes"]["is_muted"] = False
    assert "Refund takes weeks" in {action.label for action in build_content(frames, FACTS).actions}
    assert content.muted == ""


@pytest.mark.parametrize(
    ("marks", "words"),
    [
        ({"is_curated": True}, "edited"),
        ({"is_curated": True, "is_pinned": True}, "pinned"),
        ({"is_curated": True, "is_pinned": True, "is_muted": True}, "pinned, muted"),
        ({}, ""),
    ],
)
def test_what_people_said_of_a_theme_stands_beside_its_status(marks: dict[str, bool], words: str) -> None:
    found = build_content(marked("T04", **marks), FACTS)
    theme = next(theme for theme in found.themes if theme.label == "Refund takes weeks")
    assert theme.marks == words
    assert ", ".join(filter(None, ("recurring", words))) in render_markdown(found)


def test_tables_that_tell_of_no_pins_and_mutes_are_read(content: Content) -> None:
    frames = tables()
    frames["themes"] = frames["themes"].drop(columns=["is_pinned", "is_muted"])
    assert build_content(frames, FACTS) == content


@pytest.mark.parametrize("event", ["merged", "split", "renamed"])
def test_merges_splits_and_new_names_are_remarked_on_and_nowhere_promised(event: str, content: Content) -> None:
    frames = tables()
    frames["theme_events"].loc[frames["theme_events"]["event"] == "renamed", "event"] = event
    assert build_content(frames, FACTS).remarks == ("Jacket zip breaks: was called “Zip quality”",)
    told = Reader(render_html(replace(content, remarks=()))).text + render_markdown(replace(content, remarks=()))
    assert not {"split", "renamed"} & set(words_of(told.lower()))
