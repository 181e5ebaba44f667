"""The limit of "page": the same server and framework answering with a constant."""

from __future__ import annotations

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

PAGE = (
    b"<!doctype html><title>Constant</title>" + b"<p>Nothing is asked, nothing is made.</p>" * 400
)


def constant(request: HttpRequest) -> HttpResponse:
    return HttpResponse(PAGE, headers={"Content-Length": str(len(PAGE))})


urlpatterns = [path("", constant)]

if not settings.configured:
    settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="bench", USE_TZ=True)

application = get_wsgi_application()
