"""When a channel publishes: weekly slots, and who has taken which."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from hub.delivery.models import Delivery
from spokes.channels.models import Channel, validate_zone


class Weekday(models.IntegerChoices):
    """As ``datetime.date.weekday()`` counts."""

    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6


class Slot(models.Model):
    """A weekly wall time in a zone; the instant is worked out for each date on its own."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="slots")
    weekday = models.PositiveSmallIntegerField(choices=Weekday, validators=[MaxValueValidator(6)])
    wall_time = models.TimeField()
    zone = models.CharField(max_length=64, validators=[validate_zone])
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["channel", "weekday", "wall_time"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "weekday", "wall_time", "zone"], name="slot_once"
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
