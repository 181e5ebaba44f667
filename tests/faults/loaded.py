"""Imported once, by the process that workers are forked from."""

from __future__ import annotations

import django

django.setup()
