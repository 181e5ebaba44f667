"""Mounted below the console's address."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from hub.console.targeting.coverage import coverage_view

app_name = "targeting"

urlpatterns = [path("coverage/", admin.site.admin_view(coverage_view), name="coverage")]
