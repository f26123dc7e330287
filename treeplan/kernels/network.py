"""The searches of `network`.

Nodes are unsigned numbers: numba then leaves out the question whether an index counts from the end, a fifth of the time.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from treeplan.kernels import compiled

NEAR, FAR = np.uint8(1), np.uint8(2)


@compiled()
def _start(sources: Any, offsets: Any, limit: float, distance: Any, waits: Any, far: Any, touched: Any) -> int:
    """Let the sources within the limit wait in `far`; how many nodes they are at."""
    waiting = 0
    for i in range(len(sources)):
        source, offset = sources[i], offsets[i]
        if offset <= limit and offset < distance[source]:
            if distance[source] == np.inf:
                touched[waiting] = source
                far[waiting] = source
                waiting += 1
                waits[source] = FAR
            distance[source] = offset
    return waiting


@compiled()
def _next_band(
    far: Any, waiting: int, distance: Any, waits: Any, near: Any, settled: float, band: float
) -> tuple[int, int, float]:
    """Move the nodes of the next band from `far` to `near`: how many are near, how many still wait, and where the band ends."""
    least = np.inf
    for i in range(waiting):
        d = distance[far[i]]
        if settled <= d < least:
            least = d
    count, kept = 0, 0
    for i in range(waiting):
        node = far[i]
        d = distance[node]
        if d < settled:
            waits[node] &= ~FAR
        elif d < least + band:
            waits[node] = NEAR
            near[count] = node
            count += 1
        else:
            far[kept] = node
            kept += 1
    return count, kept, least + band


@compiled()
def _search(
    starts: Any,
    neighbours: Any,
    steps: Any,
    sources: Any,
    offsets: Any,
    limit: float,
    band: float,
    distance: Any,
    waits: Any,
    near: Any,
    following: Any,
    far: Any,
    touched: Any,
) -> int:
    """Write the distance of every node within the limit; the nodes written are the first of `touched`, and how many comes back.

    `far` holds nodes beyond the band that is being settled. `waits` says in which lists a node is, so that none is in one
    twice and no list outgrows the number of nodes. A node of `far` that was settled meanwhile is dropped when next seen.
    """
    reached = _start(sources, offsets, limit, distance, waits, far, touched)
    waiting, settled = reached, -np.inf
    while waiting > 0:
        count, waiting, settled = _next_band(far, waiting, distance, waits, near, settled, band)
        while count > 0:
            more = 0
            for i in range(count):
                node = near[i]
                waits[node] &= ~NEAR
                d = distance[node]
                for k in range(starts[node], starts[node + 1]):
                    other = neighbours[k]
                    there = d + steps[k]
                    before = distance[other]
                    if there < before and there <= limit:
                        if before == np.inf:
                            touched[reached] = other
                            reached += 1
                        distance[other] = there
                        if there < settled:
                            if not waits[other] & NEAR:
                                waits[other] |= NEAR
                                following[more] = other
                                more += 1
                        elif not waits[other] & FAR:
                            waits[other] |= FAR
                            far[waiting] = other
                            waiting += 1
            near, following = following, near
            count = more
    return reached


@compiled()
def nearest(
    starts: Any, neighbours: Any, steps: Any, sources: Any, offsets: Any, limit: float, band: float, distance: Any
) -> None:
    """Write into `distance`, inf everywhere, how far each node is from its nearest source."""
    nodes = len(distance)
    waits = np.zeros(nodes, dtype=np.uint8)
    lists = np.empty((4, nodes), dtype=np.uint32)
    _search(
        starts,
        neighbours,
        steps,
        sources,
        offsets,
        limit,
        band,
        distance,
        waits,
        lists[0],
        lists[1],
        lists[2],
        lists[3],
    )


@compiled()
def within(
    starts: Any,
    neighbours: Any,
    steps: Any,
    bounds: Any,
    sources: Any,
    offsets: Any,
    limit: float,
    band: float,
    wanted: Any,
) -> Any:
    """Site (counted from 0), node and distance of every wanted node within the limit of each site, by site.

    The sources of site `i` stand at `bounds[i]` to `bounds[i + 1]`.
    """
    nodes = len(starts) - 1
    distance = np.full(nodes, np.inf)
    waits = np.zeros(nodes, dtype=np.uint8)
    lists = np.empty((4, nodes), dtype=np.uint32)
    near, following, far, touched = lists[0], lists[1], lists[2], lists[3]
    found = 0
    site_of, node_of, metres = np.empty(1024, np.int64), np.empty(1024, np.int32), np.empty(1024, np.float64)
    for site in range(len(bounds) - 1):
        some = slice(bounds[site], bounds[site + 1])
        reached = _search(
            starts,
            neighbours,
            steps,
            sources[some],
            offsets[some],
            limit,
            band,
            distance,
            waits,
            near,
            following,
            far,
            touched,
        )
        if found + reached > len(node_of):
            room = max(2 * len(node_of), found + reached)
            site_of, node_of, metres = _grown(site_of, room), _grown(node_of, room), _grown(metres, room)
        for i in range(reached):
            node = touched[i]
            if wanted[node]:
                site_of[found] = site
                node_of[found] = node
                metres[found] = distance[node]
                found += 1
            distance[node] = np.inf
    return site_of[:found].copy(), node_of[:found].copy(), metres[:found].copy()


@compiled()
def _grown(values: Any, room: int) -> Any:
    """The same values in an array with more room."""
    larger = np.empty(room, values.dtype)
    larger[: len(values)] = values
    return larger
