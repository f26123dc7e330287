"""A toy town of 100 m blocks in real British National Grid coordinates: every figure can be worked out on paper.

W (100–200 m north)   N1        | N2        | N3        neighbourhoods, 1 km square each, 1,000 residents each
Parks of 100 m by 100 m lie at the middle of each neighbourhood.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from treeplan.coefficients import LEVELS, Coefficient, figures
from treeplan.geo import BNG
from treeplan.land import free_land
from treeplan.layers import Layers
from treeplan.roles import LAYERS
from treeplan.sites import candidate_sites
from treeplan.study import Study, make_study

EAST, NORTH = 440_000, 390_000
WEIGHTS = {"carbon": 1, "heat": 1, "air": 1, "water": 1, "nature": 1, "health": 1, "equity": 1, "community": 1}
CODES = ["E01000001", "E01000002", "E01000003"]


def block(east_m: float, north_m: float, width_m: float = 100, height_m: float = 100) -> shapely.Polygon:
    """A rectangle whose lower left corner lies so many metres from the town's."""
    west, south = EAST + east_m, NORTH + north_m
    return shapely.box(west, south, west + width_m, south + height_m)


def point(east_m: float, north_m: float) -> shapely.Point:
    return shapely.Point(EAST + east_m, NORTH + north_m)


def line(*places: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString([(EAST + e, NORTH + n) for e, n in places])


def table(shapes: list[shapely.Geometry], **columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=BNG)


def ground(
    shape: shapely.Geometry, land_use: str = "park", ground_id: str | None = None, name: str | None = None
) -> dict[str, Any]:
    return {"geometry": shape, "land_use": land_use, "ground_id": ground_id, "name": name, "origin": "test"}


def open_land(*grounds: dict[str, Any]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(list(grounds), geometry="geometry", crs=BNG)


def parks() -> gpd.GeoDataFrame:
    """P1, P2, P3: one park of a hectare in the middle of each neighbourhood."""
    return open_land(
        *[ground(block(1000 * i + 450, 450), ground_id=f"P{i + 1}", name=f"Park {i + 1}") for i in range(3)]
    )


def neighbourhoods() -> gpd.GeoDataFrame:
    return table(
        [block(1000 * i, 0, 1000, 1000) for i in range(3)],
        lsoa21_code=CODES,
        name=["Toy 001A", "Toy 001B", "Toy 001C"],
        ward_code=["E05000001", "E05000001", "E05000002"],
        ward_name=["West", "West", "East"],
        district_code=["E08000001", "E08000001", "E08000002"],
        district_name=["Left", "Left", "Right"],
        inside=True,
    )


def tables() -> dict[str, Any]:
    """Neighbourhood 1 is the worst off in everything, 3 the best."""
    return {
        "neighbourhoods": neighbourhoods(),
        "residents": pd.DataFrame({"lsoa21_code": CODES, "residents": [1000.0] * 3}),
        "deprivation": pd.DataFrame(
            {"lsoa21_code": CODES}
            | {
                f"{domain}_rank": [100.0, 15_000.0, 33_000.0]
                for domain in ("imd", "income", "employment", "education", "health", "crime", "barriers", "environment")
            }
        ),
        "health": pd.DataFrame(
            {
                "lsoa21_code": CODES,
                "all_residents": [1000.0] * 3,
                "very_good": 400.0,
                "good": 300.0,
                "fair": [100.0, 200.0, 250.0],
                "bad": [150.0, 80.0, 40.0],
                "very_bad": [50.0, 20.0, 10.0],
            }
        ),
        "ages": pd.DataFrame(
            {
                "lsoa21_code": CODES,
                "residents": [1000.0] * 3,
                "under_5": [80.0, 60.0, 50.0],
                "aged_0_to_15": [200.0, 180.0, 150.0],
                "aged_16_to_64": [580.0, 630.0, 720.0],
                "aged_65_to_74": [100.0, 100.0, 80.0],
                "aged_75_and_over": [120.0, 90.0, 50.0],
            }
        ),
        "air": pd.DataFrame({"lsoa21_code": CODES, "no2_ugm3": [20.0, 15.0, 10.0], "pm25_ugm3": [9.0, 8.0, 7.0]}),
        "woodland": table([block(2000, 0, 1000, 200)]),
        "community_places": table([point(500, 400)], kind=["school"], name=["School"]),
        "open_land": parks(),
    }


@dataclass
class Toy:
    """The toy town: its layers and figures, which a test may change, and studies of it."""

    tables: dict[str, Any] = field(default_factory=tables)
    figures: dict[str, Coefficient] = field(default_factory=lambda: figures({}))

    @property
    def layers(self) -> Layers:
        missing = [name for name in LAYERS if name not in self.tables]
        return Layers(block(0, 0, 3000, 1000), self.tables, [], missing, {})

    def own(self, **values: float) -> None:
        """Figures of the study's own in place of the shipped ones, the same at every level."""
        self.figures = figures(
            {name: {**dict.fromkeys(LEVELS, value), "source": "our survey"} for name, value in values.items()}
        )

    def study(self, **changes: Any) -> Study:
        settings = {"name": "Toy", "places": ["E08000001"], "weights": WEIGHTS, "plan": {"budget_gbp": 50_000}}
        return make_study({**settings, **changes})


def road(shape: shapely.LineString, **facts: Any) -> dict[str, Any]:
    """One road as the OpenStreetMap reader gives it."""
    usual = {
        "osm_id": "way-1",
        "highway": "residential",
        "name": "Mill Street",
        "width_m": 6.0,
        "footway": None,
        "footway_width_left_m": float("nan"),
        "footway_width_right_m": float("nan"),
        "verge_width_m": float("nan"),
        "bridge": False,
    }
    return {"geometry": shape, **usual, **facts}


def roads(*ways: dict[str, Any]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(list(ways), geometry="geometry", crs=BNG)


def candidates(toy: Toy, **changes: Any) -> gpd.GeoDataFrame:
    """The candidate sites of the toy town; `changes` are settings."""
    study = toy.study(**changes)
    return candidate_sites(free_land(toy.layers, study, toy.figures), toy.layers, study, toy.figures)[0]


def wood(toy: Toy) -> gpd.GeoDataFrame:
    """The town with a hectare of farmland alone, which becomes a wood."""
    toy.tables["open_land"] = open_land(ground(block(450, 450), "farmland", "F1"))
    return candidates(toy, land={"take_in": ["farmland"]})


def homes(toy: Toy, *places: tuple[float, float]) -> None:
    """Houses of 100 m2 on two floors for everybody at these places of each neighbourhood, and one at each corner of the town."""
    shapes = [block(1000 * k + e - 50, n - 50) for k in range(3) for e, n in places]
    toy.tables["buildings"] = table(
        [*shapes, block(0, 0, 0.1, 0.1), block(2999.9, 999.9, 0.1, 0.1)],
        building=["house"] * (len(shapes) + 2),
        levels=[2.0] * (len(shapes) + 2),
    )


def around(toy: Toy) -> None:
    """Green space and trees far beyond the border, so that the maps are known to go on."""
    far = [block(-2000, 0), block(4900, 0)]
    toy.tables["open_land"] = open_land(*parks().to_dict("records"), *(ground(shape, "verge") for shape in far))
    toy.tables["trees"] = table(
        [point(-2000, 0), *toy.tables["trees"].geometry] if "trees" in toy.tables else [point(-2000, 0)]
    )


def homes_at(sites: gpd.GeoDataFrame, residents: Any, east_m: float = 0) -> pd.DataFrame:
    """So many residents at one place in the middle of each site, or so far east of it, as `homes.place_residents` has them."""
    middle = sites.geometry.representative_point()
    return pd.DataFrame(
        {
            "lsoa21_code": sites["lsoa21_code"].to_numpy(),
            "easting": middle.x.to_numpy() + east_m,
            "northing": middle.y.to_numpy(),
            "residents": residents,
        }
    )
