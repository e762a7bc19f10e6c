"""A text's sentences are exact substrings of it, in order."""

import pytest

from cxtext.sentences import MAX_WORDS, split_sentences


def test_sentences_end_at_full_stops_questions_and_cries() -> None:
    text = "It broke. Why? Nobody knows!  Send a new one"
    assert split_sentences(text) == ["It broke.", "Why?", "Nobody knows!", "Send a new one"]


def test_titles_and_abbreviations_end_no_sentence() -> None:
    assert split_sentences("I spoke to Mr. Shah. He rang off.") == ["I spoke to Mr. Shah.", "He rang off."]


def test_amounts_and_versions_end_no_sentence() -> None:
    assert split_sentences("It cost 3.50 and needs version 2.1 now") == ["It cost 3.50 and needs version 2.1 now"]


def test_writing_without_capitals_has_sentences_too() -> None:
    assert split_sentences("it broke. why? i waited... and waited") == ["it broke.", "why?", "i waited... and waited"]


def test_lines_are_sentences() -> None:
    assert split_sentences("hello\n\nno reply since may\r\nthanks") == ["hello", "no reply since may", "thanks"]


def test_placeholders_may_begin_a_sentence() -> None:
    assert split_sentences("It rang. [PERSON_1] hung up.") == ["It rang.", "[PERSON_1] hung up."]


def test_long_runs_without_full_stops_are_cut_at_clauses() -> None:
    text = ", and then ".join(["i waited in the queue for an hour with my two kids"] * 5)
    sentences = split_sentences(text)
    assert len(sentences) == 5
    assert all(len(sentence.split()) <= MAX_WORDS for sentence in sentences)


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
def test_blank_texts_have_none(text: str) -> None:
    assert split_sentences(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "No. No. NO!! 'Never again.' (Really.) Bye",
        "ok",
        "...",
        "a\nb. C? d",
        'He said "wait." Then he left…  So I left',
    ],
)
def test_sentences_are_substrings_in_order_that_leave_out_only_white_space(text: str) -> None:
    position = 0
    for sentence in split_sentences(text):
        start = text.index(sentence, position)
        assert not text[position:start].strip()
        assert sentence == sentence.strip()
        position = start + len(sentence)
    assert not text[position:].strip()
