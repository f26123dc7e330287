"""How the trees of each site live and grow: survival, canopy and carbon by year, at one level of the coefficients."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property, partial

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from treeplan.coefficients import COEFFICIENTS, Coefficient, Coefficients, looked_up
from treeplan.coefficients.carbon import TREE_CARBON, WOOD_CARBON
from treeplan.coefficients.table import CROWN_SHARE
from treeplan.errors import StudyError
from treeplan.layers import Layers
from treeplan.planting import Planting, by_type, of_type
from treeplan.settings import CarbonSettings
from treeplan.study import Study, printed_path

Values = npt.NDArray[np.float64]

LEFT_ALONE = ("brownfield", "heath", "meadow", "scrub")
"""Land uses whose soil counts as semi-natural; all but farmland that is ploughed counts as pasture."""


@dataclass(frozen=True)
class Growth:
    """The trees of each site in each year, at one level of the coefficients (METHODS.md 6.2 to 6.4).

    Woods and hedges are planted as small whips, everything else as standards (larger single trees): `planting.PLANTING`.
    Figures by year have the shape years × sites.

    Attributes
    ----------
    sites : GeoDataFrame
        From `candidate_sites`.
    years : tuple of int
        The years to look at.
    planting_year : int
        Before it there is nothing.
    c : Coefficients
        Figures of one level.
    aftercare : bool
        Whether what is planted is watered and weeded in its first years.
    farmland : {"pasture", "arable"}
        What farmland was used for: planting loses the more carbon from its soil.
    """

    sites: gpd.GeoDataFrame
    years: tuple[int, ...]
    planting_year: int
    c: Coefficients
    aftercare: bool = True
    farmland: str = "pasture"

    @cached_property
    def opposite(self) -> Growth:
        """The same trees at the other end of the coefficients, for what grows when a benefit shrinks."""
        return replace(self, c=self.c.opposite)

    @cached_property
    def standing(self) -> npt.NDArray[np.bool_]:
        """Whether the trees are in the ground, years × 1."""
        return np.array(self.years)[:, None] >= self.planting_year

    @cached_property
    def age(self) -> Values:
        """Years since planting, 0 before it; years × 1."""
        return np.maximum(np.array(self.years, dtype=float)[:, None] - self.planting_year, 0)

    @cached_property
    def planted(self) -> Values:
        """Trees planted on each site."""
        return self.sites[f"trees_{self.c.level}"].to_numpy(dtype=float)

    @cached_property
    def length_m(self) -> Values:
        """Length of each site, m; 0 where it has none."""
        return self.sites["length_m"].to_numpy(dtype=float)

    @cached_property
    def _stocked(self) -> pd.DataFrame:
        columns = ["site_type", "land_use", "area_m2", "length_m", "open_m2"]
        return pd.DataFrame(self.sites[columns]).assign(planted=self.planted)

    @cached_property
    def grown_m2(self) -> Values:
        """Canopy that each site can come to when all is grown, m²."""
        return by_type(self._stocked, lambda model, own: model.grown_m2(own, self.c))

    @cached_property
    def planting_gbp(self) -> Values:
        """Cost of planting each site, £."""
        return by_type(self._stocked, lambda model, own: model.planting_gbp(own, self.c))

    @cached_property
    def care_gbp(self) -> Values:
        """Cost of looking after each site for its first years, watering included, £; 0 where nobody does."""
        if not self.aftercare:
            return np.zeros(len(self.sites))
        return self.c.care_years * by_type(self._stocked, lambda model, own: model.care_gbp(own, self.c))

    @cached_property
    def woodlike(self) -> npt.NDArray[np.bool_]:
        """Sites planted as woods: they take up rain, and planting them disturbs the soil."""
        return of_type(self.sites, lambda model: model.woodlike) > 0

    @cached_property
    def soil(self) -> pd.Series:
        """What the ground of each site was: "semi_natural", "pasture" or "arable"."""
        return (
            self.sites["land_use"]
            .map({**dict.fromkeys(LEFT_ALONE, "semi_natural"), "farmland": self.farmland})
            .fillna("pasture")
        )

    @cached_property
    def _stands(self) -> dict[str, npt.NDArray[np.bool_]]:
        return {stand: of_type(self.sites, partial(_stands_as, stand)) > 0 for stand in ("wood", "tree", "hedge")}

    def _survival(self, name: str) -> float:
        """A survival of the first years: with care, or without it, which never does better."""
        cared: float = getattr(self.c, name)
        return cared if self.aftercare else min(cared, getattr(self.c, f"{name}_no_care"))

    @cached_property
    def alive(self) -> Values:
        """Trees alive on each site; in a wood, once it has closed, fewer die, and those that do make room for the rest."""
        c, age = self.c, self.age
        open_years = np.minimum(np.maximum(age - 1, 0), c.opposite.wood_closure_years)
        closed_years = np.maximum(age - 1 - open_years, 0)
        whips = np.where(age == 0, 1.0, self._survival("whip_survival_year1") * c.whip_survival_later**open_years)
        in_woods = whips * c.wood_survival_closed**closed_years
        in_hedges = whips * c.whip_survival_later**closed_years
        young = np.minimum(age, c.standard_young_years)
        standards = self._survival("standard_survival_early") ** young * c.standard_survival_later ** (age - young)
        kinds = [self._stands["wood"], self._stands["hedge"]]
        return self.planted * np.select(kinds, [in_woods, in_hedges], standards) * self.standing

    @cached_property
    def crown_share(self) -> Values:
        """The area of a crown as part of the grown one, 0–1, its width growing evenly between the ages that are given; years × 1."""
        return self._crown_share(self.age)

    @cached_property
    def crown_years(self) -> Values:
        """The sum of `crown_share` over the years since planting: how long a crown has been as good as grown; years × 1."""
        every = np.arange(self.age.max(initial=0) + 1)
        share = self._crown_share(every)
        summed = np.concatenate([[0.0], np.cumsum((share[1:] + share[:-1]) / 2)])
        return np.interp(self.age, every, summed)

    def _crown_share(self, age: Values) -> Values:
        ages, shares = self.c.by_age(CROWN_SHARE)
        return np.interp(age, [0, *ages, self.c.crown_grown_years], np.sqrt([0, *shares, 1])) ** 2

    @cached_property
    def stocking(self) -> Values:
        """How full the stand of small trees on each site is, 0–1: what a wood holds by hectare, and a hedge by length, is for a full one.

        A wood is full where `full_stand_stems_per_ha` live when it closes; and any stand that loses more than the shipped
        figures of this level say (with care, which replaces what dies) is so much thinner.
        """
        shipped, years = Coefficients(self.c.level, COEFFICIENTS), self.c.opposite.wood_closure_years
        first, later = self._survival("whip_survival_year1"), self.c.whip_survival_later
        usual = first / shipped.whip_survival_year1 * (later / shipped.whip_survival_later) ** years
        closing = self.planted * first * later**years
        needed = self.grown_m2 / 1e4 * self.c.opposite.full_stand_stems_per_ha
        dense = np.divide(closing, needed, out=np.zeros(len(self.sites)), where=needed > 0)
        return min(1.0, usual) * np.where(self._stands["wood"], np.minimum(dense, 1.0), 1.0)

    @cached_property
    def closure(self) -> Values:
        """The part of its grown canopy that a wood can have at its age, 0–1: it closes evenly; years × 1."""
        return np.minimum(self.age / self.c.opposite.wood_closure_years, 1.0)

    @cached_property
    def canopy_m2(self) -> Values:
        """Canopy of each site: crowns of the trees alive, never more than the site can come to, nor in a wood before it closes; a hedge adds its own strip, and is capped at a grown crown's width."""
        c, grown = self.c, self.crown_share
        crown = of_type(self.sites, lambda model: getattr(c, model.crown_m))
        crowns = self.alive * (math.pi / 4 * crown**2) * grown
        in_hedges = np.minimum(self.grown_m2 * self.stocking * grown + crowns, self.length_m * c.crown_mature_m)
        most = np.where(self._stands["wood"], self.grown_m2 * self.closure, self.grown_m2)
        return np.where(self._stands["hedge"], in_hedges, np.minimum(crowns, most))

    @cached_property
    def biomass_tco2e(self) -> Values:
        """Carbon in the trees of each site, tCO2e: by hectare of wood (Woodland Carbon Code) and how full it is, by living tree, by hedge."""
        c, age = self.c, self.age
        ages, kilos = c.by_age(TREE_CARBON)
        in_trees = self.alive * np.interp(age, [0, *ages], [0, *kilos]) / 1000
        growing = np.minimum(age, c.hedge_growing_years)
        in_hedges = self.length_m / 1000 * c.hedge_carbon_tco2e_per_km_year * growing * self.stocking + in_trees
        in_woods = self.grown_m2 / 1e4 * c.carbon_tco2e_per_ha(age) * self.stocking
        held = np.select([self._stands["wood"], self._stands["hedge"]], [in_woods, in_hedges], in_trees)
        return held * of_type(self.sites, lambda model: model.carbon_ratio(c))


def with_carbon_lookup(figures: dict[str, Coefficient], layers: Layers, study: Study) -> dict[str, Coefficient]:
    """The figures, with carbon in woods from the Woodland Carbon Code's table where the study has it.

    Raises
    ------
    StudyError
        The study has both the table and figures of its own for the same thing, or asks for a mix without the table.
    DataError
        The table lacks a part of the mix.
    """
    if "carbon_lookup" not in layers:
        usual = CarbonSettings()
        if (study.carbon.mix, study.carbon.spacing_m) != (usual.mix, usual.spacing_m):
            raise StudyError(
                "[carbon] asks for a mix of trees or a spacing of its own, which only the Woodland Carbon Code's table can answer",
                "add that workbook as [sources.woodland_carbon_lookup], or leave mix and spacing_m out.",
            )
        return figures
    cited = {name for name in figures if WOOD_CARBON.fullmatch(name)}
    own = sorted(name for name in cited if figures[name].overridden)
    if own:
        raise StudyError(
            f"the study sets [coefficients] {', '.join(own)}, and has [sources.woodland_carbon_lookup] for the same thing",
            "take one of them out.",
        )
    edition = next((e for e in layers.editions if "carbon_lookup" in e.layers), None)
    file = f"{edition.title} ({printed_path(edition.path)})" if edition else "the study's lookup table"
    source = f"{file}, no thinning, {study.carbon.spacing_m:g} m spacing"
    carbon = looked_up(
        layers["carbon_lookup"],
        study.carbon.mix,
        study.carbon.spacing_m,
        source,
        edition.vintage if edition else "not stated",
    )
    return {name: figure for name, figure in figures.items() if name not in cited} | carbon


def _stands_as(stand: str, model: Planting) -> float:
    return float(model.stand == stand)
