"""Figures on where people live, how they walk, and what is near them.

They say who is near a site before anything is worked out for it, so the central figure counts at every level.
"""

from __future__ import annotations

from treeplan.coefficients.figure import Coefficient

LIVING: dict[str, Coefficient] = {
    # --- homes --------------------------------------------------------------------------------------------------------
    "home_least_floor_m2": Coefficient(
        5, 10, 20, "m2 per resident", "floor of mapped homes below which they are too few to say where people live"
    ),
    "home_least_street_m": Coefficient(
        0.2,
        0.3,
        0.5,
        "m per resident",
        "length of mapped streets below which they are too few to say where people live",
    ),
    "centroid_astray_m": Coefficient(
        25, 50, 100, "m", "a centroid farther than this from its neighbourhood is another's"
    ),
    # --- walks --------------------------------------------------------------------------------------------------------
    "detour_factor": Coefficient(1.2, 1.3, 1.4, "ratio", "how much longer a walk is than the straight line"),
    "way_reach_m": Coefficient(
        5, 10, 15, "m", "a site is entered wherever a way comes this near to its edge: half a carriageway and a footway"
    ),
    "entrance_reach_m": Coefficient(3, 5, 10, "m", "an entrance this near to a site's edge is the site's"),
    "home_reach_m": Coefficient(100, 200, 300, "m", "a home farther than this from every way is not on the network"),
    "network_least_m": Coefficient(
        500, 1_000, 2_000, "m", "ways apart from the rest that are shorter than this are a slip of the mapping"
    ),
    "green_walk_most_m": Coefficient(
        4_000, 5_000, 6_000, "m", "a walk to green space is followed no farther, and counts as so far"
    ),
    # --- what is near -------------------------------------------------------------------------------------------------
    "wood_gap_m": Coefficient(10, 20, 40, "m", "woods parted by no more than this, a ride or a lane, are one wood"),
    "same_group_m": Coefficient(25, 50, 100, "m", "two schools or groups of one kind nearer than this are one"),
    "renters_watched_share": Coefficient(
        0.7,
        0.8,
        0.9,
        "share",
        "part of the study's neighbourhoods with fewer private renters, from which one is watched where the plan plants in it",
    ),
}
