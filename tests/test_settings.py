"""Settings: every fault is one line that says file, key and what to do."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cxtext.errors import CxtextError
from cxtext.settings import Score, load_settings

SOURCE = """
[[sources]]
name = "tickets"
kind = "csv"
path = "tickets.csv"
columns = { text = "text", created_at = "at" }
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "cxtext.toml"
    path.write_text(text, "utf-8")
    return path


def fault(folder: Path, text: str) -> str:
    """The error of a settings file, without the file's name; it must be one line that begins with that name."""
    path = written(folder, text)
    with pytest.raises(CxtextError) as raised:
        load_settings(path)
    message = str(raised.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message.removeprefix(f"{path}: ")


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, ""))
    assert (settings.timezone, settings.languages, settings.sources) == ("UTC", ["en"], [])
    assert settings.root == (tmp_path / "cxtext-data").resolve()


def test_a_section_named_cxtext_is_the_same_as_the_top(tmp_path: Path) -> None:
    assert load_settings(written(tmp_path, '[cxtext]\ncompany = "Tidewell"')).company == "Tidewell"


def test_a_file_of_windows_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "cxtext.toml"
    path.write_bytes('company = "Tidewell"\r\n'.encode("utf-8-sig"))
    assert load_settings(path).company == "Tidewell"


def test_paths_are_relative_to_the_file_and_not_to_where_one_stands(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, 'data_root = "../data"'))
    assert settings.root == (tmp_path.parent / "data").resolve()
    assert settings.resolve("feed.csv") == tmp_path.resolve() / "feed.csv"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('compny = "x"', "compny"),
        ("[themes]\nmin_docs = 3", "themes.min_docs"),
        (SOURCE + 'delimeter = ";"', "sources.1.delimeter"),
        (SOURCE + SOURCE.replace('"tickets"', '"chats"') + "sheets = 1", "sources.2.sheets"),
        ('base = "/tmp"', "base"),
        ("cxtext = 3", "cxtext"),
        ('"a\\nb" = 3', "a b"),
    ],
)
def test_an_unknown_key_is_named_with_its_section(tmp_path: Path, text: str, key: str) -> None:
    assert fault(tmp_path, text) == f"{key}: unknown setting; check its spelling and the section it stands in"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "Europe", "", "../etc/passwd", "a" * 300])
def test_a_wrong_zone_is_answered_with_the_form_of_a_right_one(tmp_path: Path, zone: str) -> None:
    assert fault(tmp_path, f'timezone = "{zone}"').endswith("use a name like 'Europe/London' or 'UTC'")
    assert fault(tmp_path, SOURCE + f'timezone = "{zone}"').startswith("sources.1.timezone: unknown time zone")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('columns.score = "rating"', "not valid TOML"),
        ('encoding = "utf8859"', "sources.1.encoding: unknown encoding 'utf8859'"),
        ('encoding = "base64"', "sources.1.encoding: unknown encoding 'base64'"),
        ('delimiter = ";;"', "sources.1.delimiter: "),
        ('score = { kind = "smileys" }', "sources.1.score.kind: Input should be 'csat', 'nps', 'ces' or 'stars'"),
        (
            'score = { kind = "nps", low = 5, high = 1 }',
            "sources.1.score: the scale's low, 5, is not below its high, 1",
        ),
    ],
)
def test_a_wrong_line_of_a_source_is_named(tmp_path: Path, line: str, expected: str) -> None:
    assert fault(tmp_path, SOURCE + line).startswith(expected)


def test_a_score_column_without_a_scale_says_what_to_add(tmp_path: Path) -> None:
    text = SOURCE.replace("created_at", 'score = "rating", created_at')
    assert fault(tmp_path, text).startswith(
        "sources.1: columns.score is set, but its scale is not: add [sources.score]"
    )


@pytest.mark.parametrize("columns", ['text = [], created_at = "at"', 'text = 3, created_at = "at"', 'text = ["a", 1]'])
def test_columns_are_names(tmp_path: Path, columns: str) -> None:
    text = SOURCE.replace('text = "text", created_at = "at"', columns)
    assert fault(tmp_path, text).startswith("sources.1.columns.text: must be the name of a column, or a list of such")


def test_two_sources_of_one_name_are_refused(tmp_path: Path) -> None:
    expected = "sources: two sources are called 'tickets'; every source needs a name of its own"
    assert fault(tmp_path, SOURCE + SOURCE) == expected


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    assert fault(tmp_path, SOURCE.replace("columns = ", "# ")) == "sources.1.columns: is missing; add it"


def test_a_file_that_is_not_toml_says_where(tmp_path: Path) -> None:
    assert fault(tmp_path, "company =\n").startswith("not valid TOML: Invalid value (at line 1")


def test_a_file_in_another_encoding_is_not_toml(tmp_path: Path) -> None:
    path = tmp_path / "cxtext.toml"
    path.write_bytes('company = "Café"'.encode("cp1252"))
    with pytest.raises(CxtextError, match="not valid TOML"):
        load_settings(path)


def test_a_missing_file_and_a_folder_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CxtextError, match="no such settings file; name one with --config or try `cxtext demo`"):
        load_settings(tmp_path / "nowhere.toml")
    with pytest.raises(CxtextError, match="is a folder; name the settings file inside it"):
        load_settings(tmp_path)


KNOWN = """
[[themes.known]]
name = "Engineer did not come"
examples = ["nobody came for the service visit", "waited in all day"]
"""


def test_a_known_problem_has_a_name_and_examples_or_a_description(tmp_path: Path) -> None:
    text = KNOWN + '[[themes.known]]\nname = "  Charged   twice "\ndescription = "The same payment was taken twice."'
    first, second = load_settings(written(tmp_path, text)).themes.known
    assert (first.name, first.description, len(first.examples)) == ("Engineer did not come", None, 2)
    assert (second.name, second.examples) == ("Charged twice", [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '[[themes.known]]\nname = "Charged twice"',
            "themes.known.2: 'Charged twice' has neither a description nor examples; add one of them, or both",
        ),
        (
            KNOWN.replace("Engineer", "ENGINEER"),
            "themes.known: two known problems are called 'ENGINEER did not come'; every one needs a name of its own",
        ),
        ('[[themes.known]]\nexamples = ["x"]', "themes.known.2.name: is missing; add it"),
        (
            '[[themes.known]]\nname = "x"\nexamples = ["y"]',
            "themes.known.2.name: String should have at least 2 characters",
        ),
        (
            f'[[themes.known]]\nname = "{81 * "x"}"\nexamples = ["y"]',
            "themes.known.2.name: String should have at most 80 characters",
        ),
        (
            '[[themes.known]]\nname = "Leak"\nexamples = ["water", " "]',
            "themes.known.2.examples.2: String should have at least 1 character",
        ),
        (
            '[[themes.known]]\nname = "Leak"\nexample = "water"',
            "themes.known.2.example: unknown setting; check its spelling and the section it stands in",
        ),
    ],
)
def test_a_known_problem_that_is_wrong_is_named(tmp_path: Path, text: str, expected: str) -> None:
    assert fault(tmp_path, KNOWN + text) == expected


def test_a_language_is_a_code_of_two_letters(tmp_path: Path) -> None:
    # `english` would mark every document as foreign
    assert fault(tmp_path, 'languages = ["english"]').startswith("languages.1: ")


def test_several_faults_are_counted(tmp_path: Path) -> None:
    assert fault(tmp_path, '[themes]\nmin_documents = 1\nseed = "x"').endswith("(and 1 more)")


def test_a_scale_is_the_kinds_own_unless_it_is_given() -> None:
    assert Score(kind="nps").range == (0, 10)
    assert Score(kind="csat", high=7).range == (1, 7)
    assert Score(kind="csat", low=0).range == (0, 5)


def test_a_day_ends_at_midnight_of_its_zone_in_summer_and_winter(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, 'timezone = "Europe/London"'))
    assert settings.day_end("2026-01-15") == datetime(2026, 1, 16, tzinfo=UTC)
    assert settings.day_end("2026-07-15") == datetime(2026, 7, 15, 23, tzinfo=UTC)
    assert settings.day_end("2026-03-29").astimezone(UTC) == datetime(2026, 3, 29, 23, tzinfo=UTC)
