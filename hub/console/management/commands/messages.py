from __future__ import annotations

import inspect
import re
from argparse import ArgumentParser
from collections.abc import Iterator
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import unfold
from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import override
from django.utils.translation.template import templatize

from hub.console.names import our_apps, our_fields, our_models
from hub.console.templatetags.console import in_words

SOURCES = ("content", "spokes", "hub", "templates")
# the console's theme comes without translations
THEME = Path(unfold.__file__).parent
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    **dict.fromkeys(("gettext_lazy", "gettext_noop")),
    **dict.fromkeys(("ngettext_lazy",), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
WIDTH = 100
SOURCE_LANGUAGE = "en"


class Command(BaseCommand):
    help = "Gather every text for people, update each translation, and compile it."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="Change nothing; fail when anything is missing."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with override(None):
            gathered = gather()
        faults = []
        for language, _ in settings.LANGUAGES:
            if language != SOURCE_LANGUAGE:
                faults += check(gathered, language) if options["check"] else []
                if not options["check"]:
                    self.stdout.write(update(gathered, language))
        if faults:
            raise CommandError("\n".join(faults))


def check(gathered: Catalog, language: str) -> list[str]:
    """Say what is wrong with a translation."""
    catalog = read(language)
    stored, wanted = ({message.id for message in each} for each in (catalog, gathered))
    faults = [f"{text!r} is not in it" for text in wanted - stored]
    faults += [f"{text!r} is no longer used" for text in stored - wanted]
    faults += [f"{text!r} is not translated" for text in untranslated(catalog)]
    if not faults and compiled(catalog) != mo_path(language).read_bytes():
        faults.append("it is not compiled")
    return [f"{language}: {fault}; see “manage.py messages”" for fault in faults]


def update(gathered: Catalog, language: str) -> str:
    """Add what is new, drop what is gone, compile; return what is left to do."""
    catalog = read(language)
    made = catalog.creation_date
    catalog.update(gathered, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.creation_date = made
    write(catalog, language)
    return f"{language}: {len(catalog)} texts, {len(untranslated(catalog))} to translate"


def untranslated(catalog: Catalog) -> list[Any]:
    return [message.id for message in catalog if message.id and not translated(message)]


def gather() -> Catalog:
    """Gather the texts of Python, templates, exceptions and models, without their places."""
    catalog = Catalog(charset="utf-8")
    for path in sources():
        content = path.read_text(encoding="utf-8")
        if path.suffix != ".py":
            # it leaves the template's indentation, which is none of Python's
            lines = templatize(content, origin=str(path)).splitlines()
            content = "\n".join(line.lstrip() for line in lines)
        stream = BytesIO(content.encode())
        for _, function, message, _ in extract_python(stream, KEYWORDS, (), {"encoding": "utf-8"}):
            add(catalog, function, message)
    for text in (*messages_of_exceptions(), *names(), *deeds()):
        catalog.add(text)
    return catalog


def add(catalog: Catalog, function: Any, message: Any) -> None:
    parts = message if isinstance(message, tuple) else (message,)
    context = parts[0] if function and "pgettext" in function else None
    words = [part for part in parts[bool(context) :] if part]
    if not words:
        return
    plural = function and function.removeprefix("u").startswith(("ngettext", "npgettext"))
    # babel takes a pair for singular and plural, whatever its annotation says
    text: Any = tuple(words[:2]) if plural else words[0]
    catalog.add(text, context=context)


def sources() -> Iterator[Path]:
    for place in (*(Path(settings.ROOT) / name for name in SOURCES), THEME):
        for path in sorted(place.rglob("*")):
            if path.suffix in {".py", ".html", ".txt"} and "migrations" not in path.parts:
                yield path


def messages_of_exceptions() -> Iterator[str]:
    """Give the docstrings of our exceptions: each is the message of its kind."""
    for config in our_apps():
        if (Path(config.path) / "exceptions.py").is_file():
            module = import_module(f"{config.name}.exceptions")
            for _, kind in inspect.getmembers(module, inspect.isclass):
                if kind.__module__ == module.__name__ and kind.__doc__:
                    yield " ".join(kind.__doc__.split())


def names() -> Iterator[str]:
    for config in our_apps():
        yield str(config.verbose_name)
    for field in our_fields():
        yield str(field.verbose_name)
    for model in our_models():
        yield str(model._meta.verbose_name_raw)
        yield str(model._meta.verbose_name_plural)


def deeds() -> Iterator[str]:
    """Give the codes of the audit log as words; the list in the docs is proved complete."""
    listed = (Path(settings.ROOT) / "docs/reference/audit-codes.md").read_text(encoding="utf-8")
    for code in re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|", listed, re.MULTILINE):
        yield in_words(code)


def translated(message: Any) -> bool:
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(strings)


def po_path(language: str) -> Path:
    path: Path = settings.LOCALE_PATHS[0] / language / "LC_MESSAGES" / "django.po"
    return path


def mo_path(language: str) -> Path:
    return po_path(language).with_suffix(".mo")


def read(language: str) -> Catalog:
    path = po_path(language)
    if not path.is_file():
        return Catalog(
            locale=language,
            charset="utf-8",
            project="Backbeat",
            header_comment="# Made by “manage.py messages”; write the translations here.",
            fuzzy=False,
        )
    with path.open("rb") as file:
        return read_po(file, locale=language)


def compiled(catalog: Catalog) -> bytes:
    stream = BytesIO()
    write_mo(stream, catalog)
    return stream.getvalue()


def write(catalog: Catalog, language: str) -> None:
    path = po_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=WIDTH, sort_output=True, ignore_obsolete=True)
    mo_path(language).write_bytes(compiled(catalog))
