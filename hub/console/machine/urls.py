"""Mounted below the console's address."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from hub.console.machine import views

app_name = "machine"
guard = admin.site.admin_view

urlpatterns = [
    path("health/", guard(views.health), name="health"),
    path("health/now/", guard(views.health_now), name="health_now"),
    path("alerts/", guard(views.alerts), name="alerts"),
    path("alerts/test/", guard(views.test_alert), name="test_alert"),
    path("alerts/<int:pk>/silence/", guard(views.silence), name="silence"),
    path("alerts/<int:pk>/wake/", guard(views.wake), name="wake"),
]
