"""What several sites can have of one supply: each takes no more than it wants, each giver gives no more than it has.

Sites and givers (schools, residents) make a network of flows: what the sites have at most together is its greatest flow.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog
from scipy.sparse import csr_array

Values = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Sharing:
    """Which givers can give to which sites.

    Attributes
    ----------
    site, giver : array of int
        Rows of the two, each pair once.
    size : array
        How large each giver is: what it has at most is its size times what one has.
    """

    site: Rows
    giver: Rows
    size: Values

    def most(self, wanted: Values, each: float, worth: Values | None = None) -> float:
        """The most that all sites can have together.

        Parameters
        ----------
        wanted : array
            What each site takes at most.
        each : float
            What a giver of size 1 has.
        worth : array, optional
            What one of it counts at each site; 1 where it is not given.

        Notes
        -----
        A linear programme, solved by HiGHS: amounts are no whole numbers and count differently from site to site, which a
        greatest flow of whole numbers (`scipy.sparse.csgraph.maximum_flow`) cannot say.
        """
        worth = np.ones(len(wanted)) if worth is None else worth
        used = (np.minimum(wanted, worth)[self.site] > 0) & (self.size[self.giver] * each > 0)
        if not used.any():
            return 0.0
        sites, site = np.unique(self.site[used], return_inverse=True)
        givers, giver = np.unique(self.giver[used], return_inverse=True)
        pair, most = np.arange(len(site)), np.concatenate([wanted[sites], self.size[givers] * each])
        rows = np.concatenate([site, len(sites) + giver])
        taken = csr_array((np.ones(2 * len(pair)), (rows, np.tile(pair, 2))), shape=(len(most), len(pair)))
        scale = most.max()
        answer = linprog(-worth[sites][site], A_ub=taken, b_ub=most / scale, method="highs")
        assert answer.success, answer.message
        return float(min(-answer.fun * scale, wanted[sites] @ worth[sites]))


def share(site: Rows, giver: Rows, size: Values) -> Sharing:
    """Who can give to which site, givers that reach the same sites made one: they are as good as one that has what all have.

    Parameters
    ----------
    site, giver : array of int
        Rows of the two, each pair once.
    size : array
        How large each giver is.
    """
    order = np.lexsort((site, giver))
    site, giver = site[order], giver[order]
    alike: dict[bytes, tuple[Rows, list[int]]] = {}
    for low, high in pairwise([*np.flatnonzero(np.diff(giver, prepend=-1)), len(giver)]):
        to = site[low:high]
        alike.setdefault(to.tobytes(), (to, []))[1].append(giver[low])
    sets = sorted(alike.values(), key=lambda found: found[0].tolist())
    reached = [np.array([], dtype=np.int64), *(to for to, _ in sets)]
    return Sharing(
        np.concatenate(reached),
        np.repeat(np.arange(len(sets)), [len(to) for to, _ in sets]),
        np.array([size[same].sum() for _, same in sets]),
    )
