from __future__ import annotations

from spokes.audiences.forms import SHOWN, AudienceForm


def errors_of(expression: str) -> list[str]:
    form = AudienceForm({"name": "Heads", "expression": expression})
    assert not form.is_valid()
    return list(form.errors["expression"])


def test_a_readable_expression_is_valid(db):
    form = AudienceForm({"name": "Heads", "expression": " kind:tour "})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["expression"] == "kind:tour"


def test_each_fault_is_drawn_with_a_marker_under_it(db):
    first, second = errors_of("gener:techno AND kind:song")
    assert first == (
        "There is no field “gener”."
        '<pre class="expression-fault">gener:techno AND kind:song\n^^^^^</pre>'
        "Did you mean genre:?"
    )
    assert "\n                      ^^^^</pre>" in second


def test_what_was_typed_can_not_become_html(db):
    html = str(AudienceForm({"name": "x", "expression": "tag:<script>alert(1)</script>"}).errors)
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_hundreds_of_faults_are_counted_and_not_all_drawn(db):
    errors = errors_of(")" * 400)
    assert len(errors) == SHOWN + 1
    assert errors[-1] == f"And {400 - SHOWN} more faults."
