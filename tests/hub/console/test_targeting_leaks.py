"""The field of an expression tells a manager of one spoke nothing of another."""

from __future__ import annotations


def test_no_audience_of_another_spoke_is_offered(two_spokes) -> None:
    """Neither while one types nor as what was probably meant."""
    hanna = two_spokes.browsers["b"]
    for text in ("audience:", "audience:Zwie"):
        asked = {"expression": text, "cursor": len(text)}
        told = hanna.post("/admin/audiences/audience/complete/", asked)
        assert "Zwielicht" not in told.content.decode()
    told = hanna.post("/admin/audiences/audience/check/", {"expression": "audience:Zwielich"})
    assert "Zwielicht " not in told.content.decode()
