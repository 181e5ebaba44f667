from __future__ import annotations

from hub.demo.wipe import own_models


def test_all_tables_of_the_house_are_emptied() -> None:
    names = {model._meta.label for model in own_models()}
    assert {"editorial.Post", "editorial.Post_artists", "delivery.Delivery"} <= names
    assert not {"auth.User", "contenttypes.ContentType"} & names
