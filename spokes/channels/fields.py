"""A JSON field whose stored text is encrypted, with keys that can be rotated."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


def cipher() -> MultiFernet:
    """Encrypt with the first key, decrypt with any: rotation is adding a key in front."""
    return MultiFernet([Fernet(key) for key in settings.CREDENTIAL_KEYS])


class Sealed(dict[str, Any]):
    """What no key opens: empty to those who read it, and saved again as it was stored."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self.token = token


def unseal(token: str) -> dict[str, Any]:
    try:
        opened: dict[str, Any] = json.loads(cipher().decrypt(token.encode()))
    except InvalidToken:
        return Sealed(token)
    return opened


if TYPE_CHECKING:
    TextField = models.TextField[Any, Any]
else:
    TextField = models.TextField


class EncryptedJSONField(TextField):
    """Gives a dict; one that can't be decrypted is ``Sealed``, so that lists still load."""

    def get_prep_value(self, value: Any) -> str:
        if isinstance(value, Sealed):
            return value.token
        return cipher().encrypt(json.dumps(value).encode()).decode()

    def from_db_value(self, value: str | None, expression: object, connection: object) -> Any:
        return unseal(value) if value else {}

    def to_python(self, value: Any) -> Any:
        return unseal(value) if isinstance(value, str) else value

    def value_to_string(self, obj: models.Model) -> str:
        return self.get_prep_value(self.value_from_object(obj))
