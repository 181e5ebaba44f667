"""What the people of a newsroom may do, as groups that a manager puts them into.

Where they may do it, their memberships say: ``hub.people.scope``.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps as installed
from django.contrib.auth.models import Group
from django.db import transaction

EDITOR = "Editor"
APPROVER = "Approver"
MANAGER = "Community manager"
ANALYST = "Analyst"

SEEN_BY_ALL = (
    *("catalogue.genre", "catalogue.artist", "catalogue.track", "catalogue.unresolvedgenre"),
    *("editorial.post", "editorial.audiencetag", "media.asset"),
    *("channels.spoke", "channels.channel", "audiences.audience"),
    *("delivery.delivery", "delivery.hold", "schedule.slot", "audit.auditentry"),
)
READ = tuple(model.replace(".", ".view_") for model in SEEN_BY_ALL)
WRITING = (
    *("editorial.add_post", "editorial.change_post"),
    *("media.add_asset", "media.change_asset"),
    *("catalogue.add_artist", "catalogue.change_artist", "catalogue.add_track"),
    *("catalogue.change_track", "catalogue.change_unresolvedgenre"),
    *("delivery.add_delivery", "delivery.change_delivery"),
    *("audiences.add_routingoverride", "audiences.change_routingoverride"),
    *("delivery.add_hold", "delivery.delete_hold"),
    *("preview.view_sharelink", "preview.add_sharelink", "preview.change_sharelink"),
)
APPROVING = ("editorial.approve_post",)
RUNNING = (
    *("channels.add_spoke", "channels.change_spoke", "channels.add_channel"),
    *("channels.change_channel", "audiences.add_audience", "audiences.change_audience"),
    *("schedule.add_slot", "schedule.change_slot", "schedule.delete_slot"),
    *("catalogue.add_genre", "catalogue.change_genre", "catalogue.merge_artist"),
    *("editorial.add_audiencetag", "editorial.change_audiencetag"),
    *("auth.view_user", "auth.add_user", "auth.change_user", "auth.view_group"),
)
EXPORTING = ("audit.export_auditentry",)
# a change here asks for another migration that calls set_up_roles; a test says so
ROLES: dict[str, tuple[str, ...]] = {
    EDITOR: (*READ, *WRITING),
    APPROVER: (*READ, *WRITING, *APPROVING),
    MANAGER: (*READ, *WRITING, *APPROVING, *RUNNING, *EXPORTING),
    ANALYST: (*READ, "auth.view_user", "auth.view_group", "preview.view_sharelink", *EXPORTING),
}
FORMER_NAMES = {"Editors": EDITOR, "Approvers": APPROVER, "Managers": MANAGER}


@transaction.atomic
def set_up_roles(apps: Any = installed) -> list[Group]:
    """Make the groups, or make them right again; people stay in the groups they are in.

    A migration gives its own ``apps``. Permissions that Django has not made yet, as on a fresh
    database, are made here.
    """
    groups = apps.get_model("auth", "Group").objects
    for former, name in FORMER_NAMES.items():
        _rename(groups, former, name)
    made = []
    known = _known_permissions(apps)
    for name, wanted in ROLES.items():
        group, _ = groups.get_or_create(name=name)
        group.permissions.set([known.get(each) or _permission(apps, each) for each in wanted])
        made.append(group)
    return made


def _rename(groups: Any, former: str, name: str) -> None:
    """Call a group by its new name; where both are there, its people move over."""
    old = groups.filter(name=former).first()
    if old is None:
        return
    new = groups.filter(name=name).first()
    if new is None:
        groups.filter(pk=old.pk).update(name=name)
        return
    new.user_set.add(*old.user_set.all())
    old.delete()


def _known_permissions(apps: Any) -> dict[str, Any]:
    """Load those that are there, by their names in ``ROLES``."""
    rows = apps.get_model("auth", "Permission").objects.select_related("content_type")
    return {
        f"{row.content_type.app_label}.{row.codename}": row
        for row in rows
        if row.codename.endswith(f"_{row.content_type.model}")
    }


def _permission(apps: Any, permission: str) -> Any:
    app, codename = permission.split(".")
    action, model = codename.split("_", 1)
    kind, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label=app, model=model
    )
    row, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=kind, codename=codename, defaults={"name": f"Can {action} {model}"}
    )
    return row
