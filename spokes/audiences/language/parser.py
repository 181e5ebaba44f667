"""Read an expression: tokens, then operands, then levels of parentheses on a stack of our own.

Nothing here recurses, and reading goes on after a fault, so that all faults come at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext

from spokes.audiences.language.lexer import Kind, Lexer, Token
from spokes.audiences.language.reader import HOLE, Draft, Operand, Reader
from spokes.audiences.language.tree import And, Expression, Not, Or
from spokes.audiences.language.vocabulary import Vocabulary

MAX_CHARACTERS = 8_000
MAX_DEPTH = 200


@dataclass(slots=True)
class Level:
    """What stands between one pair of parentheses, or in the whole expression."""

    opener: Token | None = None
    operands: list[Operand] = field(default_factory=list)
    # the operator between one operand and the next; empty where it is missing
    joints: list[str] = field(default_factory=list)
    operator: Token | None = None
    nots: list[Token] = field(default_factory=list)
    broken: bool = False


class Builder:
    """Put operands and operators together, level by level."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.levels = [Level()]
        self.depth = 0

    @property
    def level(self) -> Level:
        return self.levels[-1]

    def add(self, item: Operand | Token) -> None:
        if isinstance(item, Operand):
            self.operand(item)
        elif item.kind is Kind.OPEN:
            self._deeper(item)
            self.levels.append(Level(item))
        elif item.kind is Kind.CLOSE:
            self._close(item)
        elif item.text == "NOT":
            self._deeper(item)
            self.level.nots.append(item)
        else:
            self._operator(item)

    def finish(self, *, unterminated: bool) -> Expression:
        while (opener := self.level.opener) is not None:
            if not unterminated:
                message, hint = (
                    gettext("This parenthesis is never closed."),
                    gettext("Close it with )."),
                )
                self.draft.fault(opener.start, opener.end, "unclosed_parenthesis", message, hint)
            self.level.broken = True
            self._end_level(len(self.draft.text))
        return self._node(self.level)

    def operand(self, operand: Operand) -> None:
        level = self.level
        if level.operands:
            level.joints.append(level.operator.text if level.operator else "")
        self.depth -= len(level.nots)
        start = level.nots[0].start if level.nots else operand.start
        for token in reversed(level.nots):
            operand.node = Not(operand.node, token.start, operand.end)
        operand.start = start
        level.operands.append(operand)
        level.operator = None
        level.nots = []

    def _deeper(self, token: Token) -> None:
        self.depth += 1
        if self.depth == MAX_DEPTH + 1:
            message = gettext("This is nested more than {MAX_DEPTH} deep.").format(
                MAX_DEPTH=MAX_DEPTH
            )
            hint = gettext("Take some parentheses or NOTs out.")
            self.draft.fault(token.start, token.end, "too_deep", message, hint)

    def _operator(self, token: Token) -> None:
        level = self.level
        if level.nots:
            self._dangling_not()
        elif level.operator:
            message = gettext("{left} and {right} stand side by side.").format(
                left=level.operator.text, right=token.text
            )
            self._stray(token, message, gettext("Leave one of them out."))
        elif not level.operands:
            self._stray(
                token, gettext("There is nothing before this {text}.").format(text=token.text)
            )
        else:
            level.operator = token

    def _dangling_not(self) -> None:
        last = self.level.nots[-1]
        self.depth -= len(self.level.nots)
        self.level.nots = []
        self._stray(last, gettext("There is nothing after this NOT."))

    def _stray(self, token: Token, message: str, hint: str = "") -> None:
        self.level.broken = True
        self.draft.fault(
            token.start,
            token.end,
            "stray_operator",
            message,
            hint or gettext("Leave it out, or complete it."),
        )

    def _close(self, token: Token) -> None:
        if self.level.opener is None:
            message, hint = (
                gettext("This parenthesis was never opened."),
                gettext("Open it with (, or leave it out."),
            )
            self.draft.fault(token.start, token.end, "unopened_parenthesis", message, hint)
            self.level.broken = True
        else:
            self._end_level(token.end)

    def _end_level(self, end: int) -> None:
        level = self.level
        node = self._node(level)
        self.levels.pop()
        self.depth -= 1
        if level.opener is None:
            return
        if not level.operands:
            self.level.broken = True
        if not level.operands and not level.broken:
            message = gettext("There is nothing between these parentheses.")
            self.draft.fault(
                level.opener.start, end, "empty_group", message, gettext("Leave them out.")
            )
        self.operand(Operand(node, level.opener.start, end))

    def _node(self, level: Level) -> Expression:
        """Make one node of a level, after the last look at its operators."""
        if level.nots:
            self._dangling_not()
        elif level.operator:
            self._stray(
                level.operator,
                gettext("There is nothing after this {text}.").format(text=level.operator.text),
            )
        self._check_joints(level)
        if not level.operands:
            return HOLE
        if len(level.operands) == 1:
            return level.operands[0].node
        start, end = level.operands[0].start, level.operands[-1].end
        operands = tuple(operand.node for operand in level.operands)
        return And(operands, start, end) if "AND" in level.joints else Or(operands, start, end)

    def _check_joints(self, level: Level) -> None:
        if {"AND", "OR"} == set(level.joints) and not level.broken:
            self._mixed(level)
        for place, joint in enumerate(level.joints):
            left, right = level.operands[place : place + 2]
            if not joint and not left.faulty and not right.faulty:
                self._missing_operator(left, right, "OR" if "OR" in level.joints else "AND")

    def _missing_operator(self, left: Operand, right: Operand, operator: str) -> None:
        message = gettext("There is no operator before this.")
        first, second = (self.draft.mended(one.start, one.end) for one in (left, right))
        pair = f"{first} {operator} {second}"
        self.draft.fault(
            right.start,
            right.end,
            "missing_operator",
            message,
            gettext("Write {pair}, for instance.").format(pair=pair),
        )

    def _text(self, operand: Operand) -> str:
        return self.draft.text[operand.start : operand.end]

    def _mixed(self, level: Level) -> None:
        """Refuse AND beside OR, with both readings: each may replace what the fault spans."""
        start, end = level.operands[0].start, level.operands[-1].end
        first, second = self._reading(level, "AND"), self._reading(level, "OR")
        message = gettext("AND and OR stand side by side, which can be read in two ways.")
        self.draft.fault(
            start,
            end,
            "mixed_operators",
            message,
            gettext("Write {first} or {second}.").format(first=first, second=second),
        )

    def _reading(self, level: Level, tight: str) -> str:
        groups: list[list[str]] = [[self._text(level.operands[0])]]
        for joint, operand in zip(level.joints, level.operands[1:], strict=True):
            if joint == tight:
                groups[-1].append(self._text(operand))
            else:
                groups.append([self._text(operand)])
        parts = [f" {tight} ".join(group) for group in groups]
        parts = [
            f"({part})" if len(group) > 1 else part
            for part, group in zip(parts, groups, strict=True)
        ]
        return (" OR " if tight == "AND" else " AND ").join(parts)


def read(text: str, vocabulary: Vocabulary[Any]) -> Draft:
    """Read the text alone: its tree with unexplained values, or all that is wrong with it."""
    draft = Draft(text)
    if len(text) > MAX_CHARACTERS:
        message = gettext(
            "This is {number:,} characters long; {MAX_CHARACTERS:,} can be read."
        ).format(number=len(text), MAX_CHARACTERS=MAX_CHARACTERS)
        draft.fault(
            MAX_CHARACTERS, len(text), "too_long", message, gettext("Divide it into several.")
        )
        return draft
    lexer = Lexer(text)
    reader, builder = Reader(draft, lexer.run(), vocabulary), Builder(draft)
    draft.errors += lexer.errors
    for item in reader.items():
        builder.add(item)
    draft.tree = builder.finish(unterminated=lexer.unterminated)
    if not lexer.tokens:
        hint = gettext("Write {example}, for instance.").format(example=vocabulary.bare.example)
        draft.fault(
            0, len(text), "empty_expression", gettext("There is nothing here to read."), hint
        )
    return draft
