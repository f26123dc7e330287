"""Engagement packs: tagged PDF, the same bytes twice, names shown as they are, and a pack even where there is no site."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pikepdf
import pytest

from tests.outputs.plans import small_plan, with_sites
from treeplan.errors import StudyError
from treeplan.outputs import packs, places
from treeplan.plan import Plan
from treeplan.vocabulary import FIRST_PRIVATE_TIER

HOSTILE = [
    '#panic("no")',
    "<b>bold</b> & co",
    "*bold* _it_ `raw` $x^2$",
    'Quote\'s "Field" \\ end',
    "Oak 🌳 Park",
    "=1+1",
]


@pytest.fixture(scope="module")
def plan() -> Plan:
    return small_plan(sites=8)


@pytest.fixture(scope="module")
def pack(plan, tmp_path_factory) -> Path:
    return packs.write_pack(plan, "Ward 1", tmp_path_factory.mktemp("packs"))


def words_of(path: Path) -> str:
    """All text of a PDF, in the order it is drawn, read with each font's own table of signs."""
    said = []
    with pikepdf.open(path) as pdf:
        for page in pdf.pages:
            fonts = {name: _signs(font) for name, font in page.get("/Resources", {}).get("/Font", {}).items()}
            signs: dict[int, str] = {}
            for operands, operator in pikepdf.parse_content_stream(page):
                if str(operator) == "Tf":
                    signs = fonts[str(operands[0])]
                elif str(operator) in ("Tj", "TJ"):
                    runs = operands[0] if str(operator) == "TJ" else [operands[0]]
                    for run in (bytes(r) for r in runs if isinstance(r, pikepdf.String)):
                        said += [signs.get(int.from_bytes(run[i : i + 2], "big"), "") for i in range(0, len(run), 2)]
            said.append(" ")
    return re.sub(r"\s+", "", "".join(said))


def _signs(font: pikepdf.Object) -> dict[int, str]:
    table = font["/ToUnicode"].read_bytes().decode("latin-1")
    found = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", table, re.S):
        for code, text in re.findall(r"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>", block):
            found[int(code, 16)] = bytes.fromhex(text).decode("utf-16-be")
    for block in re.findall(r"beginbfrange(.*?)endbfrange", table, re.S):
        for first, last, text in re.findall(r"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>", block):
            start = int.from_bytes(bytes.fromhex(text), "big")
            found |= {int(first, 16) + i: chr(start + i) for i in range(int(last, 16) - int(first, 16) + 1)}
    return found


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_a_pack_is_tagged_and_says_its_language_and_title(pack):
    with pikepdf.open(pack) as pdf:
        assert str(pdf.Root["/Lang"]).startswith("en")
        assert "/StructTreeRoot" in pdf.Root
        assert bool(pdf.Root["/MarkInfo"]["/Marked"])
        assert bool(pdf.Root["/ViewerPreferences"]["/DisplayDocTitle"])
        assert str(pdf.docinfo["/Title"]) == "Could we plant more trees in Ward 1?"
        with pdf.open_metadata() as metadata:
            assert str(metadata["pdfuaid:part"]) == "1"
        assert 1 <= len(pdf.pages) <= 6
        assert [round(float(side)) for side in pdf.pages[0].MediaBox[2:]] == [595, 842]


def tags_of(node: pikepdf.Object) -> list[pikepdf.Dictionary]:
    found = []
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            found += [kid, *tags_of(kid)]
    return found


def test_pictures_have_words_and_tables_have_heads(pack):
    with pikepdf.open(pack) as pdf:
        tags = tags_of(pdf.Root["/StructTreeRoot"])
        figures = [tag for tag in tags if tag["/S"] == "/Figure"]
        assert len(figures) >= 2
        assert all(len(str(tag["/Alt"])) > 20 for tag in figures)
        assert "grid reference" in " ".join(str(tag["/Alt"]) for tag in figures)
        kinds = [str(tag["/S"]) for tag in tags]
        assert {"/H1", "/H2", "/H3", "/Table", "/TH", "/TD"} <= set(kinds)


def test_the_pack_names_its_sites_and_says_what_is_open(plan, pack):
    text = words_of(pack)
    own = plan.sites[plan.sites["ward_name"] == "Ward 1"]
    for name, tier in zip(own["name"], own["owner_tier"], strict=True):
        assert (squeezed(name) in text) == (tier < FIRST_PRIVATE_TIER)
    assert squeezed("One more site here is on private land") in text
    for said in (
        "No tree here, because",
        "nothing here is decided",
        "do not write your name",
        plan.config_hash,
        "1 March 2026",
    ):
        assert squeezed(said) in text
    assert squeezed(plan.attributions[0]) in text


def test_the_same_plan_gives_the_same_bytes(plan, pack, tmp_path):
    again = packs.write_pack(plan, "Ward 1", tmp_path)
    assert again.read_bytes() == pack.read_bytes()


def test_hostile_names_are_shown_and_never_run(plan, tmp_path):
    names = [HOSTILE[i % len(HOSTILE)] for i in range(len(plan.sites))]
    evil = with_sites(plan, name=names, owner_tier=1, reasons='#import "x" <script>')
    wards = plan.neighbourhoods.assign(
        ward_name=[f"#Ward *{code[-1]}* </b>" for code in plan.neighbourhoods["ward_code"]]
    )
    evil = replace(evil, neighbourhoods=wards, sites=evil.sites.assign(ward_name="#Ward *1* </b>"))
    texts = []
    for place in places.places(evil):
        path = packs.write_pack(evil, place, tmp_path)
        texts.append(words_of(path))
        assert re.fullmatch(r"[a-z0-9_]+", path.parent.name)
    text = "".join(texts)
    for name in HOSTILE:
        assert squeezed(name.replace("🌳", "□")) in text
    assert squeezed("#Ward *1* </b>") in text


def test_the_table_of_sites_is_safe_for_spreadsheets(plan, tmp_path):
    evil = with_sites(plan, name=[HOSTILE[-1]] * len(plan.sites))
    path = packs.write_pack(evil, "E05000001", tmp_path).with_name("sites.csv")
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))
    own = plan.public
    own = own[own["ward_code"] == "E05000001"].sort_values("rank")
    assert [row["site_id"] for row in rows] == list(own["site_id"])
    assert list(rows[0]) == ["site_id", "name", "rank", "trees", "band", "grid_reference", "owner", "reasons"]
    assert {row["name"] for row in rows} == {"'=1+1"}
    assert [int(row["trees"]) for row in rows] == [int(t) for t in own["trees"]]


def test_one_folder_for_each_ward_with_sites_or_without(plan, tmp_path):
    only = replace(plan, sites=plan.sites[plan.sites["ward_code"] == "E05000002"])
    packs.packs(only, tmp_path)
    assert sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.*")) == [
        "packs/ward_1/pack.pdf",
        "packs/ward_1/sites.csv",
        "packs/ward_2/pack.pdf",
        "packs/ward_2/sites.csv",
    ]
    assert [(p.name, p.sites) for p in places.places(only)] == [("Ward 1", 0), ("Ward 2", len(only.public))]


def test_a_ward_without_sites_gets_a_pack_that_says_so(plan, tmp_path):
    only = replace(plan, sites=plan.sites[plan.sites["ward_code"] == "E05000002"])
    text = words_of(packs.write_pack(only, "ward 1", tmp_path))
    for said in ("We found no site for trees here", "What could be done instead", "Ward 2"):
        assert squeezed(said) in text


def test_a_ward_where_every_site_is_private_gets_a_pack_that_says_so(plan, tmp_path):
    private = with_sites(plan, owner_tier=3)
    path = packs.write_pack(private, "Ward 1", tmp_path)
    assert squeezed("We found no site for trees here") in words_of(path)
    assert len(path.with_name("sites.csv").read_text("utf-8").splitlines()) == 1


def test_a_study_without_land_can_still_talk(tmp_path):
    plan = small_plan(sites=0)
    packs.packs(plan, tmp_path)
    assert list(tmp_path.iterdir()) == []
    text = words_of(packs.write_pack(plan, "E05000001", tmp_path))
    assert squeezed("This study has no map of open ground yet") in text


def test_more_sites_than_cards_are_counted_not_hidden(tmp_path):
    plan = with_sites(small_plan(sites=40, neighbourhoods=2), owner_tier=1, reasons="near a listed building; " * 9)
    path = packs.write_pack(plan, "Ward 1", tmp_path)
    assert squeezed("28 more sites are on the map without a number") in words_of(path)
    with pikepdf.open(path) as pdf:
        assert len(pdf.pages) <= 6
    assert len(path.with_name("sites.csv").read_text("utf-8").splitlines()) == 41


def test_a_site_without_a_rank_still_has_a_card(plan, tmp_path):
    lost = plan.sites["site_id"] == plan.sites["site_id"].iloc[0]
    nothing = {name: np.where(lost, np.nan, plan.sites[name]) for name in ("rank", "p_top_k", "priority")}
    unranked = with_sites(
        plan,
        **nothing,
        owner_tier=1,
        band=plan.sites["band"].where(~lost, ""),
        not_measured=np.where(lost, "heat; air", ""),
    )
    text = words_of(packs.write_pack(unranked, "Ward 1", tmp_path))
    assert squeezed("not ranked, too much could not be measured") in text
    assert squeezed("not measured") in text


@pytest.mark.parametrize("wanted", ["E05000002", "e05000002", "Ward 2", " WARD 2 ", "ward_2"])
def test_a_place_is_found_by_code_or_name(plan, wanted):
    assert places.find_place(plan, wanted).code == "E05000002"


def test_an_unknown_place_lists_the_names(plan):
    with pytest.raises(StudyError, match="Nowhere") as caught:
        places.find_place(plan, "Nowhere")
    assert "Ward 1 (E05000001), Ward 2 (E05000002)" in caught.value.remedy


def test_two_wards_of_one_name_are_told_apart(plan):
    twins = replace(plan, neighbourhoods=plan.neighbourhoods.assign(ward_name="Central"))
    assert [p.slug for p in places.places(twins)] == ["central", "central_e05000002"]
    with pytest.raises(StudyError, match="2 places are called"):
        places.find_place(twins, "central")


def test_without_wards_the_district_has_the_pack(plan, tmp_path):
    nameless = replace(
        plan,
        neighbourhoods=plan.neighbourhoods.assign(ward_code=None, ward_name=None),
        sites=plan.sites.assign(ward_code=None, ward_name=None),
    )
    assert [(p.name, p.kind) for p in places.places(nameless)] == [
        ("Eastborough", "district"),
        ("Westborough", "district"),
    ]
    assert packs.write_pack(nameless, "Westborough", tmp_path).exists()
