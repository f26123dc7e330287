"""Effects that are the trees themselves: how many live, what they cover, what they cost."""

from __future__ import annotations

from treeplan.effects import effect
from treeplan.effects.register import Values
from treeplan.effects.surroundings import Surroundings
from treeplan.growth import Growth


@effect(label="Trees alive", unit="trees", domain="place")
def trees_alive(growth: Growth) -> Values:
    """Trees alive at the year."""
    return growth.alive


@effect(label="Tree canopy", unit="m2", domain="place")
def canopy_m2(growth: Growth) -> Values:
    """Canopy at the year, m²: never the grown canopy on day one."""
    return growth.canopy_m2


@effect(label="Canopy added nearby", unit="percentage points", domain="place", together="mean", leading=False)
def canopy_pp(growth: Growth, around: Surroundings) -> Values:
    """Canopy that the site adds to the land within a walk of it, percentage points."""
    return 100 * growth.canopy_m2 / around.zone_m2


@effect(label="Cost of planting", unit="£", domain=None, leading=False)
def planting_gbp(growth: Growth) -> Values:
    """Cost of planting the site, £."""
    return growth.planting_gbp


@effect(label="Cost of looking after it", unit="£", domain=None, leading=False)
def care_gbp(growth: Growth) -> Values:
    """Cost of watering and weeding in the first years, £; nothing where the study plans no aftercare."""
    return growth.care_gbp


@effect(label="Cost of planting and care", unit="£", domain=None)
def cost_gbp(growth: Growth) -> Values:
    """Cost of planting the site and looking after it, £: `planting_gbp` and `care_gbp` together."""
    return growth.planting_gbp + growth.care_gbp
