"""Every address: what machines ask, the console, pictures, and last the site that fans see."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from hub.console.views.find import find_view
from hub.people import doors
from hub.runtime import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", views.healthz),
    path("readyz", views.readyz),
    path("metrics", views.metrics),
    path("admin/login/", doors.sign_in),
    path("admin/password_change/", doors.change_password),
    path("admin/welcome/", include("hub.console.welcome.urls")),
    # in place of the search that comes with the console's theme: it knows names of tables alone
    path("admin/search/", admin.site.admin_view(find_view)),
    path("admin/", include("hub.console.machine.urls")),
    path("admin/", include("hub.console.targeting.urls")),
    path("admin/", admin.site.urls),
    path("accounts/", include("hub.people.urls")),
    path("preview/", include("hub.preview.urls")),
    path("share/", include("hub.preview.share_urls")),
]
if settings.SERVE_MEDIA:
    urlpatterns.append(path("media/<path:path>", views.media))
# last: it takes every other first word of a path for a spoke
urlpatterns.append(path("", include("spokes.site.urls")))

# with a short life in caches: a post that is not there yet may be there in a minute
handler404 = "spokes.site.views.missing"
