from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from spokes.audiences.profiles.models import AudienceProfile
    from spokes.channels.models import Channel, Spoke


class AudienceProfileQuerySet(models.QuerySet["AudienceProfile"]):
    def with_owner(self) -> Self:
        return self.select_related("spoke", "channel__spoke")

    def of(self, owner: Spoke | Channel) -> Self:
        """Its own; a channel without one goes by its spoke's, which is not given here."""
        return self.filter(**{owner._meta.model_name or "": owner})
