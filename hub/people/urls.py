"""The pages of one's account: those of django-allauth that are wanted here, and our own."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa import urls as mfa
from allauth.usersessions import views as sessions
from django.urls import include, path, re_path

from hub.people import views

urlpatterns = [
    path("", views.profile, name="account_profile"),
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/set/", account.password_set, name="account_set_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("2fa/", include(mfa)),
    path("sessions/", sessions.list_usersessions, name="usersessions_list"),
]
