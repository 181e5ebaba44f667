"""Bases that are generic for the type checker alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.paginator import Paginator

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Any]
    AnyPaginator = Paginator[Any]
else:
    ModelForm = forms.ModelForm
    AnyPaginator = Paginator

__all__ = ["AnyPaginator", "ModelForm"]
