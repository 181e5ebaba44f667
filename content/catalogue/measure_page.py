"""What a page of the docs says of how well names are understood."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from django.utils.translation import gettext

from content.catalogue.certainty import STATED, Counts, Doubt, Way
from content.catalogue.measure import BANDS, Band, Measured

Parts = Mapping[str, Measured]
# as it is, and by what the other parts could have taught
Crossed = Mapping[str, tuple[Measured, Measured]]


def markdown(measured: Measured, *, source: str, graph: str) -> str:
    plain = {
        gettext("named exactly, or by an alias"): measured.exact.of(measured.names),
        gettext("resolved"): measured.resolved.of(measured.names),
        gettext("right, of those resolved"): measured.right.of(measured.resolved),
        gettext("right by the first of several roots alone"): measured.strictly.of(
            measured.resolved
        ),
        gettext("left for a person"): measured.unresolved.of(measured.names),
    }
    rows = [f"| {what} | {number:.1%} | {weight:.1%} |" for what, (number, weight) in plain.items()]
    return "\n".join(
        [
            f"{measured.names.number:,} names of {source}, on {graph}.",
            "",
            "| | of the names | weighted |",
            "|---|---|---|",
            *rows,
        ]
    )


def confidence_table(bands: Mapping[float, Band]) -> str:
    """Write how often answers of a confidence were right, also those too unsure to be given."""
    rows = [
        f"| {name} | {band.answers} | {band.stated / band.answers:.0%} "
        f"| {band.right / band.answers:.0%} |"
        for name, band in named_bands(bands)
    ]
    return "\n".join(["| confidence | answers | stated | right |", "|---|---:|---:|---:|", *rows])


def named_bands(bands: Mapping[float, Band]) -> Iterator[tuple[str, Band]]:
    """Give each band of confidence that has answers, the least certain first."""
    names = [f"{low:.2f} – {high:.2f}" for low, high in pairwise(BANDS)]
    for low, name in zip(BANDS, [*names, gettext("1: the house says so")], strict=True):
        if low in bands and bands[low].answers:
            yield name, bands[low]


def strata_table(parts: Parts) -> str:
    rows = [
        f"| {name} | {part.names.number} | {share(part.resolved.of(part.names))} "
        f"| {share(part.right.of(part.resolved))} |"
        for name, part in parts.items()
    ]
    return "\n".join(["| names | | resolved | right |", "|---|---:|---:|---:|", *rows])


def crossed_table(splits: Mapping[str, Crossed]) -> str:
    rows = [
        f"| {split}: {name} | {whole.names.number} | {share(whole.resolved.of(whole.names))} "
        f"| {share(whole.right.of(whole.resolved))} | {share(ignorant.resolved.of(whole.names))} "
        f"| {share(ignorant.right.of(ignorant.resolved))} |"
        for split, parts in splits.items()
        for name, (whole, ignorant) in parts.items()
    ]
    return "\n".join(
        [
            "| part | names | resolved | right | resolved, without its own words | right |",
            "|---|---:|---:|---:|---:|---:|",
            *rows,
        ]
    )


def share(of: tuple[float, float]) -> str:
    return f"{of[0]:.1%}"


def whole_page(
    measured: Measured,
    *,
    sources: Sequence[str],
    graph: str,
    strata: Parts,
    splits: Mapping[str, Crossed],
) -> str:
    named = ", ".join(f"`{source}`" for source in sources)
    parts = [
        markdown(measured, source=named, graph=graph),
        gettext(
            "Is a confidence what it says? Of every answer, also those too unsure to be given:"
        ),
        confidence_table(measured.bands),
        gettext("By kind of name (a name may be of several):"),
        strata_table(strata),
    ]
    if splits:
        parts += [
            gettext(
                "Each part, as it is, and by what the other parts alone could have taught: words "
                "that no name outside the part has are forgotten, and the confidence is counted on "
                "the others."
            ),
            crossed_table(splits),
        ]
    return "\n\n".join(parts)


def calibration(counts: Counts) -> str:
    """Write the counts as ``certainty`` reads them."""
    lines = [
        "# Written by measure_resolver --calibrate: answers of a kind that were right, of how many"
    ]
    for way in (way for way in Way if way not in STATED):
        kinds = {doubt: counts[way, doubt] for doubt in Doubt if (way, doubt) in counts}
        if kinds:
            inner = ", ".join(f"{doubt}: [{right}, {of}]" for doubt, (right, of) in kinds.items())
            lines.append(f"{way}: {{{inner}}}")
    return "\n".join(lines) + "\n"
