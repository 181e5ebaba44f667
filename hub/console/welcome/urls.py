"""Mounted below the console's address."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from hub.console.welcome import entrance, views

app_name = "welcome"
guard = admin.site.admin_view

urlpatterns = [
    path("", guard(views.begin), name="begin"),
    path("hub/", guard(views.hub), name="hub"),
    path("genres/", guard(views.genres), name="genres"),
    path("spokes/", guard(views.spokes), name="spokes"),
    path("people/", guard(views.people), name="people"),
    path("done/", guard(views.done), name="done"),
    path("put-away/", guard(views.put_away), name="put-away"),
    # for the first one, who can't sign in yet
    path("start/<str:token>/", entrance.start, name="start"),
]
