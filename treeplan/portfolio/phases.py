"""Which chosen site is planted in which year."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from treeplan.portfolio.problem import CLOSE, Mask, Values


def plant_years(
    chosen: Mask, value: Values, cost_gbp: Values, site_id: npt.NDArray[np.object_], phases: dict[str, float]
) -> npt.NDArray[np.int64]:
    """The year in which each chosen site is planted: best value for money first, none before the money for it has come in.

    What a year does not spend goes on to the next; a site too dear for what there is waits, and others go before it.

    Parameters
    ----------
    chosen : array of bool
    value, cost_gbp : array
        By site.
    site_id : array
        Decides between sites of equal value for money.
    phases : dict
        Year to what comes in, £; together no less than the chosen sites cost.

    Returns
    -------
    array of int
        By site; 0 where it is not chosen.
    """
    year_of = np.zeros(len(chosen), dtype=np.int64)
    waiting = np.flatnonzero(chosen)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(cost_gbp > 0, value / cost_gbp, np.inf)
    waiting = waiting[np.lexsort((site_id[waiting].astype(str), -ratio[waiting]))]
    there, most = 0.0, sum(phases.values())
    for year in sorted(phases):
        there += phases[year]
        left = []
        for site in waiting:
            if cost_gbp[site] <= there + CLOSE * most:
                year_of[site] = int(year)
                there -= cost_gbp[site]
            else:
                left.append(site)
        waiting = np.array(left, dtype=np.int64)
    year_of[waiting] = int(max(phases))  # what rounding left over
    return year_of
