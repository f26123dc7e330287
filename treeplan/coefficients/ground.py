"""Figures on ground: where trees can stand along streets, streams and fields, what is one site, and who owns it.

They say where sites lie before anything is worked out for them, so the central figure counts at every level.
"""

from __future__ import annotations

from treeplan.coefficients.figure import UNDATED, Coefficient

_HEALTHY_STREETS = "Surrey Healthy Streets 7.5"
_RIPARIAN = "Forest Research, infd-6mvk4u"


def _fixed(value: float, unit: str, plain: str, source: str) -> Coefficient:
    """A figure that a publication gives without a range."""
    return Coefficient(value, value, value, unit, plain, source, "sourced", UNDATED)


GROUND: dict[str, Coefficient] = {
    # --- streets ------------------------------------------------------------------------------------------------------
    "pit_side_m": _fixed(1.0, "m", "side of a tree pit in a footway (1 m2 at least)", _HEALTHY_STREETS),
    "pit_setback_m": Coefficient(0.3, 0.5, 0.6, "m", "distance between kerb and pit"),
    "footway_clear_m": _fixed(1.6, "m", "footway kept clear beside a pit", _HEALTHY_STREETS),
    "verge_least_width_m": _fixed(1.1, "m", "a verge by the kerb that is narrower holds no tree", _HEALTHY_STREETS),
    "frontage_reach_m": Coefficient(8, 12, 15, "m", "a building this near a kerb stands at the footway"),
    "sidewalk_reach_m": Coefficient(4, 6, 8, "m", "a footway mapped on its own this near the kerb is the street's"),
    "streets_apart_m": Coefficient(5, 6, 8, "m", "least distance between trees on the sides of different streets"),
    "canyon_look_m": Coefficient(30, 40, 60, "m", "how far from the trees of a street its walls are looked for"),
    "canyon_row_share": Coefficient(
        0.3, 0.5, 0.7, "share", "part of a row of trees that stands between walls, from which the street is narrow"
    ),
    # --- streams ------------------------------------------------------------------------------------------------------
    "channel_narrow_m": _fixed(1.0, "m", "a channel that is narrower asks for the narrow riverside strip", _RIPARIAN),
    "channel_middle_m": _fixed(2.0, "m", "a channel that is narrower asks for the middle riverside strip", _RIPARIAN),
    "riparian_strip_narrow_m": _fixed(5.0, "m", "width of the strip for trees beside a narrow channel", _RIPARIAN),
    "riparian_strip_middle_m": _fixed(10.0, "m", "width of the strip for trees beside a middling channel", _RIPARIAN),
    "riparian_strip_wide_m": _fixed(20.0, "m", "width of the strip for trees beside a wide channel", _RIPARIAN),
    "riparian_strip_unsaid_m": Coefficient(
        5, 10, 20, "m", "width of the strip for trees beside a channel whose width nobody mapped"
    ),
    "bank_m": Coefficient(0.5, 1.0, 2.0, "m", "ground left between a channel and the strip for trees"),
    "channel_river_m": Coefficient(8, 12, 20, "m", "width of a river that does not say"),
    "channel_inland_river_m": Coefficient(5, 8, 12, "m", "width of an inland river that does not say"),
    "channel_tidal_river_m": Coefficient(20, 30, 60, "m", "width of a tidal river that does not say"),
    "channel_canal_m": Coefficient(10, 12, 15, "m", "width of a canal that does not say"),
    "channel_stream_m": Coefficient(1, 2, 3, "m", "width of a stream or brook that does not say"),
    "channel_ditch_m": Coefficient(1, 1.5, 2, "m", "width of a ditch or drain that does not say"),
    "channel_unsaid_m": Coefficient(4, 8, 12, "m", "width of a channel that says neither width nor form"),
    # --- fields, grounds and paths ------------------------------------------------------------------------------------
    "hedge_strip_m": _fixed(1.5, "m", "width of the strip that a hedge is planted in", "gov.uk BN11"),
    "same_hedge_m": Coefficient(3, 4, 6, "m", "two fields this near share one boundary, and so one hedge"),
    "edge_strip_m": Coefficient(
        5, 10, 15, "m", "width of the strip along the border of a school or sports ground that may hold trees"
    ),
    "orchard_keepers_reach_m": Coefficient(
        50, 100, 200, "m", "grass this near allotments or a community garden has keepers for fruit trees"
    ),
    "path_width_m": Coefficient(1.5, 2, 3, "m", "width of a path that does not say"),
    # --- what is one site ---------------------------------------------------------------------------------------------
    "site_join_m": Coefficient(4, 6, 8, "m", "parts of one ground nearer than this are one site"),
    "part_least_m2": Coefficient(16, 25, 36, "m2", "a part of a site that is smaller holds no tree"),
    "sliver_compactness": Coefficient(
        0.03, 0.05, 0.10, "share", "ground less compact than this (4πA/P²) is a sliver; lines of trees are let through"
    ),
    "island_reach_m": Coefficient(
        2,
        3,
        5,
        "m",
        "the edge of grass faces a carriageway this near, or half the grass's own width where that is less",
    ),
    "island_edge_share": Coefficient(
        0.6,
        0.75,
        0.9,
        "share",
        "part of the edge of grass that faces carriageways, from which it is an island in a road",
    ),
    "rural_people_per_km2": Coefficient(
        300, 500, 1_000, "residents per km2", "a site in a neighbourhood that is less densely lived in is rural"
    ),
    # --- owners -------------------------------------------------------------------------------------------------------
    "registered_share": Coefficient(
        0.4, 0.5, 0.75, "share", "part of a site on land of the council's register, from which that says who owns it"
    ),
    "register_point_reach_m": Coefficient(
        2, 5, 10, "m", "a point of the register this near public ground means the nearest such ground"
    ),
    "register_point_most_ha": Coefficient(
        5, 10, 20, "ha", "without parcels, a point of the register speaks for no more ground than this"
    ),
}
