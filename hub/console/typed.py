"""Unfold's bases, which the type checker takes for Django's own underneath."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib import admin
from unfold.admin import ModelAdmin as UnfoldModelAdmin
from unfold.admin import TabularInline as UnfoldTabularInline
from unfold.decorators import display as unfold_display

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:
    ModelAdmin = UnfoldModelAdmin
    TabularInline = UnfoldTabularInline

Column = TypeVar("Column", bound=Callable[..., Any])


def display(**options: Any) -> Callable[[Column], Column]:
    """Do as Unfold's own, whose labels are typed as plain text: ours are translated when shown."""
    decorator: Callable[[Column], Column] = unfold_display(**options)
    return decorator


__all__ = ["ModelAdmin", "TabularInline", "display"]
