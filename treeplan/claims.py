"""What the good of each site is claimed for, and that no good is claimed twice."""

from __future__ import annotations

import logging

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from treeplan.errors import StudyError, listed
from treeplan.layers import Layers
from treeplan.study import Study
from treeplan.vocabulary import CLAIMABLE, CLAIMS, EVERY_SITE, SITE_TYPES

log = logging.getLogger(__name__)


def with_claims(sites: gpd.GeoDataFrame, layers: Layers, study: Study) -> gpd.GeoDataFrame:
    """The sites with `claim`, the one thing that each is claimed for, "" for nothing; unchanged where the study claims nothing.

    A site on mapped peat, of whatever depth, is under no claim: nobody has measured that it may be planted at all. A claim for
    "all" is for the types of planting that it can be made for (`vocabulary.CLAIMABLE`).

    Raises
    ------
    StudyError
        A site is under more than one claim; or claimed by its id, and on peat, of a type that holds nothing to claim, or not there.
    """
    if not study.claims:
        return sites
    _require_known(sites, study)
    ids, kinds = sites["site_id"].to_numpy(dtype=object), sites["site_type"].to_numpy(dtype=object)
    _require_claimable(ids, kinds, study)
    under = np.array(
        [
            [
                kind in CLAIMABLE[claim]
                and any(claim in study.claims.get(name, ()) for name in (EVERY_SITE, kind, site))
                for claim in CLAIMS
            ]
            for site, kind in zip(ids, kinds, strict=True)
        ],
        dtype=bool,
    ).reshape(len(sites), len(CLAIMS))
    _require_one(ids, kinds, under)
    on_peat = _on_peat(sites, layers)
    _require_no_peat(ids[on_peat], study)
    lost = int((under.any(axis=1) & on_peat).sum())
    if lost:
        log.warning("claims: %d of %d sites lie on mapped peat and are under no claim", lost, len(sites))
    claim = np.where(under.any(axis=1) & ~on_peat, np.array(list(CLAIMS), dtype=object)[under.argmax(axis=1)], "")
    return sites.assign(claim=claim)


def _require_known(sites: gpd.GeoDataFrame, study: Study) -> None:
    unknown = sorted(set(study.claims) - {EVERY_SITE, *SITE_TYPES, *sites["site_id"]})
    if unknown:
        raise StudyError(
            f"[claims] names {listed(unknown)}, which is neither a type of planting nor a site of this run",
            f'name "{EVERY_SITE}", a type ({", ".join(SITE_TYPES)}), or a site_id as in sites.csv'
            f" ({listed(sites['site_id'], like=unknown, most=4)}).",
        )


def _require_claimable(ids: npt.NDArray[np.object_], kinds: npt.NDArray[np.object_], study: Study) -> None:
    """Stop at a claim for a site of its own whose planting holds nothing of the kind."""
    for site, kind in zip(ids, kinds, strict=True):
        nothing = [claim for claim in study.claims.get(site, ()) if kind not in CLAIMABLE[claim]]
        if nothing:
            raise StudyError(
                f"[claims] {site} ({SITE_TYPES[kind].label.lower()}) is under {nothing[0]}, and can hold none",
                f"take it out: {nothing[0]} are for {', '.join(CLAIMABLE[nothing[0]])}.",
            )


def _require_one(ids: npt.NDArray[np.object_], kinds: npt.NDArray[np.object_], under: npt.NDArray[np.bool_]) -> None:
    twice = np.flatnonzero(under.sum(axis=1) > 1)
    if len(twice):
        first = twice[0]
        claims = [claim for claim, own in zip(CLAIMS, under[first], strict=True) if own]
        raise StudyError(
            f"[claims] sells the same good twice: {listed(ids[twice], most=5)} ({SITE_TYPES[kinds[first]].label.lower()}) "
            f"{'is' if len(twice) == 1 else 'are'} under {' and '.join(claims)}",
            "leave each site one claim: take it out of the type's list, or out of the site's own.",
        )


def _on_peat(sites: gpd.GeoDataFrame, layers: Layers) -> npt.NDArray[np.bool_]:
    """Sites that share ground with mapped peat, deep or shallow."""
    found = np.zeros(len(sites), dtype=bool)
    if "peat" in layers:
        shapes, peat = sites.geometry.to_numpy(), layers.shapes("peat")
        site, near = shapely.STRtree(peat).query(shapes, predicate="intersects")
        shared = ~shapely.touches(shapes[site], peat[near])
        found[site[shared]] = True
    return found


def _require_no_peat(on_peat: npt.NDArray[np.object_], study: Study) -> None:
    named = sorted(set(on_peat) & {name for name, claims in study.claims.items() if claims})
    if named:
        raise StudyError(
            f"[claims] names {listed(named)}, on mapped peat, which can be under no claim",
            "take it out; where peat was probed and is none, correct the map of [sources.peaty_soils].",
        )
