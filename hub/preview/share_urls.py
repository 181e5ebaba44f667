"""Mounted at "/share/": for whoever was sent a link."""

from __future__ import annotations

from django.urls import path

from hub.preview import share_views

app_name = "share"

urlpatterns = [
    path("<str:token>/", share_views.shared, name="link"),
    path("<str:token>/<slug:page>/", share_views.shared, name="page"),
]
