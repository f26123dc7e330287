"""The command line as a planner meets it."""

from __future__ import annotations

import logging
import pickle
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from click.testing import Result
from typer.testing import CliRunner

from tests.conftest import ROOT
from tests.pictures import labels, trees, write_picture
from tests.toy import Toy
from treeplan import classifier, cli
from treeplan.cli import screen
from treeplan.errors import PlanError, StudyError, TreeplanError
from treeplan.plan import Plan
from treeplan.reasons import reasons_of
from treeplan.vocabulary import BENEFITS

DEMO = str(ROOT / "studies" / "demo.toml")
runner = CliRunner()


@pytest.fixture(autouse=True)
def _quiet_afterwards() -> Iterator[None]:
    """The command line sets up logging for its own run; the tests after it keep theirs."""
    yield
    logging.getLogger("treeplan").handlers.clear()
    logging.getLogger("treeplan").setLevel(logging.NOTSET)


@pytest.fixture
def planned(demo_plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands that run the demo take the plan that was made once."""
    monkeypatch.setattr("treeplan.pipeline.make_plan", lambda study, layers=None, progress=None: demo_plan)


def treeplan(*words: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from treeplan.cli import main; main()", *words],
        capture_output=True,
        text=True,
        cwd=folder or ROOT,
        check=False,
    )


@pytest.mark.parametrize(
    "command",
    [
        "demo",
        "new",
        "check",
        "run",
        "explain",
        "sources",
        "needs",
        "effects",
        "map",
        "pack",
        "canopy",
        "classify",
        "compare",
    ],
)
def test_every_command_has_help(command: str) -> None:
    result = runner.invoke(cli.app, [command, "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.output
    assert command in runner.invoke(cli.app, ["--help"]).output


@pytest.mark.parametrize(
    ("command", "said"), [("sources", "open_greenspace"), ("needs", "bad_health_pct"), ("effects", "carbon_tco2e")]
)
def test_the_lists_name_what_there_is(command: str, said: str) -> None:
    result = runner.invoke(cli.app, [command])
    assert result.exit_code == 0
    assert said in result.output.replace("\n", "")


def test_new_writes_a_study_that_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    assert runner.invoke(cli.app, ["new", str(path), "--name", "Mine", "--place", "E08000017"]).exit_code == 0
    from treeplan import load_study

    assert load_study(path).places == ("E08000017",)


def test_new_overwrites_nothing(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("mine")
    result = treeplan("new", str(path))
    assert result.returncode == 1
    assert "is there already" in result.stderr
    assert path.read_text() == "mine"


def test_check_reads_the_demo_and_says_what_is_missing() -> None:
    result = runner.invoke(cli.app, ["check", DEMO])
    assert result.exit_code == 0
    assert "The study can be run." in result.output


@pytest.mark.usefixtures("planned")
def test_explain_tells_a_site_s_story_on_one_screen(demo_plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen.console, "_width", 100)
    site = demo_plan.ranked.iloc[49]
    result = runner.invoke(cli.app, ["explain", DEMO, site["site_id"]])
    assert result.exit_code == 0
    assert site["name"] in result.output
    assert f"Number 50 of {len(demo_plan.ranked)}" in result.output
    for heading in ("Why here", "What would raise it", "How sure", "What is in the way", "What it would do by 2050"):
        assert f"\n{heading}\n" in result.output
    best = max(reasons_of(demo_plan.sites, demo_plan.study, site["site_id"]).parts, key=lambda part: part.share)
    bars = [line for line in result.output.splitlines() if "█" in line]
    assert bars[0].split()[0] == BENEFITS[best.benefit].label.split()[0]
    assert bars[0].count("█") == 20
    assert "£" in result.output
    assert len(result.output.splitlines()) <= 50
    assert "this site" not in result.output


@pytest.mark.usefixtures("planned")
def test_explain_tells_everything_when_it_is_asked(demo_plan: Plan) -> None:
    result = runner.invoke(cli.app, ["explain", DEMO, demo_plan.ranked["site_id"].iloc[0], "--all"])
    assert result.exit_code == 0
    for said in (
        "gain, whole site",
        "£ for one",
        "What to plant: ",
        "this site",
        "Nothing: it is the first.",
        "Not known from maps",
    ):
        assert said in result.output


@pytest.mark.usefixtures("planned")
@pytest.mark.parametrize("by", ["lsoa21_code", "name"])
def test_explain_tells_why_a_neighbourhood_stands_where_it_does(demo_plan: Plan, by: str) -> None:
    zone = demo_plan.neighbourhoods.sort_values("need_rank").iloc[0]
    result = runner.invoke(cli.app, ["explain", DEMO, zone[by]])
    assert result.exit_code == 0
    assert "rank 1 of 39 by need" in result.output
    for said in ("Tree Equity Score: ", "Places nearer the top here: ", f"Most like it: {zone['places_like_it']}"):
        assert said in result.output


def test_canopy_sets_every_kind_of_source_side_by_side(tmp_path: Path, demo_plan: Plan) -> None:
    result = runner.invoke(cli.app, ["canopy", DEMO, "--csv", str(tmp_path / "canopy.csv")])
    assert result.exit_code == 0
    for words in (
        "heights",
        "(used)",
        "classified",
        "land cover",
        "correlation",
        "Point survey",
        "1,588",
        "The map of trees is right",
    ):
        assert words in result.output
    written = pd.read_csv(tmp_path / "canopy.csv")
    assert written["lsoa21_code"].tolist() == demo_plan.canopy_sources["lsoa21_code"].tolist()
    assert written["shapes_pct"].tolist() == pytest.approx(demo_plan.canopy_sources["shapes_pct"].tolist(), abs=1e-3)


def test_compare_sets_a_study_and_its_scenario_side_by_side(
    tmp_path: Path, demo_plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    from treeplan import pipeline

    text, scenarios = (ROOT / "studies" / "demo.toml").read_text("utf-8").split("[scenarios.more_woods]")
    street = "[scenarios.street" + scenarios.split("[scenarios.street")[1].split("[scenarios.")[0]
    (tmp_path / "demo.toml").write_text(text + street, encoding="utf-8")
    made = pipeline.make_plan  # the study itself was run once for the whole suite; its layers serve the scenario
    own = demo_plan.study.weights
    monkeypatch.setattr("treeplan.pipeline.load_layers", lambda study, progress: demo_plan.layers)
    monkeypatch.setattr(
        "treeplan.pipeline.make_plan", lambda study, *given: demo_plan if study.weights == own else made(study, *given)
    )
    options = ["--out", str(tmp_path), "--csv", str(tmp_path / "mine.csv"), "--html", str(tmp_path / "pages")]
    result = runner.invoke(cli.app, ["compare", str(tmp_path / "demo.toml"), *options])
    assert result.exit_code == 0
    folder = tmp_path / "hallowmere-compare"
    assert {p.name for p in folder.iterdir()} == {"comparison.csv", "comparison.html", "run.json"}
    assert (tmp_path / "mine.csv").read_bytes() == (folder / "comparison.csv").read_bytes()
    assert (tmp_path / "pages" / "comparison.html").read_bytes() == (folder / "comparison.html").read_bytes()
    table = pd.read_csv(tmp_path / "mine.csv").set_index(["figure", "plan"])["central"]
    trees = table["trees_planted"].dropna()
    assert trees["Hallowmere"] == demo_plan.chosen["trees"].sum()
    assert trees["Hallowmere"] > trees["Street trees first"] > 0
    assert table["sites_only_before", "Street trees first"] > 0  # farmland is not taken in
    said = " ".join(result.output.split())
    assert "Against Hallowmere, Street trees first keeps" in said
    assert "Side by side" in said
    assert said.endswith("comparison.html")


def test_compare_needs_something_to_compare(tmp_path: Path) -> None:
    text = (ROOT / "studies" / "demo.toml").read_text("utf-8").split("[scenarios.")[0]
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    result = runner.invoke(cli.app, ["compare", str(tmp_path / "study.toml"), "--out", str(tmp_path)])
    assert isinstance(result.exception, StudyError)
    assert "has no scenarios" in str(result.exception)


def test_a_study_without_canopy_has_none_to_compare(tmp_path: Path) -> None:
    text = (ROOT / "studies" / "demo.toml").read_text("utf-8")
    text = text.replace('data_dir = "../data/demo"', f'data_dir = "{(ROOT / "data" / "demo").as_posix()}"')
    for name in (
        "woodland",
        "trees_outside_woodland",
        "vegetation_object_model",
        "land_cover",
        "canopy_survey",
        "aerial_image",
        "canopy_labels",
        "openstreetmap",
    ):
        text = re.sub(rf'\[sources\.{name}\]\npath = "[^"]+"\n', "", text)
    (tmp_path / "study.toml").write_text(text)
    result = runner.invoke(cli.app, ["canopy", str(tmp_path / "study.toml")])
    assert "no source of canopy to compare" in str(result.exception)


@pytest.mark.usefixtures("planned")
def test_map_writes_a_map_alone(tmp_path: Path) -> None:
    result = runner.invoke(cli.app, ["map", DEMO, "--out", str(tmp_path)])
    assert result.exit_code == 0
    assert {p.name for p in (tmp_path / "hallowmere-map").iterdir()} == {"map.html", "run.json"}


@pytest.mark.usefixtures("planned")
def test_pack_writes_one_ward(tmp_path: Path, demo_plan: Plan) -> None:
    ward = demo_plan.sites["ward_name"].iloc[0]
    result = runner.invoke(cli.app, ["pack", DEMO, "--for", ward.upper(), "--out", str(tmp_path)])
    assert result.exit_code == 0
    assert len(list(tmp_path.rglob("pack.pdf"))) == 1


@pytest.fixture(scope="module")
def ran(demo_plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    """What `treeplan run` said of the demo, and the folder it wrote."""
    out = tmp_path_factory.mktemp("ran")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("treeplan.pipeline.make_plan", lambda study, layers=None, progress=None: demo_plan)
        return runner.invoke(cli.app, ["run", DEMO, "--out", str(out)]), out / "hallowmere"


def test_run_ends_with_the_page_to_open(ran: tuple[Result, Path]) -> None:
    result, folder = ran
    assert result.exit_code == 0
    assert result.output.strip().splitlines()[-1] == f"Open this page: {folder / 'map.html'}"
    assert "60,000" in result.output
    wanted = {
        "plan.gpkg",
        "plan.parquet",
        "sites.csv",
        "neighbourhoods.csv",
        "map.html",
        "report.html",
        "effects.parquet",
        "packs",
        "run.json",
    }
    assert {p.name for p in folder.iterdir()} == wanted


def test_a_run_writes_a_pack_for_every_ward_and_names_those_without_sites(
    ran: tuple[Result, Path], demo_plan: Plan
) -> None:
    from treeplan.outputs.places import places

    result, folder = ran
    wards = places(demo_plan)
    assert len(list((folder / "packs").glob("*/pack.pdf"))) == len(wards) == 8
    assert "packs/ holds a pack for each of 8 wards" in result.output
    for ward in wards:
        assert (f"lies in {ward.name}" in result.output) == (ward.sites == 0)


def test_check_stops_at_floors_that_no_site_could_meet(
    tmp_path: Path, demo_plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("treeplan.pipeline.load_layers", lambda study, progress: demo_plan.layers)
    text = (ROOT / "studies" / "demo.toml").read_text("utf-8")
    text = text.replace('data_dir = "../data/demo"', f'data_dir = "{(ROOT / "data" / "demo").as_posix()}"')
    path = tmp_path / "study.toml"
    path.write_text(text.replace("min_share_by_district = 0.1", "min_share_by_district = 0.25"))
    assert runner.invoke(cli.app, ["check", str(path)]).exit_code == 0  # four districts, a quarter each
    area = (ROOT / "data" / "demo" / "districts.gpkg").as_posix()
    text = text.replace("min_share_by_district = 0.1", "min_share_by_district = 0.26")
    path.write_text(re.sub(r"(?m)^places = .*$", f'area = "{area}"', text))
    result = runner.invoke(cli.app, ["check", str(path)])
    assert isinstance(result.exception, PlanError)
    assert "4 districts at 26% each come to more than the budget" in str(result.exception)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "nowhere.toml"], "there is no study file"),
        (["check", "nowhere.toml"], "there is no study file"),
        (["pack", DEMO], "--for WARD"),
        (["explain", "nowhere.toml", "X"], "there is no study file"),
    ],
)
def test_a_mistake_ends_with_a_remedy_and_exit_code_1(words: list[str], said: str) -> None:
    result = treeplan(*words)
    assert result.returncode == 1
    assert result.stderr.startswith("treeplan: ")
    assert said in result.stderr
    assert "What to do:" in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


@pytest.mark.usefixtures("planned")
def test_a_site_that_is_not_there_is_told() -> None:
    from treeplan import StudyError

    result = runner.invoke(cli.app, ["explain", DEMO, "SK00000000-1"])
    assert isinstance(result.exception, StudyError)
    assert "no site is called" in str(result.exception)


@pytest.mark.usefixtures("planned")
@pytest.mark.parametrize(
    ("code", "remedy"),
    [("E01999999", r"did you mean E01999\d{3}( or E01999\d{3})*\?"), ("E01", "neighbourhoods.csv")],
)
def test_a_neighbourhood_that_is_not_there_is_told(code: str, remedy: str) -> None:
    result = runner.invoke(cli.app, ["explain", DEMO, code])
    assert isinstance(result.exception, StudyError)
    assert result.exception.problem == f"the study has no neighbourhood {code}"
    assert re.search(remedy, result.exception.remedy)
    assert "site" not in str(result.exception)


def test_help_answers_without_loading_the_maps() -> None:
    code = "import sys; from treeplan.cli import app; sys.exit('geopandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_planner_s_script_prints_the_best_sites(
    demo_plan: Plan, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("treeplan.load_layers", lambda study: demo_plan.layers)
    monkeypatch.setattr("treeplan.make_plan", lambda study, layers: demo_plan)
    monkeypatch.setattr(sys, "argv", ["score_sites.py", DEMO, "--best", "3"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(ROOT / "scripts" / "score_sites.py"), run_name="__main__")
    assert ended.value.code == 0
    lines = capsys.readouterr().out.strip().splitlines()
    assert len(lines) == 4
    assert demo_plan.ranked["name"].iloc[0] in lines[1]
    wrong = subprocess.run(
        [sys.executable, "scripts/score_sites.py", "nowhere.toml"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert wrong.returncode == 1
    assert "What to do:" in wrong.stderr


@pytest.mark.parametrize(
    ("words", "said", "remedy"),
    [
        (["rum"], "no such command 'rum'", "did you mean run?"),
        (["run"], "missing argument 'STUDY'", "treeplan run --help"),
        (["--nope"], "no such option: --nope", "treeplan --help"),
        (["run", "S", "--oot", "x"], "no such option: --oot", "did you mean --out?"),
        (["pack", "S", "--for"], "option '--for' requires an argument", "--help"),
        (["needs", "extra"], "unexpected extra argument", "treeplan needs --help"),
    ],
)
def test_a_command_that_is_typed_wrongly_ends_with_a_remedy(words: list[str], said: str, remedy: str) -> None:
    result = treeplan(*words)
    assert result.returncode == 1
    assert result.stderr.startswith("treeplan: ")
    assert said in result.stderr.replace("parameter: study", "argument 'STUDY'")
    assert remedy in result.stderr.split("What to do: ")[1]
    assert len(result.stderr.strip().splitlines()) == 2


def test_without_a_command_the_help_is_shown() -> None:
    result = treeplan()
    assert result.returncode == 0
    assert result.stdout.startswith("Usage: treeplan")
    assert "check" in result.stdout
    assert result.stderr == ""


def test_a_date_that_is_none_is_told_before_anything_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "abc")
    result = treeplan("check", DEMO)
    assert result.returncode == 1
    assert result.stderr.startswith("treeplan: SOURCE_DATE_EPOCH is 'abc'")
    assert len(result.stderr.strip().splitlines()) == 2


def test_an_empty_date_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "")
    assert treeplan("sources").returncode == 0


@pytest.mark.parametrize("words", [["run", DEMO], ["map", DEMO], ["pack", DEMO, "--all"]])
def test_a_place_for_results_that_is_none_is_told_before_the_run(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("treeplan.pipeline.make_plan", lambda *given, **settings: pytest.fail("the run began"))
    (tmp_path / "file").write_text("")
    result = runner.invoke(cli.app, [*words, "--out", str(tmp_path / "file" / "out")])
    assert isinstance(result.exception, TreeplanError)
    assert "is a file" in str(result.exception)


INTERRUPT = """
import os, signal, sys

moment = sys.argv.pop(1)
signal.signal(signal.SIGINT, signal.default_int_handler)  # as in a terminal; jobs in the background ignore it

def interrupt(*given, **settings):
    os.kill(os.getpid(), signal.SIGINT)

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == moment:
            interrupt()

sys.meta_path.insert(0, Watch())
from treeplan.__main__ import main

if moment == "a stage":
    import treeplan.pipeline
    treeplan.pipeline.load_layers = interrupt
if moment.endswith(".pickle"):  # a plan that is to be written
    import pathlib, pickle
    import treeplan.pipeline
    from treeplan import outputs
    plan = pickle.loads(pathlib.Path(moment).read_bytes())
    treeplan.pipeline.make_plan = lambda *given, **settings: plan
    outputs.OUTPUTS["geopackage"] = outputs.Output("geopackage", "plan.gpkg", interrupt)
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signal")
@pytest.mark.parametrize("moment", ["typer", "treeplan.cli.runs", "numpy", "pyogrio", "scipy.optimize", "a stage"])
def test_an_interrupt_at_any_moment_ends_in_one_line(moment: str, tmp_path: Path) -> None:
    assert_stopped(moment, tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signal")
def test_an_interrupt_while_writing_leaves_nothing_behind(demo_plan: Plan, tmp_path: Path) -> None:
    plan = tmp_path / "plan.pickle"
    plan.write_bytes(pickle.dumps(demo_plan))
    assert_stopped(str(plan), tmp_path / "out")


def assert_stopped(moment: str, out: Path) -> None:
    out.mkdir(exist_ok=True)
    result = subprocess.run(
        [sys.executable, "-c", INTERRUPT, moment, "run", DEMO, "--out", str(out)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 130
    said = [line for line in result.stderr.splitlines() if not line.startswith("WARNING")]
    assert said == ["treeplan: stopped; nothing was half written."]
    assert list(out.iterdir()) == []


def test_classify_writes_a_map_of_trees_and_says_how_far_to_trust_it(
    tmp_path: Path, toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy.tables |= {"image": write_picture(tmp_path / "air.tif", trees()), "canopy_labels": labels(trees())}
    monkeypatch.setattr("treeplan.layers.load_layers", lambda study, progress: toy.layers)
    monkeypatch.setattr("treeplan.study.load_study", lambda path: toy.study(classifier={"block_m": 400}))
    monkeypatch.setitem(classifier.FOREST, "n_estimators", 15)
    result = runner.invoke(cli.app, ["classify", "toy.toml", str(tmp_path / "trees.tif")])
    assert result.exit_code == 0
    assert "The map of trees is right at" in result.output
    assert "no corrected area is stated" in result.output
    assert (tmp_path / "trees.tif").exists()
    assert (tmp_path / "trees.json").exists()


def test_classify_says_which_files_it_lacks(toy: Toy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("treeplan.layers.load_layers", lambda study, progress: toy.layers)
    monkeypatch.setattr("treeplan.study.load_study", lambda path: toy.study())
    result = runner.invoke(cli.app, ["classify", "toy.toml", str(tmp_path / "trees.tif")])
    assert isinstance(result.exception, StudyError)
    assert "lacks a picture from the air with near infrared and points labelled" in str(result.exception)
