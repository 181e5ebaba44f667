from __future__ import annotations

from content.catalogue.imports.genres import import_genres
from content.catalogue.management.commands._import import ImportCommand


class Command(ImportCommand):
    help = "Import genres from nested YAML lists, or from CSV with name, parent and aliases."
    importer = staticmethod(import_genres)
