from __future__ import annotations

from content.catalogue.imports.catalogue import import_catalogue
from content.catalogue.management.commands._import import ImportCommand


class Command(ImportCommand):
    help = "Import artists, their genres and their tracks from a CSV file."
    importer = staticmethod(import_catalogue)
