"""Unfold's bases, which the type checker takes for Django's own underneath."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from unfold.admin import ModelAdmin as UnfoldModelAdmin
from unfold.admin import TabularInline as UnfoldTabularInline

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:
    ModelAdmin = UnfoldModelAdmin
    TabularInline = UnfoldTabularInline

__all__ = ["ModelAdmin", "TabularInline"]
