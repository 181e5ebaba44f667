"""What the people of a newsroom may do, as groups that a manager puts them into."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission
from django.db import transaction

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
)
RUNNING = (
    *("channels.add_spoke", "channels.change_spoke", "channels.add_channel"),
    *("channels.change_channel", "audiences.add_audience", "audiences.change_audience"),
    *("schedule.add_slot", "schedule.change_slot", "schedule.delete_slot"),
    *("catalogue.add_genre", "catalogue.change_genre"),
    *("editorial.add_audiencetag", "editorial.change_audiencetag"),
    *("auth.view_user", "auth.add_user", "auth.change_user", "auth.view_group"),
)
ROLES: dict[str, tuple[str, ...]] = {
    "Editors": (*READ, *WRITING),
    "Approvers": (*READ, *WRITING, "editorial.approve_post"),
    "Managers": (*READ, *WRITING, "editorial.approve_post", *RUNNING),
}


@transaction.atomic
def set_up_roles() -> list[Group]:
    """Make the groups, or make them right again; people stay in the groups they are in."""
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    groups = []
    for name, wanted in ROLES.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set([known[permission] for permission in wanted])
        groups.append(group)
    return groups
