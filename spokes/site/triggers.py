"""What raises the site's version: every way of writing what a page shows, and where it stands."""

from __future__ import annotations

from spokes.site.parts import SitePart
from spokes.version_triggers import VersionTriggers, Watched

TRIGGERS = VersionTriggers(
    version="site_siteversion",
    prefix="site_version_",
    watched=(
        Watched("site_publication", SitePart.STORIES),
        Watched("site_facet", SitePart.STORIES),
        # a job that only counts its tries shows nothing new
        Watched(
            "site_cardimage",
            SitePart.STORIES,
            update_when="NEW.state = 'ready' OR OLD.state = 'ready'",
        ),
        Watched("channels_spoke", SitePart.PLACES),
        Watched("channels_hub", SitePart.PLACES),
        Watched("catalogue_genre", SitePart.CATALOGUE),
        Watched("catalogue_genreclosure", SitePart.CATALOGUE),
        Watched("catalogue_artist", SitePart.CATALOGUE),
        Watched("catalogue_artistgenre", SitePart.CATALOGUE),
    ),
)
