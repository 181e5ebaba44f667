from __future__ import annotations


class PreviewError(Exception):
    """This can't be previewed."""


class MomentUnreadable(PreviewError):
    """This is no moment that can be previewed."""


class ShareRefused(PreviewError):
    """This can't be shared by a link."""


class WrongToken(PreviewError):
    """No link was ever made with this token."""
