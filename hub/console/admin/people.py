"""People: who may do what, and who did what."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from taggit.models import Tag
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from content.audit.models import AuditEntry
from hub.console.admin.base import CappedPaginator, ReadOnlyAdmin
from hub.console.filters import ActorFilter, DeedFilter
from hub.console.moments import moment
from hub.console.people import full_name
from hub.console.templatetags.console import changes, deed
from hub.console.typed import ModelAdmin

# Django's own pages of people come back below in Unfold's clothes; those of axes, allauth
# and taggit show rows that nobody here works with
admin.site.unregister([User, Group, AccessAttempt, AccessFailureLog, AccessLog, Tag])
admin.site.unregister([EmailAddress, Authenticator, UserSession])


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Let nobody hand out more than a group, short of those who may do everything."""
        fields = super().get_readonly_fields(request, obj)
        if request.user.is_superuser:
            return fields
        return [*fields, "is_superuser", "user_permissions"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return not above and super().has_change_permission(request, obj)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    pass


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    paginator = CappedPaginator
    list_display = ["when", "who", "deed", "summary", "about"]
    list_filter = [DeedFilter, ActorFilter, ("at", RangeDateTimeFilter)]
    list_select_related = ["actor"]
    search_fields = ["summary"]
    ordering = ["-at", "-id"]
    fields = ["when", "who", "deed", "about", "summary", "what_changed"]

    @display(description="When", ordering="at")
    def when(self, entry: AuditEntry) -> str:
        return moment(entry.at)

    @display(description="Who")
    def who(self, entry: AuditEntry) -> str:
        return full_name(entry.actor)

    @display(description="What", ordering="code")
    def deed(self, entry: AuditEntry) -> str:
        return deed(entry)

    @display(description="About")
    def about(self, entry: AuditEntry) -> str:
        return f"{entry.subject_type.partition('.')[2]} {entry.subject_id}"

    @display(description="Changes")
    def what_changed(self, entry: AuditEntry) -> SafeString | str:
        lines = [(one.field, one.before or "empty", one.after or "empty") for one in changes(entry)]
        return format_html_join("", "<p><b>{}</b>: {} → {}</p>", lines) or "–"
