from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pyarrow
import pyogrio
import pytest

from treeplan import provenance
from treeplan.errors import OutputError


def test_a_folder_appears_whole(tmp_path: Path) -> None:
    with provenance.whole_folder(tmp_path / "out") as partial:
        (partial / "a.txt").write_text("a")
        assert not (tmp_path / "out").exists()
    assert (tmp_path / "out" / "a.txt").read_text() == "a"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt(), ValueError("bug")]
)
def test_what_was_there_stays_when_writing_fails(tmp_path: Path, error: BaseException) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "run.json").write_text("old")
    expected = OutputError if isinstance(error, OSError) else type(error)

    def write_half() -> None:
        with provenance.whole_folder(tmp_path / "out") as partial:
            (partial / "new.txt").write_text("half")
            raise error

    with pytest.raises(expected):
        write_half()
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["run.json"]
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_folder_with_somebody_s_own_files_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "barnsley").mkdir()
    (tmp_path / "barnsley" / "my_survey.gpkg").write_text("years of work")
    with pytest.raises(OutputError, match="did not make"), provenance.whole_folder(tmp_path / "barnsley"):
        pass
    assert (tmp_path / "barnsley" / "my_survey.gpkg").read_text() == "years of work"


def test_a_fault_of_our_own_is_not_called_a_full_disk(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), provenance.whole_folder(tmp_path / "out") as partial:
        (partial / "template").read_text()


def test_a_full_disk_says_what_to_do(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match="No space left on device") as caught,
        provenance.whole_folder(tmp_path / "out"),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert "make room" in str(caught.value)


FULL = """
import resource, sqlite3, sys
from pathlib import Path
import geopandas, numpy, pandas, pyarrow, pyogrio
from treeplan.errors import OutputError
from treeplan.provenance import whole_folder

def rows():
    points = geopandas.points_from_xy(numpy.arange(20_000.0), numpy.arange(20_000.0), crs=27700)
    return geopandas.GeoDataFrame({"code": numpy.random.default_rng(1).random(20_000)}, geometry=points)

def sql(folder):
    connection = sqlite3.connect(folder / "a.sqlite")
    connection.execute("CREATE TABLE t (a BLOB)")
    connection.execute("INSERT INTO t VALUES (zeroblob(200000))")
    connection.commit()

table = rows()
write = {
    "GeoPackage": lambda folder: pyogrio.write_dataframe(table, folder / "a.gpkg"),
    "GeoParquet": lambda folder: table.to_parquet(folder / "a.parquet"),
    "SQLite": sql,
    "CSV": lambda folder: table.drop(columns="geometry").to_csv(folder / "a.csv"),
}[sys.argv[2]]
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))  # no file may grow longer, as on a disk that fills up
try:
    with whole_folder(Path(sys.argv[1]) / "out") as partial:
        write(partial)
except OutputError as err:
    print(err)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no limit to a file's length")
@pytest.mark.parametrize("kind", ["GeoPackage", "GeoParquet", "SQLite", "CSV"])
def test_a_disk_that_fills_up_is_told_by_every_writer(tmp_path: Path, kind: str) -> None:
    ran = subprocess.run([sys.executable, "-c", FULL, str(tmp_path), kind], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert f"{tmp_path / 'out'} could not be written (" in ran.stdout
    assert "What to do: the disk is full or may not be written" in ran.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "error",
    [
        pyogrio.errors.DataSourceError("sqlite3_exec(INSERT INTO ...) failed: database or disk is full"),
        pyogrio.errors.FeatureError("Could not add feature to layer at index 7"),
        pyarrow.ArrowException("Error writing bytes to file"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_a_library_says_of_a_full_disk_is_the_same_message(tmp_path: Path, error: Exception) -> None:
    with pytest.raises(OutputError, match="could not be written"), provenance.whole_folder(tmp_path / "out"):
        raise error
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_takes_no_folder_is_found_before_anything_is_worked_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(self: Path, *given: object, **settings: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    provenance.require_place(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(Path, "mkdir", denied)
    with pytest.raises(OutputError, match=r"could not be written \(Permission denied\)"):
        provenance.require_place(tmp_path / "a" / "b")


def test_a_run_killed_between_the_renames_loses_nothing(tmp_path: Path) -> None:
    (tmp_path / ".out.old").mkdir()
    (tmp_path / ".out.old" / "result.txt").write_text("kept")
    (tmp_path / ".out.partial-12345678").mkdir()
    with pytest.raises(ValueError, match="stop"), provenance.whole_folder(tmp_path / "out"):
        raise ValueError("stop")
    assert (tmp_path / "out" / "result.txt").read_text() == "kept"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_file_appears_whole(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    with provenance.whole_file(path) as partial:
        partial.write_text("a")
        assert not path.exists()
    assert path.read_text() == "a"

    def write_half() -> None:
        with provenance.whole_file(path) as partial:
            partial.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()
    assert path.read_text() == "a"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_is_a_file_cannot_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="is a file"), provenance.whole_folder(tmp_path / "file" / "out"):
        pass


def test_the_hash_of_a_file_is_the_known_one(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")
    assert provenance.sha256(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_the_config_hash_ignores_order_and_sees_change() -> None:
    assert provenance.config_hash({"a": 1, "b": 2}) == provenance.config_hash({"b": 2, "a": 1})
    assert provenance.config_hash({"a": 1}) != provenance.config_hash({"a": 2})


def test_the_date_can_be_fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1764000000")
    assert provenance.run_date().isoformat() == "2025-11-24"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "")  # nothing is as good as unset
    assert provenance.run_date().year >= 2026
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(OutputError, match="SOURCE_DATE_EPOCH"):
        provenance.run_date()


def test_the_hash_of_a_folder_changes_with_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "tiles/more").mkdir(parents=True)
    (tmp_path / "tiles/a.tif").write_bytes(b"one")
    (tmp_path / "tiles/more/b.tif").write_bytes(b"two")
    assert [p.name for p in provenance.files_of(tmp_path / "tiles")] == ["a.tif", "b.tif"]
    before = provenance.sha256(tmp_path / "tiles")
    assert before == provenance.sha256(tmp_path / "tiles")
    (tmp_path / "tiles/a.tif").write_bytes(b"onet")
    (tmp_path / "tiles/more/b.tif").write_bytes(b"wo")
    assert provenance.sha256(tmp_path / "tiles") != before
