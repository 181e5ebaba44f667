from __future__ import annotations

from django.db import models
from wagtail.models import Page


class PostPage(Page):
    teaser = models.TextField(blank=True)
    body = models.TextField(blank=True)


class ListPage(Page):
    """Lists its newest twenty children, as a spoke's front page does."""

    template = "home/list_page.html"

    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        children = PostPage.objects.child_of(self).live().order_by("-first_published_at")
        context["posts"] = children[:20]
        return context
