"""What trees keep off, and what a planner must respect: the declared list, as a study changes it, and its shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from treeplan import geo
from treeplan.coefficients import Coefficient, Coefficients
from treeplan.errors import StudyError
from treeplan.study import Study
from treeplan.trees import crowns_m
from treeplan.vocabulary import SPORT_USES


@dataclass(frozen=True)
class Constraint:
    """Something trees keep off, or that a planner must respect.

    Attributes
    ----------
    layer : str
        The layer whose shapes count.
    keep_off_m : float
        Distance kept, metres; from the edge of a line's `width_m` where it has one.
    class_ : str
        "excluded" takes the land away; the other classes leave it and say why it is not free.
    reason, source : str
        What is printed, and where the rule comes from.
    where : tuple, optional
        A column of the layer and the values that count.
    over : tuple, optional
        A column of numbers and what they must exceed; `unknown_counts` says whether a row without one counts.
    settled_by : tuple, optional
        A column whose words, where they are among these, settle that a row without a number does not count.
    only_on : tuple of str
        Land uses it applies to; all where empty.
    spares : tuple of str
        Site types that may stand there all the same.
    """

    layer: str
    keep_off_m: float
    class_: str
    reason: str
    source: str
    where: tuple[str, tuple[str, ...]] | None = None
    over: tuple[str, float] | None = None
    unknown_counts: bool = False
    settled_by: tuple[str, tuple[str, ...]] | None = None
    only_on: tuple[str, ...] = ()
    spares: tuple[str, ...] = ()


_RULE = "project rule"
_ASSUMED = "assumption, to be verified"
_STREETS = ("verge", "footway")
_FIELDS = ("farmland", "golf", "brownfield")

OPEN_HABITATS = (
    "grassland",
    "meadow",
    "heath",
    "fen",
    "bog",
    "marsh",
    "swamp",
    "mire",
    "open mosaic",
    "pavement",
    "purple moor",
    "dune",
    "shingle",
    "saltmarsh",
    "mudflat",
    "reedbed",
    "lagoon",
)
"""Words in the names of priority habitats that planting would destroy; woods, orchards and hedges are not among them."""

# METHODS.md 3.2 and 3.3. In this order: land goes to the first constraint that takes it.
CONSTRAINTS: dict[str, Constraint] = {
    "sssi": Constraint("sssi", 0, "excluded", "Site of Special Scientific Interest", _RULE),
    "protected": Constraint("protected", 0, "excluded", "protected for nature (national or European)", _RULE),
    "nature_reserve": Constraint("nature_reserves", 0, "excluded", "Local Nature Reserve", _RULE),
    "wildlife_site": Constraint("wildlife_sites", 0, "excluded", "Local Wildlife Site", _RULE),
    "peat": Constraint(
        "peat",
        0,
        "excluded",
        "peat deeper than 30 cm, or of unknown depth",
        "Woodland Carbon Code 1.2 and the government's 2023 framework: England's rule is 30 cm",
        over=("depth_cm", 30),
        unknown_counts=True,
        settled_by=("soil", ("shallow", "pocket")),
    ),
    "open_habitat": Constraint(
        "habitats", 0, "excluded", "priority open habitat", _RULE, where=("habitat", OPEN_HABITATS)
    ),
    "monument": Constraint("monuments", 20, "excluded", "scheduled monument", _ASSUMED),
    "closed_land": Constraint(
        "closed_land", 0, "excluded", "closed to planting (military, railway, quarry, paved, private)", _RULE
    ),
    "pitch": Constraint("sport", 5, "excluded", "pitch or play area and its run-off", _ASSUMED),
    "sport_ground": Constraint(
        "open_land", 5, "excluded", "pitch or play area and its run-off", _ASSUMED, where=("land_use", SPORT_USES)
    ),
    "water": Constraint("water", 0, "excluded", "open water", _RULE),
    "watercourse": Constraint("watercourses", 1, "excluded", "river or stream channel and its bank", _ASSUMED),
    "building": Constraint("buildings", 5, "excluded", "too near a building", "NHBC guidance for small trees"),
    "road": Constraint("roads", 0, "excluded", "carriageway", "Surrey Healthy Streets"),
    "path": Constraint("paths", 0, "excluded", "path", _ASSUMED),
    "junction": Constraint(
        "junctions", 10, "excluded", "sight line at a junction", _ASSUMED, where=("kind", ("road",)), only_on=_STREETS
    ),
    "side_access": Constraint(
        "junctions", 3, "excluded", "side access", _ASSUMED, where=("kind", ("service",)), only_on=_STREETS
    ),
    "lamp": Constraint(
        "street_furniture",
        3,
        "excluded",
        "near a lamp column or pole",
        "2 to 5 m: assumption, to be verified",
        where=("kind", ("lamp", "pole")),
        only_on=_STREETS,
    ),
    "crossing": Constraint(
        "street_furniture",
        5,
        "excluded",
        "near a crossing, signals, a bus stop or a hydrant",
        _ASSUMED,
        where=("kind", ("crossing", "signals", "bus stop", "hydrant")),
        only_on=_STREETS,
    ),
    "railway": Constraint("railways", 10, "excluded", "too near a railway", "Network Rail 2015 matrix"),
    "transmission_line": Constraint(
        "power_lines",
        40,
        "excluded",
        "under or near a transmission line",
        "Forest of Avon (40 m each side)",
        over=("voltage", 200_000),
    ),
    "power_line": Constraint(
        "power_lines", 20, "excluded", "under or near a power line", "Countryside Stewardship TE1"
    ),
    "substation": Constraint("substations", 5, "excluded", "electricity substation", _ASSUMED),
    "pipeline": Constraint(
        "pipelines", 20, "excluded", "near a pipeline", "National Grid; width of the strip to be verified"
    ),
    "solar": Constraint(
        "renewables", 20, "excluded", "solar farm", "Forest of Avon (20 m)", where=("kind", ("solar", "other"))
    ),
    "wind": Constraint("renewables", 50, "excluded", "wind farm", "Forest of Avon (50 m)", where=("kind", ("wind",))),
    "best_farmland": Constraint(
        "farmland_class",
        0,
        "excluded",
        "best farmland (grade 1 or 2)",
        "project rule: no blocks of trees on it; hedges are let through",
        where=("grade", ("Grade 1", "Grade 2")),
        only_on=("farmland",),
        spares=("hedgerow",),
    ),
    "ancient_woodland": Constraint(
        "ancient_woodland",
        15,
        "excluded",
        "edge of ancient woodland, left to seed itself",
        "standing advice on development (15 m), applied here as a project rule",
    ),
    "woodland": Constraint("woodland", 0, "excluded", "already woodland", _RULE),
    "tree": Constraint("trees", 0, "excluded", "already under a tree", _RULE),
    "near_tree": Constraint("trees", 4, "excluded", "too near a street tree that stands", _ASSUMED, only_on=_STREETS),
    "tree_outside_woodland": Constraint(
        "trees_outside_woodland", 0, "excluded", "already under trees outside woodland", _RULE
    ),
    "canopy": Constraint("canopy_height", 0, "excluded", "already under canopy", _RULE),
    "good_farmland": Constraint(
        "farmland_class",
        0,
        "major constraint",
        "may be best farmland (grade 3, not split into 3a and 3b)",
        _RULE,
        where=("grade", ("Grade 3",)),
        only_on=("farmland",),
    ),
    "registered_park": Constraint(
        "registered_parks",
        0,
        "major constraint",
        "in a registered park, garden or battlefield: ask Historic England",
        _RULE,
    ),
    "conservation_area": Constraint(
        "conservation_areas", 0, "sensitivities", "in a conservation area: ask the tree officer", _RULE
    ),
    "listed_building": Constraint(
        "listed_buildings", 25, "sensitivities", "near a listed building: mind its setting", _ASSUMED
    ),
    "green_belt": Constraint("green_belt", 0, "sensitivities", "in the green belt: openness counts", _RULE),
    "flood_zone": Constraint(
        "flood_zones",
        0,
        "sensitivities",
        "in flood zone 3: wet woodland works, mind debris; works may need a permit",
        _RULE,
        where=("zone", ("FZ3",)),
    ),
    "main_river": Constraint(
        "watercourses",
        8,
        "sensitivities",
        "within 8 m of a river or stream: works may need a flood-risk permit",
        _ASSUMED,
    ),
    "shallow_peat": Constraint(
        "peat",
        0,
        "sensitivities",
        "peaty soil: measure its depth before anything is dug",
        "Woodland Carbon Code 1.2",
    ),
    "any_habitat": Constraint("habitats", 0, "sensitivities", "mapped as priority habitat: ask an ecologist", _RULE),
    "railway_near": Constraint(
        "railways",
        20,
        "sensitivities",
        "within 20 m of a railway: no large trees, no sycamore, ash, lime, poplar or chestnut",
        "Network Rail 2015 matrix",
    ),
}


PITCHES = ("pitch", "sport_ground")
"""Constraints that take pitches and play areas, and their run-off."""


def declared_constraints(study: Study) -> dict[str, Constraint]:
    """The constraints of a study: treeplan's own, as the study file changed them, and the planner's.

    Raises
    ------
    StudyError
        A name is unknown and brings no file, or an own constraint lacks its class or reason.
    """
    declared = dict(CONSTRAINTS)
    for name, wish in study.constraints.items():
        if name in CONSTRAINTS:
            if wish.path is not None:
                raise StudyError(
                    f"[constraints.{name}] is treeplan's own and takes no path",
                    f"give your layer another name than {name}.",
                )
            if not wish.use:
                del declared[name]
                continue
            old = declared[name]
            declared[name] = replace(
                old,
                keep_off_m=old.keep_off_m if wish.keep_off_m is None else wish.keep_off_m,
                class_=wish.class_ or old.class_,
                reason=wish.reason or old.reason,
                source=old.source if wish.keep_off_m is None else "the study file",
            )
        elif wish.path is None or wish.class_ is None or wish.reason is None:
            raise StudyError(
                f"[constraints.{name}] is none of treeplan's, and an own constraint needs path, class and reason",
                f"add them, or use one of: {', '.join(CONSTRAINTS)}.",
            )
        elif wish.use:
            declared[name] = Constraint(
                f"own:{name}", wish.keep_off_m or 0.0, wish.class_, wish.reason, "the study file"
            )
    return declared


def constraint_shapes(
    tables: Mapping[str, Any], constraint: Constraint, figures: Mapping[str, Coefficient]
) -> geo.Shapes:
    """The shapes that trees keep off: the layer's, widened by half a line's width, a crown, and the distance kept.

    Parameters
    ----------
    tables : mapping
        Layer to table, EPSG:27700; a layer that is missing has no shapes.
    constraint : Constraint
        Which rows count, and how far trees keep off.
    figures : mapping
        The study's coefficients, for crowns nobody measured.

    Raises
    ------
    StudyError
        It would take points or lines without any distance, and so no land at all.
    """
    if constraint.layer not in tables:
        return geo.NO_SHAPES
    table = _that_count(tables[constraint.layer], constraint)
    shapes = table.geometry.to_numpy()
    reach = _half_width_m(table, constraint.layer, figures) + constraint.keep_off_m
    if constraint.class_ == "excluded" and ((reach <= 0) & (shapely.get_dimensions(shapes) < 2)).any():
        raise StudyError(
            f"the constraint '{constraint.reason}' has points or lines, and keeps no distance: it would take no land",
            "give it a distance in the study file: keep_off_m = 10.",
        )
    return np.where(reach > 0, shapely.buffer(shapes, reach), shapes)


def _that_count(table: Any, constraint: Constraint) -> Any:
    """The rows of a layer that a constraint is about."""
    if constraint.where is not None and constraint.where[0] in table:
        column, values = constraint.where
        counts = _says(table[column], values) if column == "habitat" else table[column].isin(values)
        table = table[counts]  # a publisher's name of a habitat holds the word, among others
    if constraint.over is not None:
        table = table[_exceeds(table, constraint)]
    return table


def _exceeds(table: Any, constraint: Constraint) -> pd.Series:
    """Whether the figure of each row is over the constraint's, or unknown where that counts."""
    assert constraint.over is not None
    column, least = constraint.over
    words = table[column].astype("string") if column in table else pd.Series(pd.NA, index=table.index, dtype="string")
    figure = pd.to_numeric(words.str.extract(r"([\d.]+)")[0], errors="coerce")
    unknown = figure.isna() & constraint.unknown_counts
    if constraint.settled_by is not None and constraint.settled_by[0] in table:
        unknown &= ~_says(table[constraint.settled_by[0]], constraint.settled_by[1])
    return (figure > least) | unknown


def _says(cells: pd.Series, words: tuple[str, ...]) -> pd.Series:
    """Whether each cell holds one of the words."""
    said = cells.fillna("").astype(str).str.casefold()
    return said.map(lambda text: any(word in text for word in words)).astype(bool)


WATER_FORMS = {
    "river": "river",
    "inland river": "inland_river",
    "tidal river": "tidal_river",
    "canal": "canal",
    "stream": "stream",
    "brook": "stream",
    "ditch": "ditch",
    "drain": "ditch",
}
"""Forms of watercourses as mapped, and the figure `channel_…_m` for the width of one that does not say."""


def channel_width_m(table: pd.DataFrame, c: Coefficients) -> npt.NDArray[np.float64]:
    """Width of each watercourse, metres: as mapped, else by its form."""
    forms = (
        table["form"].fillna("").astype(str).str.casefold().str.replace("inlandriver", "inland river")
        if "form" in table
        else pd.Series("", index=table.index)
    )
    usual = forms.map(lambda form: getattr(c, f"channel_{WATER_FORMS.get(form, 'unsaid')}_m"))
    given = table["width_m"] if "width_m" in table else pd.Series(np.nan, index=table.index)
    return given.fillna(usual).to_numpy(dtype=float)


def _half_width_m(table: Any, layer: str, figures: Mapping[str, Coefficient]) -> npt.NDArray[np.float64]:
    if layer == "trees":
        return crowns_m(table, figures) / 2
    if layer == "watercourses":
        return channel_width_m(table, Coefficients("central", figures)) / 2
    usual = figures["path_width_m"].central if layer == "paths" else 0.0
    widths = table["width_m"].fillna(usual).to_numpy(dtype=float) if "width_m" in table else np.full(len(table), usual)
    return widths / 2
