"""One's own profile."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from hub.people.actions import change_profile
from hub.people.forms import ProfileForm
from hub.people.models import Membership, profile_of
from hub.people.preferences import remember


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Show what one is called, where one works and what one chose; store changes (POST)."""
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied
    form = ProfileForm(request.POST or None, person=user)
    if request.method == "POST" and form.is_valid():
        stored = change_profile(person=user, **form.cleaned_data)
        remember(request, stored)
        with override(stored.lang or settings.LANGUAGE_CODE):
            messages.success(request, _("Saved."))
        return HttpResponseRedirect(reverse("account_profile"))
    context = {
        "form": form,
        "person": user,
        "profile": profile_of(user),
        "groups": user.groups.order_by("name"),
        "places": Membership.objects.filter(user=user).select_related("spoke"),
    }
    return TemplateResponse(request, "account/profile.html", context)
