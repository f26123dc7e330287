from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.toy import WEIGHTS, Toy
from treeplan.errors import StudyError
from treeplan.study import Study, load_study, make_study, require_planting_ahead
from treeplan.template import settings_page, study_template

ROOT = Path(__file__).resolve().parents[1]
GOOD: dict[str, Any] = {"name": "Toy", "places": ["E08000001"], "weights": WEIGHTS, "plan": {"budget_gbp": 1000}}


@pytest.mark.parametrize("path", sorted((ROOT / "studies").glob("*.toml")), ids=lambda p: p.stem)
def test_the_studies_that_are_shipped_are_valid(path: Path) -> None:
    assert load_study(path).plan.budget_gbp > 0


def test_a_study_is_frozen() -> None:
    study = make_study(GOOD)
    with pytest.raises(ValueError, match="frozen"):
        study.name = "Other"  # type: ignore[misc]


def spoilt(**changes: Any) -> dict[str, Any]:
    return {**GOOD, **changes}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (spoilt(budget=1), "budget: no such setting"),
        (spoilt(horizon_yaer=2050), "did you mean 'horizon_year'"),
        (spoilt(plan={"budget_gbp": 1000, "budget_gpb": 5}), "did you mean 'budget_gbp'"),
        (spoilt(plan={}), "plan.budget_gbp: is missing"),
        (spoilt(plan={"budget_gbp": -5}), "greater than 0"),
        (spoilt(plan={"budget_gbp": 2e9}), "less than or equal"),
        (spoilt(plan={"budget_gbp": "lots"}), "must be a number (found 'lots')"),
        (spoilt(plan={"budget_gbp": 1000, "min_share_by_district": 1.5}), "less than or equal to 1"),
        (spoilt(plan={"budget_gbp": 1000, "max_share_by_setting": {"suburban": 0.5}}), "knows no setting suburban"),
        (spoilt(weights={**WEIGHTS, "beauty": 1}), "weights.beauty: no such setting"),
        (spoilt(weights={"carbon": 1}), "weights.heat: is missing"),
        (spoilt(weights=dict.fromkeys(WEIGHTS, 0)), "at least one benefit needs a weight above 0"),
        (spoilt(weights={**WEIGHTS, "carbon": -1}), "greater than or equal to 0"),
        (spoilt(places=[]), "name either places"),
        (spoilt(places=["Barnsley"]), "must be a GSS code"),
        (
            spoilt(plan={"budget_gbp": 1, "min_share_by_district": 0.6}, places=["E08000038", "E08000039"]),
            "more than the whole budget",
        ),
        (spoilt(area="box.geojson"), "one of the two"),
        (spoilt(horizon_year=2030, planting_year=2035), "must come after planting_year"),
        (spoilt(land={"take_in": ["gardens"]}), "cannot take in gardens"),
        (spoilt(certainty={"draws": 5}), "greater than or equal to 100"),
        (spoilt(reference="wales"), "reference"),
        (spoilt(constraints={"building": {"keep_of_m": 5}}), "did you mean 'keep_off_m'"),
        (spoilt(coefficients={"crown_now_m": {"low": 1, "central": 2, "high": 3}}), "source: is missing"),
        (spoilt(sources={"trees": {"path": "x", "features": 0}}), "sources.trees.features: input should be greater"),
        (spoilt(sources={"trees": {"path": "x", "features": "all"}}), "must be a whole number"),
        (spoilt(sources={"trees": {}}), "sources.trees.path: is missing"),
        (spoilt(places="E08000009"), "places: must be a list in square brackets: [\"…\"] (found 'E08000009')"),
        (spoilt(weights=3), "weights: must be a table: a line [weights], its settings below (found 3)"),
        (spoilt(sources={"sssi": "file"}), 'sources.sssi: must be a table: sssi = { path = "file" }'),
        (
            spoilt(coefficients={"crown_now_m": 10}),
            "must be a table: crown_now_m = { low = …, central = …, high = …, source",
        ),
    ],
)
def test_a_setting_that_does_not_fit_is_told(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(StudyError) as caught:
        make_study(settings)
    assert said in str(caught.value)
    assert "What to do:" in str(caught.value)


@pytest.mark.parametrize(
    ("scenarios", "said"),
    [
        (
            {"a": {"land": {"prefre": {}}}, "b": {"seed": "x"}},
            ["scenarios.a.land.prefre: no such setting; did you mean 'prefer'?", "scenarios.b.seed: must be a whole"],
        ),
        ({"a": {"budget": 1}}, ["scenarios.a.budget: no such setting"]),
        ({"a": {"horizon_yaer": 2060}}, ["scenarios.a.horizon_yaer: no such setting; did you mean 'horizon_year'?"]),
        ({"a": {"planting_year": 2055}}, ["scenarios.a: horizon_year (2050) must come after planting_year (2055)"]),
        ({"a": {"weights": 3}}, ["scenarios.a.weights: must be a table: a line [scenarios.a.weights]"]),
        ({"a": {"note": "nothing else"}}, ["scenarios.a: changes no setting of the study"]),
        ({"a": {"seed": 2, "label": "toy"}}, ["scenarios.a.label: 'toy' is what the study is called"]),
        (
            {"a": {"seed": 2, "label": "Same"}, "same": {"seed": 3}},
            ["scenarios.same.label: 'Same' is what scenarios.a is called"],
        ),
        ({"a": {"scenarios": {}}}, ["scenarios.a.scenarios: a scenario holds no scenarios"]),
        ({"a": 3}, ["scenarios.a: must be a table: a = { land = { … } }"]),
        ({"a": {"seed": 2, "note": 5}}, ["scenarios.a.note: must be words in quotation marks"]),
    ],
)
def test_a_scenario_that_does_not_fit_is_named(scenarios: dict[str, Any], said: list[str]) -> None:
    with pytest.raises(StudyError) as caught:
        make_study(spoilt(scenarios=scenarios), origin="toy.toml")
    assert str(caught.value).startswith("toy.toml has settings that do not fit:")
    for part in said:
        assert part in str(caught.value)


def test_a_scenario_is_laid_over_the_study_setting_by_setting() -> None:
    own = spoilt(
        plan={"budget_gbp": 1000, "max_share_by_setting": {"rural": 0.5}},
        land={"take_in": ["farmland", "golf"]},
        constraints={"building": {"keep_off_m": 4}},
    )
    changed = {
        "weights": {"heat": 5},
        "plan": {"max_share_by_setting": {"urban": 0.9}},
        "land": {"take_in": ["golf"]},
        "constraints": {"road": {"keep_off_m": 1}},
    }
    study = make_study({**own, "scenarios": {"hot": changed}}, folder=Path("here"))
    scenario = study.scenario("hot")
    assert scenario.weights.relative() == {**study.weights.relative(), "heat": 5}
    assert scenario.plan.max_share_by_setting == {"rural": 0.5, "urban": 0.9}
    assert scenario.land.take_in == ("golf",)
    assert {name: c.keep_off_m for name, c in scenario.constraints.items()} == {"building": 4, "road": 1}
    assert (scenario.scenarios, scenario.folder) == ({}, Path("here"))


def test_scenarios_change_nothing_of_the_study_itself() -> None:
    plain, with_one = make_study(GOOD), make_study(spoilt(scenarios={"a": {"seed": 5}}))
    assert plain.model_dump() == with_one.model_dump()
    assert with_one.scenario("a").model_dump() == make_study(spoilt(seed=5)).model_dump()


def test_all_breaches_come_in_one_message() -> None:
    with pytest.raises(StudyError) as caught:
        make_study(spoilt(budget=1, places=[], plan={"budget_gbp": -1}))
    assert "budget: no such setting" in str(caught.value)
    assert "plan.budget_gbp" in str(caught.value)


def test_a_missing_study_file_offers_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "trafford.toml").write_text("")
    with pytest.raises(StudyError, match=r"did you mean .*trafford\.toml"):
        load_study(tmp_path / "traford.toml")


@pytest.mark.parametrize("content", [b"name = ", b"\xff\xfe\x00", b"[plan\n"])
def test_a_file_that_is_no_toml_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "study.toml"
    path.write_bytes(content)
    with pytest.raises(StudyError, match="not valid TOML"):
        load_study(path)


def test_a_study_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    text = (ROOT / "studies" / "demo.toml").read_text("utf-8")
    (tmp_path / "study.toml").write_text(text, encoding="utf-8-sig")
    assert load_study(tmp_path / "study.toml").name == "Hallowmere"


def test_a_study_file_in_windows_text_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_bytes('name = "Toy"\nnote = "Château"\n'.encode("cp1252"))
    with pytest.raises(StudyError, match=r'line 2 holds a letter that is not UTF-8 \(note = "Château"\)'):
        load_study(tmp_path / "study.toml")


def test_a_study_file_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(self))

    (tmp_path / "study.toml").write_text("")
    monkeypatch.setattr(Path, "read_bytes", denied)
    with pytest.raises(StudyError, match=r"study\.toml cannot be read \(Permission denied\)"):
        load_study(tmp_path / "study.toml")


def test_the_template_is_a_valid_study_and_explains_every_setting() -> None:
    text = study_template('A "place"', ["E08000038"], {"trees": "the council's trees"})
    study = make_study(tomllib.loads(text))
    assert study.name == 'A "place"'
    assert study.places == ("E08000038",)
    for name in Study.model_fields:
        if name not in ("folder", "sources", "constraints", "coefficients", "scenarios"):
            assert name in text


def test_every_setting_is_on_the_page() -> None:
    page = settings_page()
    for name in (
        "horizon_year",
        "budget_gbp",
        "take_in",
        "walk_m",
        "keep_off_m",
        "nodata",
        "[weights]",
        "[sources.NAME]",
        "[scenarios.NAME]",
    ):
        assert name in page


def test_the_slug_is_a_folder_name() -> None:
    assert make_study(spoilt(name="South Yorkshire / 2")).slug == "south_yorkshire___2"


def test_data_dir_goes_before_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREEPLAN_DATA", str(tmp_path / "elsewhere"))
    assert make_study(GOOD, folder=tmp_path).data_folder == tmp_path / "elsewhere"
    assert make_study(spoilt(data_dir="mine"), folder=tmp_path).data_folder == tmp_path / "mine"


def test_a_file_beside_the_study_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREEPLAN_DATA", str(tmp_path / "elsewhere"))
    (tmp_path / "box.geojson").write_text("{}")
    assert make_study(GOOD, folder=tmp_path).find("box.geojson") == tmp_path / "box.geojson"


@pytest.mark.parametrize(
    ("today", "planting_year", "ahead"),
    [
        (dt.date(2026, 11, 24), 2026, True),
        (dt.date(2027, 3, 31), 2026, True),  # the planting season of last winter still runs
        (dt.date(2027, 4, 1), 2026, False),
        (dt.date(2028, 1, 5), 2026, False),
        (dt.date(2028, 1, 5), 2030, True),
    ],
)
def test_the_planting_lies_ahead(today: dt.date, planting_year: int, ahead: bool) -> None:
    study = make_study(spoilt(planting_year=planting_year))
    if ahead:
        assert require_planting_ahead(study, today) is None
        return
    with pytest.raises(StudyError, match=f"planting_year is {planting_year}, which is past") as caught:
        require_planting_ahead(study, today)
    assert f"set planting_year to {today.year - (today.month <= 3)} or later" in caught.value.remedy
    assert "SOURCE_DATE_EPOCH" in caught.value.remedy


@pytest.mark.parametrize(
    ("mix", "said"),
    [
        ({"low": [["OK", 4, 1]]}, "must say low, central and high"),
        ({lv: [["OK", 4, 0.5]] for lv in ("low", "central", "high")}, "the shares come to 0.5; they must come to 1"),
    ],
)
def test_a_mix_is_whole(mix: dict[str, object], said: str) -> None:
    with pytest.raises(StudyError, match=said):
        make_study(spoilt(carbon={"mix": mix}))


def test_what_outputs_print_of_the_settings_names_no_site_and_no_folder(toy: Toy) -> None:
    study = toy.study(
        claims={"woodland": ["council net zero"], "PRIVATE-1": ["council net zero"]},
        data_dir="/home/planner/data",
        sources={"woodland": {"path": "/home/planner/woods.gpkg"}, "trees": {"path": "trees.gpkg"}},
    )
    told = study.published()
    assert told["claims"] == {"woodland": ["council net zero"], "sites named by id": 1}
    assert told["sources"]["woodland"]["path"] == "woods.gpkg"
    assert told["sources"]["trees"]["path"] == "trees.gpkg"
    assert "planner" not in str(told)
