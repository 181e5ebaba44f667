"""The expression language: one grammar, one tree, two back ends that agree."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from spokes.audiences.facts import PostFacts
from spokes.audiences.language.checking import Checked, check
from spokes.audiences.language.completion import Completion, Option, complete
from spokes.audiences.language.errors import ExpressionError, ExpressionErrors
from spokes.audiences.language.fields import POST_FIELDS
from spokes.audiences.language.formatter import format_expression
from spokes.audiences.language.meaning import Reading, parse_all
from spokes.audiences.language.meant import guess
from spokes.audiences.language.narrowed import naming_only
from spokes.audiences.language.predicate import compile_predicate
from spokes.audiences.language.query import build_query
from spokes.audiences.language.saved import read_saved, read_typed
from spokes.audiences.language.tree import (
    And,
    Expression,
    Included,
    Not,
    Or,
    Prefix,
    Range,
    Term,
    whole,
)
from spokes.audiences.language.vocabulary import Field, Test, Vocabulary

__all__ = [
    "POST_FIELDS",
    "And",
    "Checked",
    "Completion",
    "Expression",
    "ExpressionError",
    "ExpressionErrors",
    "Field",
    "Included",
    "Not",
    "Option",
    "Or",
    "Prefix",
    "Range",
    "Reading",
    "Term",
    "Vocabulary",
    "check",
    "complete",
    "format_expression",
    "guess",
    "naming_only",
    "parse",
    "parse_many",
    "predicate",
    "query",
    "read_saved",
    "read_typed",
    "whole",
]


def parse(text: str, vocabulary: Vocabulary[Any] = POST_FIELDS) -> Expression:
    """Read an expression and explain its names; raise ExpressionErrors with all that is wrong."""
    result = parse_all([text], vocabulary)[text]
    if isinstance(result, ExpressionErrors):
        raise result
    return result


def parse_many(
    texts: Iterable[str], vocabulary: Vocabulary[Any] = POST_FIELDS
) -> dict[str, Expression | ExpressionErrors]:
    """Read many texts in as few queries as one; what can't be read maps to its errors."""
    return parse_all(texts, vocabulary)


def predicate(expression: Expression) -> Test[PostFacts]:
    return compile_predicate(expression, POST_FIELDS)


def query(expression: Expression) -> Q:
    """Make the condition over Post; it joins nothing, so no post comes twice."""
    return build_query(whole(expression), POST_FIELDS)
