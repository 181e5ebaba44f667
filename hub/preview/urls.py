"""Mounted at "/preview/": for people of the console."""

from __future__ import annotations

from django.urls import path

from hub.preview import views

app_name = "preview"

urlpatterns = [
    path("", views.first_place, name="first"),
    path("<slug:place_slug>/", views.preview, name="place"),
    path("<slug:place_slug>/<slug:post>/", views.preview, name="post"),
]
