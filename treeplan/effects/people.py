"""Effects on people: who takes part, and what it gives them."""

from __future__ import annotations

import numpy as np

from treeplan.coefficients import Coefficients
from treeplan.effects import effect
from treeplan.effects.register import Values
from treeplan.effects.surroundings import Surroundings
from treeplan.growth import Growth


@effect(
    label="Volunteer hours",
    unit="hours",
    domain="community",
    weak="what groups give elsewhere says little of what they will give here",
)
def volunteer_hours(growth: Growth, c: Coefficients, around: Surroundings) -> Values | None:
    """Hours that schools and groups within a walk could give to planting and watering, less by the share of residents' answers that say no: weak evidence."""
    if around.groups is None:
        return None
    trees = np.minimum(growth.planted, around.groups * c.trees_per_group)
    return c.volunteer_hours_per_tree * trees * (1 - around.refused_share)
