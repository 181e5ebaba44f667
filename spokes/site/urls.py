"""Mounted at "/", after all else: any first segment may be a spoke."""

from __future__ import annotations

from django.urls import path

from spokes.site import feeds, listing_views, live, manifest, oembed, sitemaps, views
from spokes.site.feed_forms import FORMS

app_name = "site"

urlpatterns = [
    path("", views.hub, name="hub"),
    path("hub/", views.hub_address),
    path("search/", views.search, name="search"),
    path("artists/", listing_views.artists, name="artists"),
    path("genres/", listing_views.genres, name="genres"),
    path("tags/", listing_views.tags, name="tags"),
    path("tags/<slug:slug>/", listing_views.tag, name="tag"),
    path("archive/", listing_views.archive, name="archive"),
    path("archive/<int:year>/<int:month>/", listing_views.archive_month, name="archive-month"),
    path("<slug:place_slug>/archive/", listing_views.archive),
    path("<slug:place_slug>/archive/<int:year>/<int:month>/", listing_views.archive_month),
    path("artists/<slug:slug>/", views.artist, name="artist"),
    path("genres/<slug:slug>/", views.genre, name="genre"),
    path("spokes.css", views.spokes_css, name="spokes-css"),
    path("<slug:place_slug>/live.json", live.news, name="live"),
    path("oembed", oembed.oembed, name="oembed"),
    path("site.webmanifest", manifest.manifest, name="manifest"),
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", sitemaps.index, name="sitemap"),
    path("sitemap-places.xml", sitemaps.of_places, name="sitemap-places"),
    path("sitemap-posts-<int:run>.xml", sitemaps.of_posts, name="sitemap-posts"),
    *(path(f"feed.{form}", feeds.feed, {"form": form}) for form in FORMS),
    *(path(f"<slug:place_slug>/feed.{form}", feeds.feed, {"form": form}) for form in FORMS),
    *(
        path(f"{word}/<slug:slug>/feed.{form}", feeds.topic_feed, {"form": form, "kind": kind})
        for kind, (_, word) in feeds.TOPICS.items()
        for form in FORMS
    ),
    path("<slug:place_slug>/", views.spoke, name="spoke"),
    path("<slug:place_slug>/<slug:post_slug>/", views.post, name="post"),
]
