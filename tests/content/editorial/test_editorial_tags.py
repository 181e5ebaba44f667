from __future__ import annotations

import pytest

from content.editorial.actions import add_tag, find_tag, merge_tags, rename_tag, write_post
from content.editorial.exceptions import PostInvalid, TagRefused, UnknownTag
from content.editorial.models import AudienceTag


@pytest.fixture
def hip_hop(db) -> AudienceTag:
    return add_tag(name="Hip Hop", meaning="For people of the culture.")


def names(post) -> list[str]:
    return sorted(tag.name for tag in post.tags.all())


def test_all_spellings_are_one_tag(make_post, hip_hop) -> None:
    post = make_post()
    post.tags.add("hip hop", "Hip-Hop", "HIPHOP ", hip_hop)
    assert names(post) == ["Hip Hop"]
    assert AudienceTag.objects.count() == 1


def test_an_unknown_tag_is_refused_with_its_neighbours(make_post, hip_hop) -> None:
    post = make_post()
    with pytest.raises(UnknownTag, match=r"no audience tag “hip hap”\. Did you mean “Hip Hop”"):
        post.tags.add("hip hap")
    assert AudienceTag.objects.count() == 1
    assert names(post) == []


def test_nothing_near_means_no_hint(make_post, hip_hop) -> None:
    with pytest.raises(UnknownTag) as caught:
        make_post().tags.set(["zither"])
    assert caught.value.near == []


@pytest.mark.parametrize("name", ["", "\x00", "\ud800", "!!!"])
def test_a_name_of_signs_is_just_unknown(make_post, name) -> None:
    with pytest.raises(UnknownTag):
        make_post().tags.add(name)


def test_a_comma_does_not_split_a_name(make_post) -> None:
    add_tag(name="Rhythm, and more", meaning="For movers.")
    post = make_post()
    post.tags.add("rhythm, and more")
    assert names(post) == ["Rhythm, and more"]


def test_set_takes_names_and_tags_and_drops_the_rest(make_post, make_tag, hip_hop) -> None:
    post = make_post(tags=[make_tag("UK")])
    post.tags.set(["hip-hop", make_tag("Festival")])
    assert names(post) == ["Festival", "Hip Hop"]
    post.tags.set(["festival"], clear=True)
    assert names(post) == ["Festival"]


def test_remove_takes_any_spelling_or_the_tag(make_post, make_tag, hip_hop) -> None:
    post = make_post(tags=[hip_hop, make_tag("UK")])
    post.tags.remove("hiphop", make_tag("UK"))
    assert names(post) == []


def test_an_editor_gets_unknown_tags_beside_the_field(editor, hip_hop) -> None:
    fields = {"title": "T", "tags": ["hiphop", "nope", "hip hap"]}
    with pytest.raises(PostInvalid) as caught:
        write_post(actor=editor, fields=fields)
    assert len(caught.value.errors["tags"]) == 2


def test_a_tag_is_found_in_any_spelling(hip_hop) -> None:
    assert find_tag("hip-hop") == hip_hop
    assert find_tag("jazz") is None


def test_a_spelling_that_is_taken_is_refused(hip_hop) -> None:
    with pytest.raises(TagRefused, match="There is a tag “Hip Hop” already"):
        add_tag(name="hip-hop", meaning="Again.")


@pytest.mark.parametrize("name", ["", " \u200b ", "x" * 101, "ﷺ" * 50])
def test_a_name_that_is_none_is_refused(db, name) -> None:
    with pytest.raises(TagRefused):
        add_tag(name=name, meaning="Something.")


@pytest.mark.parametrize("meaning", ["", "x" * 301])
def test_a_tag_says_when_to_use_it_in_a_sentence(db, meaning) -> None:
    with pytest.raises(TagRefused):
        add_tag(name="UK", meaning=meaning)


def test_names_in_every_script_have_slugs(db) -> None:
    assert add_tag(name="夜", meaning="For the night.").slug.isascii()


def test_a_renamed_tag_keeps_its_slug_and_moves_its_key(hip_hop) -> None:
    rename_tag(tag=hip_hop, name="Rap & Beats")
    hip_hop.refresh_from_db()
    assert (hip_hop.name, hip_hop.slug, hip_hop.key) == ("Rap & Beats", "hip-hop", "rapandbeats")


def test_a_tag_may_be_respelt_but_not_take_another_name(hip_hop, make_tag) -> None:
    rename_tag(tag=hip_hop, name="Hip-Hop")
    make_tag("UK")
    with pytest.raises(TagRefused):
        rename_tag(tag=hip_hop, name="U.K.")


def test_merging_moves_the_posts_once(make_post, make_tag, hip_hop) -> None:
    rap = make_tag("Rap")
    only_rap, both = make_post(tags=[rap]), make_post(tags=[rap, hip_hop])
    merge_tags(tag=rap, into=hip_hop)
    assert names(only_rap) == names(both) == ["Hip Hop"]
    assert find_tag("rap") is None


def test_a_tag_is_not_merged_into_itself(hip_hop) -> None:
    with pytest.raises(TagRefused):
        merge_tags(tag=hip_hop, into=hip_hop)
