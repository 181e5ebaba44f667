from __future__ import annotations

from django.db import InterfaceError, OperationalError

# the database is away, full or busy: no fault of what was to be written
DATABASE_AWAY = (OperationalError, InterfaceError)


class DeliveryError(Exception):
    """Something is wrong with a delivery."""


class TransitionRefused(DeliveryError):
    """A delivery can't go from its state to that one."""


class LeaseLost(DeliveryError):
    """Another worker holds the delivery by now."""


class Stopped(DeliveryError):
    """A person has stopped the delivery, or its channel, since it was claimed."""


class NoGate(DeliveryError):
    """A gate that the channel's calls go through is not there yet."""


class NotPossibleNow(DeliveryError):
    """This can't be done with the delivery as it stands."""
