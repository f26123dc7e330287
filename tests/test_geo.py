from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.made import land_and_constraints
from treeplan import geo
from treeplan.errors import DataError


def shapes(*found: shapely.Geometry) -> geo.Shapes:
    return np.array(found, dtype=object)


def test_a_grid_reference_is_the_one_on_the_list_entry() -> None:
    # Historic England gives SJ8023085291 for easting 380230.27, northing 385291.22 (list entry 1067598).
    assert geo.grid_reference(380_230.27, 385_291.22, digits=5) == "SJ8023085291"
    assert geo.grid_reference(380_230.27, 385_291.22) == "SJ80238529"


@pytest.mark.parametrize(
    ("easting", "northing", "letters"),
    [(0, 0, "SV"), (530_000, 180_000, "TQ"), (435_000, 406_000, "SE"), (460_000, 1_210_000, "HP")],
)
def test_the_letters_of_the_national_grid(easting: float, northing: float, letters: str) -> None:
    assert geo.grid_reference(easting, northing)[:2] == letters


def test_a_point_off_the_grid_is_refused() -> None:
    with pytest.raises(DataError, match="off the National Grid"):
        geo.grid_reference(-5, 100)


def test_an_area_in_degrees_is_refused() -> None:
    degrees = gpd.GeoDataFrame(geometry=[shapely.box(-1, 53, -0.9, 53.1)], crs=4326)
    with pytest.raises(DataError, match="British National Grid"):
        geo.share_within(degrees, shapes())


def test_subtract_takes_away_what_overlaps_and_no_more() -> None:
    left = geo.subtract(
        shapes(shapely.box(0, 0, 10, 10), shapely.box(20, 0, 30, 10)),
        shapes(shapely.box(5, 0, 15, 10), shapely.box(8, 0, 9, 10)),
    )
    assert [s.area for s in left] == [50, 100]


def test_subtract_with_many_takers_equals_the_plain_difference() -> None:
    takers = shapes(*[shapely.Point(i % 10, i // 10).buffer(0.4) for i in range(100)])
    square = shapely.box(0, 0, 9, 9)
    assert geo.subtract(shapes(square), takers)[0].area == pytest.approx(
        square.difference(shapely.union_all(takers)).area, abs=1e-9
    )


boxes = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(1, 30), st.integers(1, 30)).map(
        lambda b: shapely.box(b[0], b[1], b[0] + b[2], b[1] + b[3])
    ),
    min_size=1,
    max_size=8,
)


@given(boxes)
@settings(max_examples=60, deadline=None)
def test_without_overlaps_keeps_the_union_and_counts_it_once(found: list[shapely.Polygon]) -> None:
    once = geo.without_overlaps(shapes(*found))
    union = shapely.union_all(found).area
    assert shapely.area(once).sum() == pytest.approx(union)
    assert shapely.union_all(once).area == pytest.approx(union)
    assert once[0].area == found[0].area


@given(boxes, boxes)
@settings(max_examples=60, deadline=None)
def test_what_is_taken_and_what_is_left_add_up(lands: list[shapely.Polygon], takers: list[shapely.Polygon]) -> None:
    land = shapes(*lands)
    left = geo.subtract(land, shapes(*takers))
    union = shapely.union_all(takers)
    assert shapely.area(left) == pytest.approx(shapely.area(shapely.difference(land, union)), abs=1e-9)


def areas_by_overlay(lands: geo.Shapes, takers: geo.Shapes) -> np.ndarray:
    """What geopandas leaves of each land, m²."""
    land = gpd.GeoDataFrame({"row": range(len(lands))}, geometry=lands, crs=geo.BNG)
    left = gpd.overlay(land, gpd.GeoDataFrame(geometry=takers, crs=geo.BNG), how="difference", keep_geom_type=True)
    return left.area.groupby(left["row"]).sum().reindex(range(len(lands)), fill_value=0.0).to_numpy()


@pytest.fixture(scope="module")
def county() -> tuple[geo.Shapes, geo.Shapes]:
    return land_and_constraints(100, 1_500, seed=7)


def test_what_is_left_is_what_overlay_leaves(county: tuple[geo.Shapes, geo.Shapes]) -> None:
    land, takers = county
    before = [shapely.to_wkb(land), shapely.to_wkb(takers)]
    left = geo.subtract(land, takers)
    assert np.abs(shapely.area(left) - areas_by_overlay(land, takers)).max() < 1e-6
    assert shapely.is_valid(left).all()
    assert set(shapely.get_type_id(left)) <= {3, 6}
    assert [list(a) == list(b) for a, b in zip(before, [shapely.to_wkb(land), shapely.to_wkb(takers)], strict=True)]


def test_threads_and_batches_change_nothing(
    county: tuple[geo.Shapes, geo.Shapes], monkeypatch: pytest.MonkeyPatch
) -> None:
    land, takers = county
    usual = shapely.to_wkb(geo.subtract(land, takers)).tolist()
    once = shapely.to_wkb(geo.without_overlaps(land)).tolist()
    for threads, batch in ((1, 10_000), (5, 7)):
        monkeypatch.setattr("os.cpu_count", lambda threads=threads: threads)
        monkeypatch.setattr(geo, "BATCH", batch)
        assert shapely.to_wkb(geo.subtract(land, takers)).tolist() == usual
        assert shapely.to_wkb(geo.without_overlaps(land)).tolist() == once


def test_the_order_of_takers_and_of_shapes_changes_no_area(county: tuple[geo.Shapes, geo.Shapes]) -> None:
    land, takers = county
    draw = np.random.default_rng(3)
    left, turned = shapely.area(geo.subtract(land, takers)), draw.permutation(len(land))
    assert np.abs(shapely.area(geo.subtract(land, draw.permutation(takers))) - left).max() < 1e-6
    assert np.abs(shapely.area(geo.subtract(land[turned], takers)) - left[turned]).max() < 1e-6


def test_pieces_of_large_takers_take_what_the_whole_takes(
    county: tuple[geo.Shapes, geo.Shapes], monkeypatch: pytest.MonkeyPatch
) -> None:
    land, takers = county
    left, once = geo.subtract(land, takers), geo.without_overlaps(land)
    monkeypatch.setattr(geo, "LARGE", 12)
    monkeypatch.setattr(geo, "WORTH_CUTTING", 0)
    assert np.abs(shapely.area(geo.subtract(land, takers)) - shapely.area(left)).max() < 1e-6
    assert np.abs(shapely.area(geo.without_overlaps(land)) - shapely.area(once)).max() < 1e-6


def star(corners: int, east: float = 0, seed: int = 1) -> shapely.Polygon:
    """A ragged outline about 100 m across, in the middle of the grid; the more corners, the shallower its teeth."""
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    tooth = min(10.0, 300 / corners)
    reach = 50 + 5 * np.sin(3 * turn + seed) + np.random.default_rng(seed).uniform(-tooth, tooth, corners)
    return shapely.Polygon(np.c_[430_000 + east + reach * np.cos(turn), 390_000 + reach * np.sin(turn)])


def test_outlines_of_a_hundred_thousand_corners() -> None:
    land = shapes(star(100_000), star(50, east=30, seed=2), star(60, east=300))
    takers = shapes(star(100_000, east=25, seed=3), star(30, east=-40), star(100_000, east=60, seed=4))
    assert np.abs(shapely.area(geo.subtract(land, takers)) - areas_by_overlay(land, takers)).max() < 1e-6


ragged = st.lists(
    st.tuples(st.integers(3, 40), st.floats(-80, 80), st.integers(0, 10_000)).map(lambda s: star(*s)),
    min_size=1,
    max_size=7,
)


@given(ragged, ragged)
@settings(max_examples=60, deadline=None)
def test_ragged_shapes_lose_what_overlay_takes(lands: list[shapely.Polygon], takers: list[shapely.Polygon]) -> None:
    left = shapely.area(geo.subtract(shapes(*lands), shapes(*takers)))
    assert np.abs(left - areas_by_overlay(shapes(*lands), shapes(*takers))).max() < 1e-6


SQUARE = shapely.box(0, 0, 10, 10)
BOW_TIE = shapely.Polygon([(0, 0), (4, 4), (4, 0), (0, 4)])
"""Crosses itself at (2, 2): two triangles of 4 m² each."""
PINCHED = shapely.Polygon([(0, 0), (4, 0), (4, 4), (2, 0), (0, 4)])
"""Touches its own edge at (2, 0): two triangles of 4 m² each."""


@pytest.mark.parametrize(
    ("takers", "left_m2"),
    [
        ([BOW_TIE], 92),
        ([PINCHED], 92),
        ([BOW_TIE, shapely.box(5, 0, 6, 1), shapely.box(5.5, 0, 6.5, 1)], 90.5),
        ([shapely.GeometryCollection([shapely.box(0, 0, 2, 2), shapely.LineString([(0, 0), (9, 9)])])], 96),
        ([shapely.GeometryCollection([shapely.box(0, 0, 2, 2), shapely.box(1, 0, 3, 2)])], 94),
        ([shapely.GeometryCollection([shapely.Point(1, 1)])], 100),
        ([shapely.LineString([(-1, 5), (11, 5)]), shapely.Point(3, 3)], 100),
        ([shapely.Polygon(), shapely.MultiPolygon(), None, shapely.box(9, 0, 10, 10)], 90),
        ([shapely.Polygon([(0, 0, 7), (5, 0, 8), (5, 10, 9), (0, 10, 7)]), shapely.box(4, 0, 6, 10)], 40),
        ([shapely.box(-5, -5, 50, 50), shapely.box(1, 1, 2, 2)], 0),
        ([shapely.box(1, 1, 9, 9) - shapely.box(4, 4, 6, 6), shapely.box(4.5, 4.5, 5, 5)], 39.75),
        ([SQUARE.buffer(20) - SQUARE], 100),
        ([shapely.Polygon([(0, 5), (5, 2), (10, 5), (5, 8)])], 70),
        ([shapely.Polygon([(2, 5), (5, 2), (8, 5), (5, 3)]), shapely.Polygon([(2, 5), (5, 8), (8, 5), (5, 7)])], 94),
        ([shapely.box(2, 2, 4, 4), shapely.box(4, 4, 6, 6), shapely.box(2, 4, 4, 6).buffer(-0.5)], 91),
    ],
)
def test_odd_takers(takers: list[shapely.Geometry | None], left_m2: float) -> None:
    left = geo.subtract(shapes(SQUARE), shapes(*takers))[0]
    assert left.area == pytest.approx(left_m2, abs=1e-9)
    assert left.geom_type in {"Polygon", "MultiPolygon"}
    assert left.is_valid
    assert not left.has_z


def test_odd_shapes() -> None:
    heights = shapely.force_3d(SQUARE, 12)
    mixed = shapely.GeometryCollection([SQUARE, shapely.LineString([(0, 0), (20, 20)])])
    left = geo.subtract(shapes(heights, shapely.Polygon(), mixed, BOW_TIE), shapes(shapely.box(0, 0, 10, 3)))
    assert shapely.area(left) == pytest.approx([70, 0, 70, 8 - 4 - 3], abs=1e-9)
    assert not shapely.has_z(left).any()
    assert left[1].is_empty
    assert len(geo.subtract(geo.NO_SHAPES, shapes(SQUARE))) == 0
    assert geo.subtract(shapes(SQUARE), geo.NO_SHAPES)[0] is SQUARE
    assert len(geo.without_overlaps(geo.NO_SHAPES)) == 0


def test_what_a_buffer_would_round_or_lose_is_worked_out_the_slow_way(monkeypatch: pytest.MonkeyPatch) -> None:
    land, takers = shapes(star(40), SQUARE), shapes(star(30, east=20), star(30, east=-20), star(30, east=35), BOW_TIE)
    right, buffer, asked = shapely.area(geo.subtract(land, takers)), shapely.buffer, []

    def rounded(heaps: geo.Shapes, reach: float) -> geo.Shapes:
        asked.extend(heaps)
        return shapely.set_precision(buffer(heaps, reach), 1e-6)

    monkeypatch.setattr(shapely, "buffer", rounded)
    assert np.abs(shapely.area(geo.subtract(land, takers)) - right).max() < 1e-9
    assert len(asked) == 2
    monkeypatch.setattr(shapely, "buffer", lambda heaps, reach: np.full(len(heaps), BOW_TIE))
    assert np.abs(shapely.area(geo.subtract(land, takers)) - right).max() < 1e-9
    everything = shapely.box(*asked[1].bounds)
    monkeypatch.setattr(shapely, "buffer", lambda heaps, reach: np.full(len(heaps), everything))
    assert geo.subtract(land[1:], takers[3:])[0].area == pytest.approx(right[1], abs=1e-9)


def test_holes_and_many_parts_lose_what_overlay_takes() -> None:
    ring, eye = star(60).buffer(40) - star(50), star(40).buffer(-30)
    land = shapes(ring, ring | eye, shapely.MultiPolygon([star(30, east=200), star(30, east=-200)]), eye)
    takers = shapes(
        star(9, east=60), star(20, east=30), star(25).buffer(-44), star(12).buffer(-35) - star(12).buffer(-42), ring,
        star(20, east=210).buffer(-20), star(20, east=190).buffer(-30), star(20, east=130),
    )  # fmt: skip
    for some in (takers, takers[:4], takers[[0, 2, 3, 5, 7]], takers[5:], takers[2:3], takers[7:]):
        left = geo.subtract(land, some)
        assert np.abs(shapely.area(left) - areas_by_overlay(land, some)).max() < 1e-6
        assert shapely.is_valid(left).all()
        assert set(shapely.get_type_id(left)) <= {3, 6}


def test_takers_in_one_another_count_once() -> None:
    land = shapes(star(40), star(30, east=40), star(30, east=300))
    nested = [star(50, east=30).buffer(-reach) for reach in (0, 5, 10, 20, 40)]
    small = [shapely.Point(430_000 + e, 390_000 + n).buffer(2) for e in range(0, 60, 9) for n in range(-20, 20, 9)]
    alone, all_of_them = (
        geo.subtract(land, shapes(nested[0])),
        geo.subtract(land, shapes(*small, *nested[::-1], *nested)),
    )
    assert np.abs(shapely.area(alone) - shapely.area(all_of_them)).max() < 1e-6


def test_the_smaller_keeps_its_ground_where_it_comes_before_the_larger() -> None:
    small, large, across = shapely.box(4, 4, 6, 6), shapely.box(0, 0, 10, 10), shapely.box(5, 5, 15, 15)
    tiny = [shapely.box(20 + i, 0, 20.5 + i, 1) for i in range(20)]  # so that the larger ones are larger than the mean
    assert shapely.area(geo.without_overlaps(shapes(small, large, across, *tiny)))[:3] == pytest.approx([4, 96, 75])
    assert shapely.area(geo.without_overlaps(shapes(large, small, across, *tiny)))[:3] == pytest.approx([100, 0, 75])
    assert shapely.area(geo.without_overlaps(shapes(across, small, large, *tiny)))[:3] == pytest.approx([100, 3, 72])


def test_takers_that_touch_and_takers_in_a_long_chain() -> None:
    terrace = [shapely.box(i, j, i + 1, j + 1) for i in range(-5, 40) for j in (2, 3, 7)]
    chain = [shapely.box(i * 7, 4.5, i * 7 + 8, 5.5) for i in range(-500, 500)]
    left = geo.subtract(shapes(SQUARE, shapely.box(20, 0, 30, 10)), shapes(*terrace, *chain, *terrace))
    assert shapely.area(left) == pytest.approx([60, 60], abs=1e-9)
    assert shapely.is_valid(left).all()


def test_the_compactness_of_a_square_is_a_quarter_pi() -> None:
    assert geo.compactness(shapes(shapely.box(0, 0, 7, 7)))[0] == pytest.approx(math.pi / 4)


def test_the_wide_part_drops_a_tail_and_keeps_corners() -> None:
    block_with_tail = shapely.union(shapely.box(0, 0, 20, 20), shapely.box(20, 9, 60, 11))
    assert geo.wide_part(shapes(block_with_tail), 4)[0].area == pytest.approx(400, rel=0.03)


def test_overlapping_cover_counts_once() -> None:
    zone = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 10, 10)], crs=geo.BNG)
    assert geo.share_within(zone, shapes(shapely.box(0, 0, 5, 10), shapely.box(0, 0, 6, 10)))[0] == pytest.approx(0.6)


def test_midranks_by_hand() -> None:
    reference = np.array([1.0, 2.0, 2.0, 3.0, np.nan])
    assert geo.midrank_share(np.array([0.0, 1, 2, 3, 9]), reference).tolist() == [0, 0.125, 0.5, 0.875, 1]
    assert geo.midrank_share(np.array([1.0]), reference, upwards=False).tolist() == [0.875]
    assert np.isnan(geo.midrank_share(np.array([1.0, np.nan]), np.array([np.nan]))).all()


def test_square_metres_under_a_cover_by_hand() -> None:
    zones = shapes(shapely.box(0, 0, 10, 10), shapely.box(20, 0, 30, 10), shapely.box(50, 0, 60, 10))
    cover = shapes(shapely.box(5, 0, 25, 10), shapely.box(5, 0, 8, 5))
    assert geo.area_within(zones, cover).tolist() == pytest.approx([50, 50, 0])
