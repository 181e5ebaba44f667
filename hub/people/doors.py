"""Addresses of Django's own admin that lead to the account pages instead."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse


def sign_in(request: HttpRequest) -> HttpResponse:
    """Lead to the sign-in page, which leads back; who is in already may not go further."""
    if request.user.is_authenticated:
        if not request.user.is_staff:
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:index"))
    query = request.META.get("QUERY_STRING", "")
    return HttpResponseRedirect(reverse("account_login") + (f"?{query}" if query else ""))


def change_password(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(reverse("account_change_password"))
