from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from treeplan.errors import DataError
from treeplan.sources import read

DOMAINS = [
    "Index of Multiple Deprivation (IMD)",
    "Income",
    "Employment",
    "Education, Skills and Training",
    "Health Deprivation and Disability",
    "Crime",
    "Barriers to Housing and Services",
    "Living Environment",
]


RANK_COLUMNS = [
    f"{domain}_rank"
    for domain in ("imd", "income", "employment", "education", "health", "crime", "barriers", "environment")
]


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def only(name: str, path: Path, **settings: Any) -> pd.DataFrame:
    """The one table of a source that fills one layer."""
    (table,) = read(name, path, **settings).values()
    return table


def deprivation_csv(path: Path, code: str, decile: str = "{}", separators: bool = False) -> Path:
    """Three neighbourhoods, ranks 1,000 and 2,000 and 30,000 in every domain, under the official headings."""
    ranks = [1000, 2000, 30_000]
    shown = [f"{r:,}" if separators else str(r) for r in ranks]
    columns: dict[str, list[str]] = {code: ["E01000001", "E01000002", "E01000003"]}
    for domain in DOMAINS:
        columns[f"{domain} Rank (where 1 is most deprived)"] = shown
        columns[f"{domain} Decile (where 1 is most deprived 10% of LSOAs)"] = ["1", "1", "10"]
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


@pytest.mark.parametrize(
    ("name", "heading", "key"),
    [
        ("deprivation_2025", "LSOA code (2021)", "lsoa21_code"),
        ("deprivation_domains_2019", "LSOA code (2011)", "lsoa11_code"),
    ],
)
@pytest.mark.parametrize("separators", [True, False])
def test_deprivation_under_official_headings(
    tmp_path: Path, name: str, heading: str, key: str, separators: bool
) -> None:
    found = only(name, deprivation_csv(tmp_path / "File.csv", heading, separators=separators))
    assert sorted(found.columns) == sorted([key, *RANK_COLUMNS])
    assert (found[RANK_COLUMNS].to_numpy() == [[1000.0] * 8, [2000.0] * 8, [30_000.0] * 8]).all()


def test_deprivation_under_cleaned_headings(tmp_path: Path) -> None:
    shorts = ["IMD", "Income", "Employment", "Education", "Health", "Crime", "Housing_and_Services", "Environment"]
    path = tmp_path / "imd2025.csv"
    pd.DataFrame(
        {"lsoa21_code": ["E01000001"], "IMD_decile": [1.0], "IMD_score": [19.729]}
        | {f"{short}_rank": [float(i + 1)] for i, short in enumerate(shorts)}
    ).to_csv(path, index=False)
    found = read("deprivation_2025", path)["deprivation"]
    assert found[RANK_COLUMNS].iloc[0].tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    assert found["imd_score"].tolist() == [19.729]


def test_file_1_of_2019_with_thousands_separators(tmp_path: Path) -> None:
    path = write(
        tmp_path / "File_1.csv",
        "LSOA code (2011),LSOA name (2011),Local Authority District code (2019),Local Authority District name (2019),"
        "Index of Multiple Deprivation (IMD) Rank,Index of Multiple Deprivation (IMD) Decile\n"
        'E01000001,Toy,E08000016,Barnsley,"29,199",9\nE01000002,Toy,E08000016,Barnsley,977,1\n',
    )
    found = read("deprivation_2019", path)["deprivation"]
    assert found.to_dict("list") == {"lsoa11_code": ["E01000001", "E01000002"], "imd_rank": [29_199.0, 977.0]}


def test_ranks_that_run_the_wrong_way_are_refused(tmp_path: Path) -> None:
    path = write(
        tmp_path / "upside_down.csv",
        "LSOA code (2011),Index of Multiple Deprivation (IMD) Rank,Index of Multiple Deprivation (IMD) Decile\n"
        'E01000001,"32,000",1\nE01000002,"16,000",5\nE01000003,100,10\n',
    )
    with pytest.raises(DataError, match=r"upside_down\.csv(.|\n)*32000 in decile 1(.|\n)*What to do: "):
        read("deprivation_2019", path)


def test_a_score_read_as_a_rank_is_refused(tmp_path: Path) -> None:
    path = write(
        tmp_path / "scores.csv",
        "LSOA code (2011),Index of Multiple Deprivation (IMD) Score,Index of Multiple Deprivation (IMD) Decile\n"
        "E01000001,53.4,1\nE01000002,21.1,4\nE01000003,1.2,10\n",
    )
    with pytest.raises(DataError, match=r"scores\.csv(.|\n)*disagree in 2 of 3 rows(.|\n)*What to do: "):
        read("deprivation_2019", path, columns={"imd_rank": "Index of Multiple Deprivation (IMD) Score"})


def test_ranks_without_deciles_are_taken_as_they_are(tmp_path: Path) -> None:
    path = write(tmp_path / "ranks.csv", "LSOA code (2011),Index of Multiple Deprivation (IMD) Rank\nE01000001,32000\n")
    assert read("deprivation_2019", path)["deprivation"]["imd_rank"].tolist() == [32_000]


def test_wales_among_the_deprived_is_refused_unless_left_out(tmp_path: Path) -> None:
    path = write(
        tmp_path / "both.csv",
        "LSOA code (2011),Index of Multiple Deprivation (IMD) Rank\nE01000001,5\nW01000001,6\n",
    )
    with pytest.raises(DataError, match=r"both\.csv(.|\n)*'W01000001' \(row 2\)(.|\n)*What to do: "):
        read("deprivation_2019", path)
    assert len(read("deprivation_2019", path, keep="E01*")["deprivation"]) == 1


def forty(path: Path, **changes: list[Any]) -> Path:
    """Forty neighbourhoods, all ranks running together, under the cleaned headings."""
    shorts = ["IMD", "Income", "Employment", "Education", "Health", "Crime", "Housing_and_Services", "Environment"]
    table = pd.DataFrame(
        {"lsoa21_code": [f"E01{i:06d}" for i in range(40)]}
        | {f"{short}_rank": [100 * i + 1 for i in range(40)] for short in shorts}
    )
    table.assign(**changes).to_csv(path, index=False)
    return path


def test_domains_and_scores_that_run_together_pass(tmp_path: Path) -> None:
    scores = [80 - i for i in range(40)]
    path = forty(tmp_path / "File_7.csv", **{"Index of Multiple Deprivation (IMD) Score": scores})
    assert len(only("deprivation_2025", path)) == 40
    turned = {name: [4_000 - 100 * i for i in range(40)] for name in ("Housing_and_Services_rank", "Environment_rank")}
    assert len(only("deprivation_2025", forty(path, **turned))) == 40  # these two go their own ways


@pytest.mark.parametrize(
    ("column", "ours", "values"),
    [
        ("Crime_rank", "crime_rank", [4_000 - 100 * i for i in range(40)]),
        ("Index of Multiple Deprivation (IMD) Score", "imd_score", [i / 40 for i in range(40)]),
    ],
)
def test_a_column_that_runs_against_the_ranks_is_told(
    tmp_path: Path, column: str, ours: str, values: list[float]
) -> None:
    path = forty(tmp_path / "File_7.csv", **{column: values})
    with pytest.raises(DataError, match=rf"File_7\.csv(.|\n)*{ours} runs against imd_rank: (.|\n)*in 40 rows") as told:
        only("deprivation_2025", path)
    assert "1.00" in str(told.value)


def test_a_score_read_as_a_rank_is_no_whole_number(tmp_path: Path) -> None:
    path = forty(tmp_path / "File_7.csv", Housing_and_Services_rank=[1.5 + i for i in range(40)])
    with pytest.raises(DataError, match="barriers_rank: must be a whole number: a score is no rank; fails in 40 rows"):
        only("deprivation_2025", path)


def test_transformed_scores_of_domains(tmp_path: Path) -> None:
    shorts = ["Income", "Employment", "Education", "Health", "Crime", "Barriers", "Living Environment"]
    heads = ",".join(f"{short} Score - exponentially transformed" for short in shorts)
    path = write(tmp_path / "File_9.csv", f"LSOA code (2021),{heads}\nE01000001,1,2,3,4,5,6,100\n")
    found = only("domain_scores_2025", path)
    ours = ["income", "employment", "education", "health", "crime", "barriers", "environment"]
    assert found.loc[0, ours].tolist() == [1, 2, 3, 4, 5, 6, 100]
    with pytest.raises(DataError, match="income: must be 100"):
        only("domain_scores_2025", write(path, f"LSOA code (2021),{heads}\nE01000001,30001,2,3,4,5,6,7\n"))


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("folder", "prefix", "rows"), [("south-yorkshire", "", 853), ("trafford", "TR_", 138), ("england", "", 32_844)]
)
def test_real_file_1_and_file_2_of_2019_agree(data: Path, folder: str, prefix: str, rows: int) -> None:
    file_1 = only("deprivation_2019", data / folder / f"{prefix}File_1_-_IMD2019_Index_of_Multiple_Deprivation.csv")
    file_2 = only("deprivation_domains_2019", data / folder / f"{prefix}File_2_-_IoD2019_Domains_of_Deprivation.csv")
    both = file_1.merge(file_2, on="lsoa11_code", suffixes=("", "_2"), validate="one_to_one")
    assert (len(file_1), len(file_2), len(both)) == (rows, rows, rows)
    assert (both["imd_rank"] == both["imd_rank_2"]).all()


@pytest.mark.realdata
def test_real_deprivation_2025_by_district(data: Path) -> None:
    found = only(
        "deprivation_2025",
        data / "south-yorkshire/IoD2025_File7_shape_RECONSTRUCTED_no_IDACI_IDAOPI_population.csv",
    )
    assert len(found) == 860
    lookup = only("lsoa_to_ward", data / "south-yorkshire/lookup_lsoa21_ward24_ltla24.csv")
    mean = found.merge(lookup, on="lsoa21_code", validate="one_to_one").groupby("district_name")["imd_score"].mean()
    assert mean.round(1).to_dict() == {"Barnsley": 30.2, "Doncaster": 30.5, "Rotherham": 29.5, "Sheffield": 27.0}


@pytest.mark.realdata
def test_real_deprivation_2025_is_the_same_under_both_headings(data: Path) -> None:
    official = only(
        "deprivation_2025",
        data / "south-yorkshire/IoD2025_File7_shape_RECONSTRUCTED_no_IDACI_IDAOPI_population.csv",
    ).set_index("lsoa21_code")
    cleaned = only("deprivation_2025", data / "south-yorkshire/imd2025_england_lsoa21.csv").set_index("lsoa21_code")
    assert len(cleaned) == 860
    assert (cleaned.loc[official.index, RANK_COLUMNS] == official[RANK_COLUMNS]).all(axis=None)


@pytest.mark.realdata
def test_real_deprivation_2025_of_trafford_and_england(data: Path) -> None:
    trafford = only("deprivation_2025", data / "trafford/TR_imd2025_england_lsoa21.csv")
    england = only("deprivation_2025", data / "england/imd2025_england_lsoa21.parquet")
    assert (len(trafford), len(england)) == (139, 33_755)
    assert england["imd_rank"].min() == 1
    both = trafford.merge(england, on="lsoa21_code", suffixes=("", "_england"), validate="one_to_one")
    assert len(both) == 139
    assert (both["imd_rank"] == both["imd_rank_england"]).all()
