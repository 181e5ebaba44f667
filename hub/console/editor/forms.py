"""A post's form: what is typed, and what the browser is told of each field."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from content.catalogue.models import Artist, Genre, Track
from content.editorial.fields import MAX_BODY
from content.editorial.models import AudienceTag, Post, PostKind, Variant
from content.media.models import Asset
from hub.console.editor.genre_shares import PickLine, ShareInputs, pick_lines, with_percents
from hub.console.editor.merged import ArtistsField
from hub.console.editor.typed_post import VARIANT_FIELDS, read_markets
from hub.console.editor.widgets import Picker, line, text
from hub.people.scope import sees_whole_house, visible
from spokes.channels.connectors.registry import CONNECTORS
from spokes.channels.models import Channel

# a draft may do without; an approval asks for the words
CAN_WAIT = {"teaser", "cta_url", "priority"}
FIELDS = [
    # genres and tags are declared below: they have more than a key
    *("title", "kind", "teaser", "body", "hero", "artists", "tracks"),
    *("cta_label", "cta_url", "lang", "markets", "explicit", "evergreen", "teaser_only"),
    *("happens_on", "priority", "embargo_until", "expires_at"),
]
DAY: dict[str, Any] = {"type": "date", "class": "post-input"}
TIME: dict[str, Any] = {"type": "time", "class": "post-input", "step": "60"}


def moment_field(label: Any, help_text: Any) -> forms.SplitDateTimeField:
    time_label: Any = _("Time of day, UTC")
    widget = forms.SplitDateTimeWidget(
        date_attrs={**DAY, "aria-label": label},
        time_attrs={**TIME, "aria-label": time_label},
        date_format="%Y-%m-%d",
        time_format="%H:%M",
    )
    return forms.SplitDateTimeField(label=label, required=False, widget=widget, help_text=help_text)


class PostForm(forms.ModelForm[Post]):
    """A post as it is written; ``content.editorial.actions.write_post`` checks and saves it."""

    # what was kept of this form and is brought back; set by the page on a class of its own
    kept: QueryDict | None = None

    # who writes, for what he or she may choose from
    person: User | None = None

    hero = forms.ModelChoiceField(
        queryset=Asset.objects.all(), required=False, label=_("Picture"), widget=forms.HiddenInput
    )
    artists = ArtistsField(
        queryset=Artist.objects.all(),
        required=False,
        label=_("Artists"),
        widget=Picker("artists", _("Search for an artist")),
        help_text=_("Whom it is about. Without genres of its own, a post has theirs."),
    )
    tracks = forms.ModelMultipleChoiceField(
        queryset=Track.objects.select_related("artist"),
        required=False,
        label=_("Tracks"),
        widget=Picker("tracks", _("Search by title or artist")),
    )
    genres = forms.ModelMultipleChoiceField(
        queryset=Genre.objects.all(),
        required=False,
        label=_("Genres"),
        widget=Picker("genres", _("Search for a genre")),
        help_text=_(
            "Only where the artists’ genres don’t fit this story. A share says how much of it a "
            "genre is; empty ones get equal parts of what is left."
        ),
    )
    # how much of the post each genre is, as typed: ``clean`` puts it to the genres
    shares = forms.Field(required=False, widget=ShareInputs)
    tags = forms.ModelMultipleChoiceField(
        queryset=AudienceTag.objects.all(),
        required=False,
        label=_("Audience tags"),
        widget=Picker("tags", _("Whom is it for?")),
        help_text=_("Whom it is for, beyond its genres."),
    )
    markets = forms.CharField(
        label=_("Markets"),
        required=False,
        widget=line(placeholder=_("everywhere")),
        help_text=_("Country codes with commas between, like GB, IE. Empty: everywhere."),
    )
    embargo_until = moment_field(_("Embargo until"), _("It does not go out before."))
    expires_at = moment_field(_("Expires"), _("After this it disappears from the site."))
    # what the writer saw; a change on top of someone else's is refused
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Post
        # PostAdmin names the rest: FIELDS
        fields = ["title"]
        labels = {
            "title": _("Title"),
            "kind": _("Kind"),
            "teaser": _("Teaser"),
            "body": _("Body"),
            "cta_label": _("Call to action"),
            "cta_url": _("Deep link"),
            "lang": _("Language"),
            "explicit": _("Explicit"),
            "evergreen": _("Evergreen"),
            "teaser_only": _("Teaser only"),
            "happens_on": _("Happens on"),
            "priority": _("Priority"),
        }
        help_texts = {
            "teaser": _("One or two sentences: what lists and channels show."),
            "body": _("Markdown. The site shows it whole, unless only the teaser is wanted."),
            "cta_url": _("Into the music client, where the call to action leads."),
            "lang": _("Like en, de or pt-BR."),
            "explicit": _("Channels can leave out what is."),
            "evergreen": _("It may still go out when it is up to two hours late."),
            "teaser_only": _("The site leaves the body out and leads to the deep link."),
            "happens_on": _("The day of the release or the show; the site lists what is coming."),
            "priority": _("How much it matters; audiences may ask for it."),
        }
        widgets = {
            # a long title wraps; the action puts it on one line
            "title": text(rows=1, placeholder=_("Title"), **{"class": "post-title"}),
            "teaser": text(rows=3, placeholder=_("What is it, and why now?")),
            "body": text(rows=18, maxlength=MAX_BODY, **{"class": "post-input post-body"}),
            "kind": forms.Select(attrs={"class": "post-input"}, choices=PostKind.choices),
            "cta_label": line(),
            "cta_url": forms.URLInput(
                attrs={"class": "post-input", "placeholder": "https://…", "inputmode": "url"}
            ),
            "lang": line(),
            "priority": forms.Select(attrs={"class": "post-input"}),
            "happens_on": forms.DateInput(attrs=DAY, format="%Y-%m-%d"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.fields.keys() >= CAN_WAIT:
            # a post that can only be read
            return
        for name in CAN_WAIT:
            self.fields[name].required = False
        if self.person is not None:
            seen = visible(self.person, Asset.objects.all())
            self.fields["hero"].queryset = seen  # type: ignore[attr-defined]  # a ModelChoiceField
        if self.instance.pk:
            self.initial["revision"] = self.instance.revision
            self._show_chosen(self.instance)
        if self.kept is not None:
            self._bring_back(self.kept)

    def _show_chosen(self, post: Post) -> None:
        """Fill in the rows of the post, and tell the pickers their names."""
        self.initial["tags"] = [item.tag for item in post.tagged_items.all()]
        picks = post.picked_genres.all()
        self.initial["genres"] = [pick.genre for pick in picks]
        self.initial["shares"] = {str(p.genre_id): str(p.percent) for p in picks if p.percent}
        for name in ("artists", "tracks", "genres", "tags"):
            widget, rows = self.fields[name].widget, self.initial.get(name, [])
            if isinstance(widget, Picker):
                widget.known = {str(row.pk): str(row) for row in rows}
        self.initial["markets"] = ", ".join(market.code for market in post.markets.all())

    def _bring_back(self, kept: QueryDict) -> None:
        """Show what was kept as it was typed, right or wrong."""
        for name, field in self.fields.items():
            self.initial[name] = field.widget.value_from_datadict(kept, {}, self.add_prefix(name))

    def picked(self) -> list[PickLine]:
        """List the genres that the form shows, each with its share as typed."""
        options = self["genres"].subwidgets
        names = {str(one.data["value"]): str(one.data["label"]) for one in options}
        return pick_lines(names, self["shares"].value() or {})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        typed = cleaned.pop("shares", {})
        if "genres" in cleaned:
            try:
                cleaned["genres"] = with_percents(cleaned["genres"], typed)
            except ValidationError as error:
                self.add_error("genres", error)
        return cleaned

    def clean_priority(self) -> int:
        return self.cleaned_data["priority"] or self.instance.priority

    def clean_markets(self) -> list[str]:
        return read_markets(self.cleaned_data["markets"])

    def chosen_picture(self) -> Asset | None:
        """Give the picture that the form shows, chosen just now or saved."""
        key = str(self["hero"].value() or "")
        if self.instance.pk and str(self.instance.hero_id) == key:
            return self.instance.hero
        return Asset.objects.filter(pk=key).first() if key.isdecimal() else None

    def _get_validation_exclusions(self) -> set[str]:
        """Leave the order of these two to the action, which says in words what is wrong."""
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # Django's
        return excluded | {"embargo_until", "expires_at"}


def targets(person: User | None) -> list[tuple[str, str]]:
    """List what a variant may be for: every network, then every channel that the person sees."""
    networks = [
        (f"network:{name}", gettext("All %(network)s") % {"network": kind.capabilities.label})
        for name, kind in CONNECTORS.items()
    ]
    rows = Channel.objects.only("slug", "name")
    seen = visible(person, rows) if person else rows
    channels = [(f"channel:{row.slug}", row.name) for row in seen]
    return [("", gettext("Choose where")), *networks, *channels]


def hidden_targets(person: User | None) -> set[str]:
    """List the channels of other spokes: what a post says there is neither shown nor changed."""
    if person is None or sees_whole_house(person):
        return set()
    seen = visible(person, Channel.objects.order_by()).values("pk")
    slugs = Channel.objects.exclude(pk__in=seen).values_list("slug", flat=True)
    return {f"channel:{slug}" for slug in slugs}


class VariantForm(forms.ModelForm[Variant]):
    """What a post says on one network or channel."""

    target = forms.ChoiceField(
        label=_("Where"), choices=(), widget=forms.Select(attrs={"class": "post-input"})
    )

    class Meta:
        model = Variant
        fields = list(VARIANT_FIELDS)
        labels = {"title": _("Title"), "teaser": _("Teaser"), "cta_label": _("Call to action")}
        widgets = {"title": line(), "teaser": text(rows=2), "cta_label": line()}

    def __init__(self, *args: Any, targets: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        said = self.initial.get("target", "")
        # a channel may be gone, or somebody else's: what was said there stays
        kept = [] if said in dict(targets) else [(said, said)]
        self.fields["target"].choices = [*targets, *kept]  # type: ignore[attr-defined]  # a ChoiceField


def values_of(variant: Variant) -> dict[str, str]:
    return {name: getattr(variant, name) for name in VARIANT_FIELDS}


class VariantFormSet(forms.BaseInlineFormSet[Variant, Post, VariantForm]):
    """The variants as lines to type: their rows are written anew with every change of the post."""

    # who writes; set by the page on a class of its own
    person: User | None = None

    def __init__(self, *args: Any, kept: QueryDict | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "queryset": Variant.objects.none()})
        if not self.is_bound:
            self.initial_extra = self._lines(kept)
            self.extra = len(self.initial_extra)

    def _lines(self, kept: QueryDict | None) -> list[dict[str, str]]:
        if kept is not None:
            from_form = VariantFormSet._kept_lines(kept)
            return [values for values in from_form if any(values.values())]
        if not self.instance.pk:
            return []
        hidden = hidden_targets(self.person)
        rows = self.instance.variants.all()
        return [values_of(row) for row in rows if row.target not in hidden]

    def kept_from_others(self) -> list[dict[str, str]]:
        """Give the saved lines that this person was not shown: they stay as they are."""
        hidden = hidden_targets(self.person) if self.instance.pk else set()
        if not hidden:
            return []
        rows = Variant.objects.filter(post=self.instance.pk, target__in=hidden)
        return [values_of(row) for row in rows]

    @staticmethod
    def _kept_lines(kept: QueryDict) -> list[dict[str, str]]:
        count = kept.get("variants-TOTAL_FORMS", "")
        return [
            {name: kept.get(f"variants-{place}-{name}", "") for name in VARIANT_FIELDS}
            for place in range(min(int(count), 200) if count.isdecimal() else 0)
            if f"variants-{place}-DELETE" not in kept
        ]

    @cached_property
    def _targets(self) -> list[tuple[str, str]]:
        return targets(self.person)

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {**super().get_form_kwargs(index), "targets": self._targets}
