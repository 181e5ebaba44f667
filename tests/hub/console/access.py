"""Who may open which address: the table that the walk over all of them is held against.

A letter a visitor: ``-`` nobody, ``r`` staff without a group, ``e`` editor, ``a`` approver,
``m`` community manager, ``n`` analyst, ``b`` a manager of one spoke with its rows, ``x`` the same
manager with the rows of another spoke, ``s`` superuser.
"""

from __future__ import annotations

EVERYBODY = "-reamnbxs"
STAFF = "reamnbxs"
MEMBERS = "eamnbxs"
WRITERS = "eambxs"
NOBODY = ""

# methods → letters; a method that is not named is not walked
Access = dict[str, str]
SITE: Access = {"GET": EVERYBODY}
OWN_ACCOUNT: Access = {"GET": STAFF, "POST": STAFF}
DOOR: Access = {"GET": EVERYBODY, "POST": EVERYBODY}

# --- the pages of each model: see the list, add, see a row, change a row ----------------------

SPOKE_ROWS = "eamnbs"
MODELS: dict[str, tuple[str, str, str, str]] = {
    "audiences/audience": (MEMBERS, "mbxs", SPOKE_ROWS, "mbs"),
    "audit/auditentry": (MEMBERS, NOBODY, SPOKE_ROWS, NOBODY),
    "auth/group": ("mnbxs", "s", "mnbxs", "s"),
    "auth/user": ("mnbxs", "mbxs", "mnbs", "mbs"),
    "catalogue/artist": (MEMBERS, WRITERS, MEMBERS, "eams"),
    "catalogue/genre": (MEMBERS, "ms", MEMBERS, "ms"),
    "catalogue/track": (MEMBERS, WRITERS, MEMBERS, "eams"),
    "catalogue/unresolvedgenre": (MEMBERS, NOBODY, MEMBERS, NOBODY),
    "channels/channel": (MEMBERS, "mbxs", SPOKE_ROWS, "mbs"),
    "channels/hub": ("ms", NOBODY, "ms", "ms"),
    "channels/spoke": (MEMBERS, "ms", SPOKE_ROWS, "mbs"),
    "delivery/delivery": (MEMBERS, NOBODY, SPOKE_ROWS, NOBODY),
    "delivery/hold": (MEMBERS, WRITERS, SPOKE_ROWS, NOBODY),
    "editorial/audiencetag": (MEMBERS, "ms", MEMBERS, "ms"),
    "editorial/post": (MEMBERS, WRITERS, SPOKE_ROWS, "eambs"),
    "media/asset": (MEMBERS, WRITERS, SPOKE_ROWS, "eambs"),
    "preview/sharelink": (MEMBERS, WRITERS, SPOKE_ROWS, NOBODY),
    "schedule/slot": (MEMBERS, "mbxs", SPOKE_ROWS, "mbs"),
}
# steps and lists of steps ask for a permission: who has it, with rows of whom
PERMISSIONS = {
    "audiences.change_routingoverride": "eambs",
    "auth.change_user": "mbs",
    "catalogue.add_genre": "ms",
    "catalogue.change_artist": "eams",
    "catalogue.change_genre": "ms",
    "catalogue.change_unresolvedgenre": "eams",
    "catalogue.merge_artist": "ms",
    "channels.change_channel": "mbs",
    "delivery.add_delivery": "eambs",
    "delivery.add_hold": "eambs",
    "delivery.change_delivery": "eambs",
    "delivery.delete_hold": "eambs",
    "editorial.approve_post": "ambs",
    "editorial.change_audiencetag": "ms",
    "editorial.change_post": "eambs",
    "media.change_asset": "eambs",
    "preview.change_sharelink": "eambs",
}
# lists of steps name no row: those of other spokes are not found
BULK_STEPS = {
    # the genres of an artist are everybody's: each row says so, and the page is for writers
    "admin/catalogue/artist/bulk/add_genre/": "eambs",
    # and so are the names that wait
    "admin/catalogue/unresolvedgenre/bulk/accept_many/": "eambs",
    "admin/catalogue/unresolvedgenre/bulk/settle_many/": "eambs",
    "admin/catalogue/unresolvedgenre/bulk/reopen_many/": "eambs",
}
# steps that are for fewer than their permission says
STEPS = {
    # an artist is stopped for the whole house
    "admin/catalogue/artist/<path:object_id>/step/hold/": "eams",
    "admin/catalogue/artist/<path:object_id>/step/go-on/": "eams",
    # by whom it was submitted
    "admin/editorial/post/<path:object_id>/step/take-back/": "e",
}


def pages_of(model: str) -> dict[str, Access]:
    seen, added, opened, changed = MODELS[model]
    pages = {
        f"admin/{model}/": {"GET": seen},
        f"admin/{model}/add/": {"GET": added, "POST": added},
        # leads to the row's page, which asks who is there
        f"admin/{model}/<path:object_id>/": {"GET": STAFF},
        f"admin/{model}/<path:object_id>/change/": {"GET": opened, "POST": changed},
        f"admin/{model}/<path:object_id>/history/": {"GET": opened},
        **{f"admin/{model}/views/{deed}/": {"POST": seen} for deed in VIEW_DEEDS},
    }
    return {address: access for address, access in pages.items() if not is_django_s_own(address)}


def is_django_s_own(address: str) -> bool:
    """Tell the pages of groups, which are not lists of ours."""
    return address.startswith("admin/auth/group/") and "/views/" in address


VIEW_DEEDS = ("default", "delete", "rename", "save")

# --- all others -------------------------------------------------------------------------------

POST_PAGES: dict[str, Access] = {
    "admin/editorial/post/<int:post_id>/deliveries/": {"GET": SPOKE_ROWS},
    "admin/editorial/post/<int:post_id>/revisions/": {"GET": SPOKE_ROWS},
    "admin/editorial/post/<int:post_id>/revisions/<int:number>/": {"POST": "eambs"},
    "admin/editorial/post/<int:post_id>/route/": {"GET": SPOKE_ROWS},
    "admin/editorial/post/<int:post_id>/route.json": {"GET": SPOKE_ROWS},
    "admin/editorial/post/<int:post_id>/routing/": {"POST": "eambs"},
    "admin/editorial/post/<int:post_id>/schedule/": {"GET": "eambs", "POST": "eambs"},
    "admin/editorial/post/autosave/": {"POST": WRITERS},
    "admin/editorial/post/duplicates/": {"POST": WRITERS},
    "admin/editorial/post/outlook/": {"POST": WRITERS},
    "admin/editorial/post/pictures/": {"POST": WRITERS},
    "admin/editorial/post/pictures/<int:asset_id>/": {"POST": "eambs"},
    "admin/editorial/post/preview/": {"POST": WRITERS},
    "admin/editorial/post/search/<slug:what>/": {"GET": WRITERS},
}
# what is typed into an audience's page is answered for those who may write one
TARGETING: dict[str, Access] = {
    "admin/audiences/audience/answer/": {"POST": "mbxs"},
    "admin/audiences/audience/check/": {"POST": "mbxs"},
    "admin/audiences/audience/complete/": {"POST": "mbxs"},
    "admin/coverage/": {"GET": MEMBERS},
    **{
        address: access
        for model in ("channels/spoke", "channels/channel")
        for address, access in {
            f"admin/{model}/<path:object_id>/reasons/": {"GET": SPOKE_ROWS},
            f"admin/{model}/<path:object_id>/profile/": {"GET": SPOKE_ROWS, "POST": "mbs"},
            f"admin/{model}/<path:object_id>/whatif/": {"POST": "mbs"},
        }.items()
    },
}
HOUSE: dict[str, Access] = {
    "admin/": {"GET": STAFF},
    "admin/audit/auditentry/export/<slug:form>/": {"GET": "mnbxs"},
    "admin/autocomplete/": {"GET": MEMBERS},
    "admin/delivery/delivery/figures/": {"GET": MEMBERS},
    "admin/delivery/delivery/machine/": {"GET": STAFF},
    "admin/delivery/delivery/now/": {"GET": STAFF},
    # everything stops for all: a member of one spoke holds that spoke
    "admin/delivery/delivery/pause/": {"POST": "eams"},
    "admin/delivery/delivery/resume/": {"POST": "eams"},
    "admin/delivery/delivery/upcoming/": {"GET": MEMBERS},
    "admin/health/": {"GET": MEMBERS},
    "admin/health/now/": {"GET": MEMBERS},
    # who is told of what goes wrong is a matter of the whole house
    "admin/alerts/": {"GET": MEMBERS},
    "admin/alerts/test/": {"POST": "ms"},
    "admin/alerts/<int:pk>/silence/": {"POST": "ms"},
    "admin/alerts/<int:pk>/wake/": {"POST": "ms"},
    "admin/jsi18n/": {"GET": STAFF},
    "admin/login/": {"GET": EVERYBODY},
    "admin/logout/": {"POST": EVERYBODY},
    "admin/password_change/": {"GET": EVERYBODY},
    "admin/password_change/done/": {"GET": STAFF},
    "admin/search/": {"GET": STAFF},
    "admin/welcome/": {"GET": "ms"},
    "admin/welcome/done/": {"GET": "ms"},
    "admin/welcome/genres/": {"GET": "ms", "POST": "ms"},
    "admin/welcome/hub/": {"GET": "ms", "POST": "ms"},
    "admin/welcome/people/": {"GET": "ms", "POST": "ms"},
    "admin/welcome/put-away/": {"POST": "ms"},
    "admin/welcome/spokes/": {"GET": "ms", "POST": "ms"},
    "preview/": {"GET": MEMBERS},
    "preview/<slug:place_slug>/": {"GET": SPOKE_ROWS},
    "preview/<slug:place_slug>/<slug:post>/": {"GET": SPOKE_ROWS},
}
ACCOUNT: dict[str, Access] = {
    "accounts/": OWN_ACCOUNT,
    "accounts/2fa/": {"GET": STAFF},
    "accounts/2fa/recovery-codes/generate/": {"POST": STAFF},
    "accounts/2fa/totp/activate/": OWN_ACCOUNT,
    "accounts/inactive/": {"GET": EVERYBODY},
    "accounts/login/": DOOR,
    "accounts/logout/": DOOR,
    "accounts/password/change/": OWN_ACCOUNT,
    "accounts/password/reset/": DOOR,
    "accounts/password/reset/done/": {"GET": EVERYBODY},
    "accounts/password/reset/key/done/": {"GET": EVERYBODY},
    "accounts/password/set/": OWN_ACCOUNT,
    "accounts/reauthenticate/": OWN_ACCOUNT,
    "accounts/sessions/": OWN_ACCOUNT,
}
PUBLIC: dict[str, Access] = dict.fromkeys(
    (
        *("", "hub/", "search/", "artists/", "genres/", "tags/", "archive/"),
        *("robots.txt", "sitemap.xml", "sitemap-places.xml", "spokes.css", "healthz"),
        *("oembed", "site.webmanifest", "<slug:place_slug>/live.json"),
        *("feed.atom", "feed.json", "feed.rss", "<slug:place_slug>/"),
        *(f"<slug:place_slug>/feed.{form}" for form in ("atom", "json", "rss")),
    ),
    SITE,
)
# not walked, each for a reason; what it shows is held by a test of its own
LEFT_OUT = {
    # Django's own fallbacks, which show nothing
    "admin/(?P<url>.*)$": "404 or a slash at the end",
    "admin/^(?P<app_label>": "a part of the index",
    "admin/r/<path:content_type_id>/<path:object_id>/": "leads to the site's public address",
    "/delete/": "no row is deleted by hand: test_console_pages; slots: test_console_rooms",
    "admin/auth/group/<path:object_id>/history/": "Django's log, which nothing here writes",
    # asks for what only a test of its own can bring
    "accounts/2fa/authenticate/": "in the middle of signing in: test_people_sign_in",
    "accounts/2fa/reauthenticate/": "with a second factor: test_people_sign_in",
    "accounts/2fa/recovery-codes/": "with a second factor: test_people_sign_in",
    "accounts/2fa/totp/deactivate/": "with a second factor: test_people_sign_in",
    "accounts/^password/reset/key/": "by a link: test_people_sign_in",
    "admin/welcome/start/": "by a link: the tests of the first run",
    "admin/welcome/join/": "by a link: the tests of the first run",
    "share/": "by a link: the tests of previews",
    # rows that have to be published first; nothing here knows a person
    "<slug:place_slug>/<slug:post_slug>/": "the tests of the site",
    "archive/<int:year>/": "the tests of the site",
    "<slug:place_slug>/archive/": "the tests of the site",
    "artists/<slug:slug>/": "the tests of the site",
    "genres/<slug:slug>/": "the tests of the site",
    "tags/<slug:slug>/": "the tests of the site",
    "sitemap-posts-": "the tests of the site",
    "media/": "files; the address is the secret",
    "readyz": "not ready without a runner: test_runtime_probes",
    "metrics": "for machines: test_runtime_probes",
}
TABLE: dict[str, Access] = {
    **{address: access for model in MODELS for address, access in pages_of(model).items()},
    **POST_PAGES,
    **TARGETING,
    **HOUSE,
    **ACCOUNT,
    **PUBLIC,
}
# lead to the sign-in page by trade, whoever comes
DOORS = {"accounts/login/", "accounts/logout/", "admin/login/", "admin/logout/"}
# answer 404 to an empty form of those who may: what is meant is not named
NEED_A_FORM = {
    "oembed",
    *(address for address in TABLE if "/views/" in address),
    *("admin/editorial/post/<int:post_id>/routing/", "admin/editorial/post/pictures/"),
    "admin/editorial/post/<int:post_id>/revisions/<int:number>/",
}
