"""The tokens of share links: a secret that only its holder has, and our signature below it.

The signature lets us turn guesses away without asking the database; the hash lets us know a
token again without keeping it.
"""

from __future__ import annotations

import hashlib
import secrets

from django.core.signing import BadSignature, Signer

from hub.preview.exceptions import WrongToken

# 24 random bytes: 32 characters
SECRET_BYTES = 24
LONGEST = 120


def _signer() -> Signer:
    """Make the signer anew, so that a changed SECRET_KEY counts at once."""
    return Signer(salt="hub.preview.share", sep=".")


def make_token() -> str:
    return _signer().sign(secrets.token_urlsafe(SECRET_BYTES))


def hash_of(token: str) -> str:
    """Give what is kept of a token; raises WrongToken when it is none of ours."""
    try:
        secret = _signer().unsign(token[:LONGEST])
    except BadSignature:
        raise WrongToken from None
    return hashlib.sha256(secret.encode()).hexdigest()
