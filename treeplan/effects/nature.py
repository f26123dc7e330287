"""Effects on wildlife."""

from __future__ import annotations

import numpy as np

from treeplan.coefficients import Coefficients
from treeplan.effects import effect
from treeplan.effects.register import Values
from treeplan.effects.surroundings import Surroundings
from treeplan.growth import Growth


@effect(label="Canopy joined to woods and protected places", unit="connected ha", domain="ecosystems")
def connected_ha(growth: Growth, c: Coefficients, around: Surroundings) -> Values | None:
    """Hectares of canopy, each counted by how near it is to a wood or protected place (1 beside it, 0 at 500 m); canopy on priority open habitat counts against it."""
    if around.habitat_m is None:
        return None
    nearness = np.clip(1 - around.habitat_m / c.habitat_reach_m, 0, 1)
    gained = growth.canopy_m2 * nearness * (1 - around.open_share)
    lost = growth.opposite.canopy_m2 * around.open_share * c.opposite.open_habitat_loss_ratio
    return (gained - lost) / 1e4
