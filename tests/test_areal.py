"""Points in polygons against geopandas, shared areas against shapely, figures carried over by hand and in sum."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.toy import block, table
from treeplan import areal
from treeplan.errors import DataError


def tiles(draw: np.random.Generator, count: int, side: float = 1000) -> Any:
    """Polygons that tile a square."""
    square = shapely.box(0, 0, side, side)
    points = shapely.MultiPoint(draw.uniform(0, side, (count, 2)))
    return shapely.intersection(shapely.get_parts(shapely.voronoi_polygons(points, extend_to=square)), square)


def stars(draw: np.random.Generator, count: int, side: float = 1000) -> Any:
    """Polygons that overlap; some have holes or two parts."""
    found = []
    for kind in draw.integers(0, 3, count):
        at, reach = draw.uniform(0, side, 2), side * 10 ** draw.uniform(-2.5, -0.5)
        turn = np.sort(draw.uniform(0, 2 * np.pi, draw.integers(3, 30)))
        star = shapely.make_valid(
            shapely.Polygon(
                at + reach * draw.uniform(0.2, 1, (len(turn), 1)) * np.stack([np.cos(turn), np.sin(turn)], 1)
            )
        )
        hole, part = shapely.Point(at).buffer(reach / 3), shapely.Point(at + 2 * reach).buffer(reach / 2)
        found.append([star, star - hole, star | part][kind])
    return np.array([s for s in found if s.area > 0], dtype=object)


# ---------------------------------------------------------------- points


def test_each_point_gets_its_zone_or_none() -> None:
    zones = np.array([block(0, 0), block(100, 0) - block(120, 20, 20, 20), shapely.Polygon()], dtype=object)
    west, south, *_ = zones[0].bounds
    east = west + np.array([50, 150, 130, 199, -1, math.nan])
    north = south + np.array([50, 50, 30, 99, 50, 50])
    assert areal.zone_at(east, north, zones).tolist() == [0, 1, -1, 1, -1, -1]
    assert areal.zone_at(east, north, zones[:0]).tolist() == [-1] * 6
    assert areal.zone_at(east[:0], north[:0], zones).tolist() == []


def test_a_point_on_a_border_goes_to_the_same_zone_in_any_order() -> None:
    west, east, above = block(0, 0), block(100, 0), block(0, 100, 200, 100)
    corner = shapely.get_coordinates(east)[2]
    corner = np.array([corner[0] - 100]), np.array([shapely.bounds(east)[3]])
    for zones in ([west, east, above], [above, east, west], [east, above, west]):
        assert zones[areal.zone_at(*corner, np.array(zones))[0]] is west, "furthest south, then furthest west"


def ranks_by_rule(zones: Any) -> Any:
    """The place of each zone in the order in which zones win a point."""

    def rule(i: int) -> tuple[float, ...]:
        west, south, east, north = zones[i].bounds
        return south, west, north, east, zones[i].area

    return np.argsort(sorted(range(len(zones)), key=rule))


@pytest.mark.parametrize("make", [tiles, stars])
@pytest.mark.parametrize("fewest", [1, 10**9])
def test_as_a_spatial_join(make: Any, fewest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the lattice and without; a point in three on a corner or on a border."""
    monkeypatch.setattr(areal, "WORTH_A_LATTICE", fewest)
    for seed in range(6):
        draw = np.random.default_rng(seed)
        zones = make(draw, 60) if seed else make(draw, 60)[:1]
        corners = shapely.get_coordinates(zones)
        middles = (corners[1:] + corners[:-1]) / 2
        places = np.concatenate([draw.uniform(-50, 1050, (3000, 2)), corners, middles])
        points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*places.T), crs=27700)
        joined = points.sjoin(gpd.GeoDataFrame(geometry=zones, crs=27700))
        ranks = ranks_by_rule(zones)
        best = joined["index_right"].map(pd.Series(ranks)).groupby(level=0).min()
        expected = np.full(len(places), -1)
        expected[best.index] = np.argsort(ranks)[best]
        found = areal.zone_at(*places.T, zones)
        assert (found == expected).all()
        turned = draw.permutation(len(zones))
        again = areal.zone_at(*places.T, zones[turned])
        assert (np.where(again >= 0, turned[again], -1) == found).all()


def test_a_lattice_of_few_or_narrow_squares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(areal, "WORTH_A_LATTICE", 1)
    draw = np.random.default_rng(1)
    zones = np.array([shapely.box(0, 0, 5000, 2), shapely.box(100, 2, 101, 900), shapely.box(2, 1, 2, 1)])
    places = draw.uniform([-10, -1], [5010, 4], (500, 2))
    for most in (1, 7, 4_000_000):
        monkeypatch.setattr(areal, "MOST_CELLS", most)
        found = areal.zone_at(*places.T, zones)
        areal_only = areal._ask_each(places, zones[areal._in_order(zones)])
        assert (found == np.where(areal_only >= 0, areal._in_order(zones)[areal_only], -1)).all()
        assert (found == 0).sum() > 100


@pytest.mark.parametrize("seed", range(5))
def test_points_near_zones_are_shapely_s(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(areal, "ZONES", 3)
    draw = np.random.default_rng(seed)
    zones, points = stars(draw, 20), draw.uniform(-200, 1200, (300, 2))
    zone, point, metres = map(np.concatenate, zip(*areal.points_near(*points.T, zones, 60.0), strict=True))
    oracle = shapely.distance(zones[:, None], shapely.points(points)[None, :])
    found = np.full(oracle.shape, np.inf)
    found[zone, point] = metres
    assert (np.isfinite(found) == (oracle <= 60)).all()
    assert found[zone, point] == pytest.approx(oracle[zone, point], abs=1e-9)
    assert (np.diff(zone) >= 0).all()


def test_points_near_nothing() -> None:
    zones, places = np.array([block(0, 0)], dtype=object), np.array([block(0, 0).bounds[:2]])
    for none in (
        areal.points_near(*places.T, zones[:0], 9.0),
        areal.points_near(*places[:0].T, zones, 9.0),
        areal.points_near(*(places - 10).T, zones, 9.0),
    ):
        assert [len(column) for columns in none for column in columns] == [0, 0, 0]


@pytest.mark.parametrize("seed", range(5))
def test_what_of_a_disc_lies_in_a_zone_is_shapely_s(seed: int) -> None:
    draw = np.random.default_rng(seed)
    zones, points = stars(draw, 20), draw.uniform(0, 1000, (50, 2))
    zone, point, _ = map(np.concatenate, zip(*areal.points_near(*points.T, zones, 60.0), strict=True))
    assert len(zone)
    discs = shapely.buffer(shapely.points(points), 60, quad_segs=2_000)
    oracle = shapely.area(shapely.intersection(discs[point], zones[zone]))
    assert areal.disc_areas(*points.T, 60.0, zones, zone, point) == pytest.approx(oracle, rel=1e-5, abs=1e-3)


def test_what_of_a_disc_lies_in_a_zone_by_hand() -> None:
    zones = np.array([block(0, 0), block(0, 0) - block(40, 40, 20, 20)], dtype=object)
    corner, edge, middle = ((zones[0].bounds[0] + e, zones[0].bounds[1] + n) for e, n in ((0, 0), (50, 0), (50, 50)))
    east, north = np.array([corner, edge, middle]).T
    found = areal.disc_areas(east, north, 30.0, zones, np.array([0, 0, 0, 1]), np.array([0, 1, 2, 2]))
    disc = math.pi * 30**2
    assert found == pytest.approx([disc / 4, disc / 2, disc, disc - 20 * 20])


# ---------------------------------------------------------------- shared areas


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_shared_areas_are_shapely_s(seed: int) -> None:
    draw = np.random.default_rng(seed)
    sources, targets = stars(draw, 12), np.concatenate([stars(draw, 12), tiles(draw, 9)])
    source, target, shared = areal.overlaps(sources, targets)
    found = np.zeros((len(sources), len(targets)))
    found[source, target] = shared
    expected = shapely.area(shapely.intersection(sources[:, None], targets[None, :]))
    assert np.abs(found - expected).max() <= 1e-7, "of a square kilometre, in square metres"


@settings(max_examples=60, deadline=None)
@given(
    corners=st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=3, max_size=7, unique=True),
    others=st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=3, max_size=7, unique=True),
)  # fmt: skip
def test_shared_areas_where_borders_coincide(corners: Any, others: Any) -> None:
    """Corners on a lattice: edges that lie on one another, meet in corners or only touch."""
    one, two = (np.array([shapely.make_valid(shapely.Polygon(some))]) for some in (corners, others))
    expected = shapely.area(shapely.intersection(one[0], two[0]))
    for a, b in ((one, two), (two, one)):
        assert areal.overlaps(a, b)[2].sum() == pytest.approx(expected, abs=1e-12)


def test_neighbours_share_nothing() -> None:
    source, target, shared = areal.overlaps(*[np.array([block(0, 0), block(100, 0), shapely.Polygon()])] * 2)
    assert (source.tolist(), target.tolist(), shared.tolist()) == ([0, 1], [0, 1], pytest.approx([10_000, 10_000]))
    assert [len(part) for part in areal.overlaps(np.array([block(0, 0)]), np.array([], dtype=object))] == [0, 0, 0]


# ---------------------------------------------------------------- figures of areas


def test_counts_are_shared_out_and_rates_averaged() -> None:
    sources = table([block(0, 0), block(100, 0)], people=[100.0, 40.0], rate=[1.0, 3.0])
    targets = table([block(50, 0), block(50, 0, 200), block(500, 0)])
    targets.index = pd.Index(["a", "b", "c"])
    found = areal.carry_over(sources, targets, ["people"], ["rate"])
    assert list(found.index) == ["a", "b", "c"]
    assert found["people"].tolist() == pytest.approx([50 + 20, 50 + 40, math.nan], nan_ok=True)
    assert found["rate"].tolist() == pytest.approx([2, (50 * 1 + 100 * 3) / 150, math.nan], nan_ok=True)
    assert found["covered_share"].tolist() == pytest.approx([1, 0.75, 0])


def test_conserving_gives_all_of_a_count_to_the_targets_it_meets() -> None:
    sources, targets = table([block(0, 0)], people=[90.0]), table([block(0, 0, 40), block(70, 0, 20)])
    assert areal.carry_over(sources, targets, ["people"])["people"].tolist() == pytest.approx([36, 18])
    kept = areal.carry_over(sources, targets, ["people"], conserve=True)["people"]
    assert kept.tolist() == pytest.approx([60, 30])


def test_what_is_not_known_is_not_nothing() -> None:
    sources = table([block(0, 0), block(100, 0)], people=[100.0, math.nan], rate=[1.0, math.nan])
    targets = table([block(0, 0, 100), block(50, 0), block(4, 0)])
    found = areal.carry_over(sources, targets, ["people"], ["rate"])
    assert found["people"].tolist() == pytest.approx([100, math.nan, 96], nan_ok=True), "96 % known is enough"
    assert found["rate"].tolist() == pytest.approx([1, math.nan, 1], nan_ok=True)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_people_add_up_and_even_rates_stay_even_in_any_order(seed: int) -> None:
    draw = np.random.default_rng(seed)
    shapes = tiles(draw, 25)
    sources = gpd.GeoDataFrame(
        {"people": draw.integers(0, 3000, len(shapes)).astype(float), "rate": 7.0}, geometry=shapes, crs=27700
    )
    targets = gpd.GeoDataFrame(geometry=tiles(draw, 60), crs=27700)
    found = areal.carry_over(sources, targets, ["people"], ["rate"])
    assert found["people"].sum() == pytest.approx(sources["people"].sum(), rel=1e-9)
    assert found["rate"].to_numpy() == pytest.approx(np.full(len(targets), 7.0))
    assert found["covered_share"].to_numpy() == pytest.approx(np.ones(len(targets)))
    turned = areal.carry_over(sources[::-1], targets[::-1], ["people"], ["rate"])[::-1]
    pd.testing.assert_frame_equal(turned, found, check_exact=True)


@pytest.mark.parametrize("conserve", [True, False])
def test_as_an_overlay_and_the_textbook_formula(conserve: bool) -> None:
    draw = np.random.default_rng(11)
    sources = gpd.GeoDataFrame(geometry=tiles(draw, 40), crs=27700)
    sources["source"], sources["people"], sources["rate"] = range(len(sources)), draw.uniform(1, 99, len(sources)), draw.normal(size=len(sources))  # fmt: skip
    targets = gpd.GeoDataFrame(geometry=stars(draw, 30), crs=27700)
    targets["target"] = range(len(targets))
    pieces = gpd.overlay(sources, targets, how="intersection").assign(m2=lambda t: t.area)
    whole = pieces.groupby("source")["m2"].sum() if conserve else sources.area
    pieces["people"] *= pieces["m2"] / pieces["source"].map(whole)
    pieces["weighted"] = pieces["rate"] * pieces["m2"]
    sums = pieces.groupby("target")[["people", "weighted", "m2"]].sum().reindex(range(len(targets)))
    found = areal.carry_over(sources, targets, ["people"], ["rate"], conserve)
    assert found["people"].to_numpy() == pytest.approx(sums["people"].to_numpy(), rel=1e-7, nan_ok=True)
    rate = (sums["weighted"] / sums["m2"]).to_numpy()
    assert found["rate"].to_numpy() == pytest.approx(rate, rel=1e-6, abs=1e-7, nan_ok=True)


def test_degrees_are_refused() -> None:
    wrong = gpd.GeoDataFrame({"people": [1.0]}, geometry=[shapely.box(0, 0, 1, 1)], crs=4326)
    for sources, targets in ((wrong, table([block(0, 0)])), (table([block(0, 0)], people=[1.0]), wrong)):
        with pytest.raises(DataError, match="British National Grid"):
            areal.carry_over(sources, targets, ["people"])
