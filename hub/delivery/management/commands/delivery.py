"""Looks after deliveries: ``manage.py delivery doctor``."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext, ngettext

from hub.delivery.clock import queue_now
from hub.delivery.doctor.examine import CHECKS, Result, examine

# more of one kind are counted, not listed
MOST_LISTED = 50


class Command(BaseCommand):
    help = "Look after deliveries. “doctor” finds every stuck or odd row, and mends it with --fix."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        doctor = commands.add_parser(
            "doctor", help="Find every stuck or odd row, and say what would be done about it."
        )
        doctor.add_argument("--fix", action="store_true", help="Do what is safe; it is audited.")
        doctor.add_argument("--json", action="store_true", help="One JSON object a line.")

    def handle(self, *args: Any, **options: Any) -> None:
        report = self.say_json if options["json"] else self.say
        seen: Counter[str] = Counter()
        left = mended = 0
        for result in examine(now=queue_now(), fix=options["fix"], watch=self.watch):
            code = result.finding.code
            seen[code] += 1
            mended += result.mended
            left += not result.mended
            if options["json"] or seen[code] <= MOST_LISTED:
                self.on_terminal()
                report(result)
        self.on_terminal()
        if not options["json"]:
            self.sum_up(seen, left=left, mended=mended, fix=options["fix"])
        if left:
            raise SystemExit(1)

    def watch(self, check: str, number: int) -> None:
        """Say on a terminal what is looked at: at size, some of it takes seconds."""
        words = gettext("Looking: {number} of {total} ({check})").format(
            number=number + 1, total=len(CHECKS), check=check
        )
        self.on_terminal(words)

    def on_terminal(self, words: str = "") -> None:
        """Write over the line of the terminal that says what is looked at."""
        if self.stderr.isatty():
            self.stderr.write(f"\r\x1b[K{words}", style_func=str, ending="")

    def say(self, result: Result) -> None:
        finding = result.finding
        self.stdout.write(f"{finding.code:<22} {finding.row:<32} {finding.words}")
        if result.mended:
            done = gettext("done: {what}").format(what=finding.would)
            self.stdout.write(self.style.SUCCESS(f"{'':<22} {done}"))
            return
        if result.trouble:
            words = gettext("not done: {why}").format(why=result.trouble)
        elif finding.change:
            words = gettext("--fix would: {what}").format(what=finding.would)
        else:
            words = gettext("by hand: {what}").format(what=finding.would)
        self.stdout.write(self.style.WARNING(f"{'':<22} {words}"))

    def say_json(self, result: Result) -> None:
        finding = result.finding
        row = {
            "code": finding.code,
            "row": finding.row,
            "words": finding.words,
            "would": finding.would,
            "can_fix": finding.change is not None,
            "fixed": result.mended,
            "trouble": result.trouble,
        }
        self.stdout.write(json.dumps(row, ensure_ascii=False))

    def sum_up(self, seen: Counter[str], *, left: int, mended: int, fix: bool) -> None:
        for code, number in seen.items():
            if number > MOST_LISTED:
                more = number - MOST_LISTED
                self.stdout.write(f"{code:<22} " + gettext("and {n} more").format(n=more))
        if not seen:
            self.stdout.write(self.style.SUCCESS(gettext("Nothing is stuck or odd.")))
            return
        total = left + mended
        words = ngettext("{n} finding", "{n} findings", total).format(n=total)
        if fix:
            words += gettext(", {n} mended").format(n=mended)
        self.stdout.write(f"\n{words}.")
