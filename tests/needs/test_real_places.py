"""Needs of real places: every neighbourhood has every value its files hold, and nobody is lost."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import geopandas as gpd
import pytest

from treeplan.coefficients import figures
from treeplan.layers import Layers, load_layers
from treeplan.needs import NEEDS, measure_needs
from treeplan.needs.checks import OPPOSED
from treeplan.needs.lookups import Lookups
from treeplan.pipeline import Prepared, prepare
from treeplan.plan import Plan
from treeplan.schemas import rank_correlation
from treeplan.sources import read
from treeplan.study import Study, load_study

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def england(data: Path) -> tuple[Study, Layers, gpd.GeoDataFrame]:
    study = load_study(ROOT / "studies" / "england.toml")
    layers = load_layers(study)
    return study, layers, measure_needs(layers, study, figures({}))


@pytest.fixture(scope="module")
def prepared(data: Path) -> Callable[[str], Prepared]:
    """Layers and needs of a real place, read once for this module."""
    return cache(lambda name: prepare(load_study(ROOT / "studies" / f"{name}.toml")))


def test_england_has_every_neighbourhood_and_every_value(england: tuple[Study, Layers, gpd.GeoDataFrame]) -> None:
    _, layers, zones = england
    assert len(zones) == 33_755
    assert zones["inside"].all()
    measured = [name for name in NEEDS if name in zones]
    assert len(measured) == 10
    assert zones[[f"need_{name}" for name in measured]].notna().all(axis=None)
    # Fewer than five people in bad health are not shown; everything else is.
    counts = layers["health"].set_index("lsoa21_code")
    few = set(counts.index[counts["bad"] + counts["very_bad"] < 5])
    bare = zones[zones[measured].isna().any(axis=1)]
    assert set(bare["lsoa21_code"]) == few
    assert len(few) == 2


def test_england_s_values_are_those_of_the_files(england: tuple[Study, Layers, gpd.GeoDataFrame]) -> None:
    zones = england[2].set_index("lsoa21_code")
    # City of London 001A, as in the files themselves.
    assert zones.loc["E01000001", ["residents", "illness_ratio", "mental_health"]].tolist() == [1_475, 26.702, -1.699]
    assert zones.loc["E01000001", ["no2_ugm3", "pm25_ugm3"]].tolist() == [34.03, 10.47]
    assert zones["most_deprived_fifth"].sum() == 33_755 // 5


def test_nobody_of_england_is_lost_on_the_way_to_2021(england: tuple[Study, Layers, gpd.GeoDataFrame]) -> None:
    layers = england[1]
    bands = ["aged_0_to_15", "aged_16_to_64", "aged_65_to_74", "aged_75_and_over"]
    moved = Lookups(layers).counts(layers["ages"], "residents", *bands)
    assert len(moved) == 33_755
    assert round(moved["residents"].sum(), 3) == 56_550_138
    assert moved[bands].sum(axis=1).sum() == pytest.approx(56_550_138, abs=0.001)


def test_england_by_the_indices_of_2019_holds_the_same_people(
    data: Path, england: tuple[Study, Layers, gpd.GeoDataFrame]
) -> None:
    study, layers, zones = england
    older = read("deprivation_domains_2019", data / "england/File_2_-_IoD2019_Domains_of_Deprivation.csv")
    tables = {k: v for k, v in layers.tables.items() if k != "health_indicators"} | older
    found = measure_needs(Layers(layers.area, tables), study, figures({}))
    assert len(found) == 33_755
    assert found["residents"].sum() == zones["residents"].sum() == 56_490_056
    assert found["deprivation"].notna().all()
    assert rank_correlation(found["deprivation"], zones["deprivation"]) > 0.9


def test_south_yorkshire_has_every_value(prepared: Callable[[str], Prepared]) -> None:
    zones = prepared("south_yorkshire").neighbourhoods
    measured = [name for name in NEEDS if name in zones]
    assert len(zones) == 860
    assert set(measured) >= {"bad_health_ratio", "illness_ratio", "mental_health", "heat_risk", "no_garden_pct"}
    assert zones[measured].notna().all(axis=None)
    assert zones["need"].notna().all()


def test_south_yorkshire_says_what_counts(real_plan: Callable[[str], Plan]) -> None:
    record = real_plan("south_yorkshire").record()["needs"]
    assert record["benefits"] == {
        "heat": ["young_and_old_pct", "heat_risk"],
        "air": ["no2_ugm3", "pm25_ugm3"],
        "health": ["bad_health_ratio", "mental_health"],
        "equity": ["deprivation"],
    }
    assert [row["domain"] for row in record["domains"] if row["weight"] == 0] == ["health", "environment"]
    assert sum(row["weight"] for row in record["domains"]) == pytest.approx(1, abs=1e-5)


def test_classes_of_heat_risk_are_those_of_the_file(data: Path, prepared: Callable[[str], Prepared]) -> None:
    classes = read("heat_risk_by_msoa", data / "south-yorkshire/foe_heat-risk-MSOA21.csv")["heat_risk"]
    assert classes["heat_risk"].value_counts().to_dict() == {2: 66, 3: 65, 1: 40}
    zones = prepared("south_yorkshire").neighbourhoods
    by_msoa = zones.assign(msoa=zones["name"].str[:-1]).groupby("msoa")["heat_risk"]
    assert by_msoa.nunique().eq(1).all()
    assert by_msoa.first().value_counts().to_dict() == {2: 66, 3: 65, 1: 40}


def test_mean_deprivation_of_south_yorkshire_s_districts(data: Path, prepared: Callable[[str], Prepared]) -> None:
    zones = prepared("south_yorkshire").neighbourhoods
    name = "IoD2025_File7_shape_RECONSTRUCTED_no_IDACI_IDAOPI_population.csv"
    scores = read("deprivation_2025", data / "south-yorkshire" / name)["deprivation"].set_index("lsoa21_code")
    mean = zones["lsoa21_code"].map(scores["imd_score"]).groupby(zones["district_name"]).mean()
    assert mean.round(1).to_dict() == {"Barnsley": 30.2, "Doncaster": 30.5, "Rotherham": 29.5, "Sheffield": 27.0}


@pytest.mark.heavy
def test_real_files_run_the_right_way(
    prepared: Callable[[str], Prepared], england: tuple[Study, Layers, gpd.GeoDataFrame]
) -> None:
    """All that go with deprivation do, by far: the check that asks for more than the threshold has room."""
    places = {name: prepared(name) for name in ("south_yorkshire", "trafford", "central_london")}
    tables = {name: (place.layers, place.neighbourhoods) for name, place in places.items()} | {"england": england[1:]}
    least = 1.0
    for layers, zones in tables.values():
        rank = zones["lsoa21_code"].map(layers["deprivation"].set_index("lsoa21_code")["imd_rank"])
        for name, facts in NEEDS.items():
            if facts.with_deprivation and name in zones:
                least = min(least, rank_correlation(zones[name], -rank))
    assert OPPOSED < 0 < 0.5 < least


def test_trafford_and_london_have_health_indicators(prepared: Callable[[str], Prepared]) -> None:
    for name, count in (("trafford", 139), ("central_london", 25)):
        zones = prepared(name).neighbourhoods
        assert len(zones) == count
        assert zones[["illness_ratio", "mental_health", "bad_health_ratio"]].notna().all(axis=None)


def test_indicators_of_2019_and_2025_tell_the_same_story(data: Path) -> None:
    folder = data / "south-yorkshire"
    lookup = read("lsoa_2011_to_2021", folder / "LSOA_2011_to_LSOA_2021_to_LAD_2022_Lookup_EW_V2.csv")
    residents = read("census_residents", folder / "census2021-ts001-lsoa.csv")
    layers = Layers(None, {**lookup, **residents})
    old = read("health_indicators_2019", folder / "imd2019_england_lsoa11_indicators.csv")["health_indicators"]
    new = read("health_indicators_2025", folder / "imd2025_england_lsoa21_indicators.csv")["health_indicators"]
    moved = Lookups(layers).all_rates(old, "illness_ratio", "mental_health")
    assert len(moved) == 860
    both = moved.join(new.set_index("lsoa21_code").add_suffix("_2025"))
    assert rank_correlation(both["illness_ratio"], both["illness_ratio_2025"]) > 0.9
    assert rank_correlation(both["mental_health"], both["mental_health_2025"]) > 0.6
