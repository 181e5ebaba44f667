"""The same grammar over text: words and phrases stand alone where a vocabulary says so."""

from __future__ import annotations

import pytest

from spokes.audiences.language import (
    And,
    ExpressionErrors,
    Field,
    Term,
    Vocabulary,
    check,
    format_expression,
    parse,
)
from spokes.audiences.language.predicate import compile_predicate
from spokes.audiences.language.query import build_query
from spokes.audiences.language.vocabulary import Meaning


def texts_of(name):
    return Field(
        name,
        "What a text says.",
        f"{name}:x",
        lambda texts: {text: Meaning(text, text, text) for text in texts},
        lambda value: lambda said: str(value) in said,
        lambda value: build_query(Term("text", str(value), value), LISTENING),
    )


LISTENING = Vocabulary([texts_of("text"), texts_of("author")], bare="text", text="text")


def said(text):
    return Term("text", text, text, text)


def test_a_bare_word_and_a_phrase_are_read():
    tree = parse('beyoncé AND ("new album" OR tour) AND NOT author:bot', LISTENING)
    assert isinstance(tree, And)
    assert tree.operands[0] == said("beyoncé")
    assert compile_predicate(tree, LISTENING)("beyoncé has a new album")
    assert not compile_predicate(tree, LISTENING)("beyoncé sings")


@pytest.mark.parametrize(
    "text",
    [
        'beyoncé AND "new album"',
        '(one OR "two three") AND author:me',
        'one AND "and"',
        "author:(me OR you) OR word",
        'one AND (NOT NOT "#two" OR three)',
    ],
)
def test_words_that_stand_alone_are_written_alone(text):
    assert format_expression(parse(text, LISTENING), LISTENING) == text


def test_a_field_may_be_named_all_the_same():
    assert format_expression(parse("text:word", LISTENING), LISTENING) == "word"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("new album", "missing_operator"),
        ("one AND two OR three", "mixed_operators"),
        ("one and two", "lowercase_operator"),
        ("NOT one", "only_negative"),
    ],
)
def test_the_rules_are_the_same(text, code):
    assert [error.code for error in check(text, LISTENING).errors] == [code]


def test_in_an_audience_a_word_alone_is_an_error_with_its_tag(db):
    with pytest.raises(ExpressionErrors) as caught:
        parse("festival")
    (error,) = caught.value.errors
    assert (error.code, error.hint) == ("bare_word", "Write tag:festival.")
