"""Strings that break what is careless: our own, of every family that is known to hurt.

``NAUGHTY_STRINGS`` may name a JSON list of more, such as the Big List of Naughty Strings.
"""

# ruff: noqa: RUF001  # odd signs are the point
from __future__ import annotations

import json
import os
from pathlib import Path

from django.db import connection

SCRIPTS = (
    *(
        "<script>alert(1)</script>",
        "</script><script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
    ),
    *('"><svg onload=alert(1)>', "'><body onload=alert(1)>", "javascript:alert(1)"),
    *("JaVaScRiPt:alert(1)", '<a href="javascript:alert(1)">x</a>', "[x](javascript:alert(1))"),
    *("<iframe srcdoc='<script>alert(1)</script>'>", "<style>*{display:none}</style>"),
    *(
        "<!--<script>",
        "]]><script>alert(1)</script>",
        "<math><mtext></form><form>",
        "&lt;script&gt;",
    ),
    *("<input autofocus onfocus=alert(1)>", "<details open ontoggle=alert(1)>", "${alert(1)}"),
    *("data:text/html,<script>alert(1)</script>", "\\x3cscript\\x3ealert(1)", "<scr<script>ipt>"),
    *("<script\x0balert(1)", '" onmouseover="alert(1)', "<base href='//evil.example'>"),
)
QUERIES = (
    *("' OR 1=1 --", "'; DROP TABLE editorial_post; --", "1;DELETE FROM auth_user", '") OR (""="'),
    *("admin'--", "' UNION SELECT NULL,NULL--", "%", "_", "100%", "\\%", "* OR NEAR(", '"unclosed'),
    *("a AND", "NOT", "^a", "a*", "col:val", "{a b}", "(((((((", ")", "' || pg_sleep(9) || '"),
)
TEMPLATES = (
    *("{{ 7*7 }}", "{{7*7}}", "{% load x %}", "{% debug %}", "{{ settings.SECRET_KEY }}", "{#"),
    *(
        "%s%s%s%n",
        "%(name)s",
        "{0}",
        "{self.__class__}",
        "{!r}",
        "$(id)",
        "`id`",
        "#{7*7}",
        "<%= 7*7 %>",
    ),
)
DIRECTIONS = (
    *(
        "\u202etxt.exe",
        "\u2066isolate\u2069",
        "שלום עולם",
        "مرحبا بالعالم",
        "\u200f\u200e",
        "ﷺ",
        "ﷺ" * 40,
    ),
    *("a\u202eb\u202dc", "Right \u200fto\u200e left", "الكل في المجمو عة (5)"),
)
SIGNS = (
    *("Z̸̡̛͈̠͓̈́̽a̷̧̝̋̀l̶̰̈́g̵͙̈o̶͉͒", "e\u0301\u0301\u0301", "\u200b", "a\u200bb", "\ufeffbom", "\u2028", "a\u2029b"),
    *(
        "👩‍👩‍👧‍👦",
        "🏳️‍🌈🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "👋🏿",
        "💩" * 50,
        "\U000e0001",
        "Ⱥ Ⱦ",
        "İstanbul ıI",
        "ẞß SS",
        "ﬁ ligature",
    ),
    *(
        "ǅ Ǆ ǆ",
        "Ω ℧ Å Å",
        "田中さんにあげて下さい",
        "사회과학원",
        "Ṱ̺̺o͞ ̷i",
        "¸˛Ç◊ı˜Â¯˘¿",
        "\ud7ff",
        "\U0010ffff",
    ),
    *("\u00a0", "\u3000wide\u3000", "\ufffe", "𝕿𝖍𝖊", "(╯°□°）╯︵ ┻━┻)", "´•̥̥̥﹏•̥̥̥`"),
)
CONTROLS = (
    *(
        "a\x00b",
        "\x00",
        "\x01\x02\x03",
        "\x1b[31mred",
        "bell\x07",
        "\x7f",
        "tab\tin",
        "\x85",
        "a\x0bb\x0cc",
    ),
    *(
        "x\r\nSet-Cookie: a=b",
        "x\r\n\r\n<html>",
        "line\nbreak",
        "%0d%0aLocation: /",
        "\r",
        "a\r\n.\r\nb",
    ),
)
PATHS = (
    *(
        "../../../../etc/passwd",
        "..\\..\\windows\\win.ini",
        "/dev/null",
        "C:\\CON",
        "CON",
        "file:///etc/passwd",
    ),
    *(
        "http://169.254.169.254/",
        "//evil.example/x",
        "\\\\evil\\share",
        ".",
        "..",
        "~root",
        ".htaccess",
    ),
)
NUMBERS = (
    *(
        "0",
        "-1",
        "1e1000",
        "NaN",
        "Infinity",
        "0x41",
        "1/0",
        "00",
        "9" * 40,
        "-0.0",
        "1,000.00",
        "０１２",
        "٣",
    ),
    *("true", "null", "None", "undefined", "[]", "{}", "2038-01-19", "0000-00-00"),
)
FORMULAS = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    '=HYPERLINK("http://evil.example")',
    "=cmd|'/C calc'!A0",
    "\t=1+1",
)
QUOTES = (
    "'",
    '"',
    "''''",
    "“curly”",
    "\\",
    '\\\\"',
    "`",
    "<>\"'&",
    "&amp;&quot;",
    "O’Brien & Søn",
    ";",
    ",,,",
)
LENGTHS = ("a" * 10_000, "word " * 3_000, "\n" * 500, "é" * 300, "")

OWN = (
    *(*SCRIPTS, *QUERIES, *TEMPLATES, *DIRECTIONS, *SIGNS, *CONTROLS, *PATHS, *NUMBERS, *FORMULAS),
    *(*QUOTES, *LENGTHS),
)
# one of each family, for a real browser
SAMPLE = (
    *(SCRIPTS[0], SCRIPTS[2], SCRIPTS[3], QUERIES[0], TEMPLATES[0], DIRECTIONS[0], SIGNS[0]),
    *(SIGNS[7], CONTROLS[9], PATHS[0], FORMULAS[4], QUOTES[7]),
)


def naughty_strings() -> list[str]:
    """Give our own, and those of the file that the environment names.

    On PostgreSQL, where the same forms are tried a second time, every third of our own is enough.
    """
    more = os.environ.get("NAUGHTY_STRINGS")
    given = json.loads(Path(more).read_text("utf-8")) if more else []
    own = OWN[::3] if connection.vendor == "postgresql" else OWN
    return list(dict.fromkeys([*own, *given]))
