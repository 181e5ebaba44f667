"""When a channel publishes: weekly slots, and who has taken which."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hub.delivery.models import Delivery
from spokes.channels.models import Channel, validate_zone


class Weekday(models.IntegerChoices):
    """As ``datetime.date.weekday()`` counts."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class Slot(models.Model):
    """A weekly wall time in a zone; the instant is worked out for each date on its own."""

    channel = models.ForeignKey(
        Channel, on_delete=models.CASCADE, related_name="slots", verbose_name=_("channel")
    )
    weekday = models.PositiveSmallIntegerField(
        _("weekday"), choices=Weekday, validators=[MaxValueValidator(6)]
    )
    wall_time = models.TimeField(_("wall time"))
    zone = models.CharField(_("zone"), max_length=64, validators=[validate_zone])
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["channel", "weekday", "wall_time"]
        verbose_name = _("slot")
        verbose_name_plural = _("slots")
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "weekday", "wall_time", "zone"],
                name="slot_once",
                violation_error_message=_("This channel has that slot already."),
            ),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="slot_weekday_in_week"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.wall_time:%H:%M} {self.zone}"


class SlotBooking(models.Model):
    """One date of a slot, taken by one delivery."""

    slot = models.ForeignKey(Slot, on_delete=models.CASCADE, related_name="bookings")
    date = models.DateField()
    delivery = models.OneToOneField(Delivery, on_delete=models.CASCADE, related_name="slot_booking")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["slot", "date"], name="slot_taken_once_per_date"),
        ]

    def __str__(self) -> str:
        return f"{self.slot} on {self.date}"
