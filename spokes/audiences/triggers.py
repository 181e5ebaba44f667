"""What raises the audiences' version: every way of writing what routing is compiled from."""

from __future__ import annotations

from spokes.audiences.parts import BLOCK, VersionPart
from spokes.version_triggers import VersionTriggers, Watched

TRIGGERS = VersionTriggers(
    version="audiences_audienceversion",
    prefix="audience_version_",
    watched=(
        Watched("audiences_audience", VersionPart.AUDIENCES, block=BLOCK),
        Watched("channels_spoke", VersionPart.CHANNELS),
        # a pause, or credentials that ran out, decide nothing
        Watched(
            "channels_channel",
            VersionPart.CHANNELS,
            columns=("spoke_id", "audience_id", "fit_floor"),
        ),
        Watched("catalogue_genre", VersionPart.NAMES),
        Watched("catalogue_genrealias", VersionPart.NAMES),
        Watched("catalogue_formerslug", VersionPart.NAMES),
        Watched("editorial_audiencetag", VersionPart.NAMES),
        # of an artist, imports rewrite much that no expression reads
        Watched("catalogue_artist", VersionPart.NAMES, columns=("name", "key", "slug")),
        Watched("catalogue_artistalias", VersionPart.NAMES),
        Watched("catalogue_genreedge", VersionPart.GRAPH),
        Watched("audiences_audienceprofile", VersionPart.PROFILES),
        Watched("audiences_profilegenre", VersionPart.PROFILES),
        Watched("audiences_profiletag", VersionPart.PROFILES),
        Watched("audiences_profileartist", VersionPart.PROFILES),
        Watched("audiences_archiveshare", VersionPart.PROFILES),
        # nobody reads how deep a pair is
        Watched("catalogue_genreclosure", VersionPart.GRAPH, events=("INSERT", "DELETE")),
    ),
)
