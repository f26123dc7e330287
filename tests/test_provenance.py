from __future__ import annotations

import errno
from pathlib import Path

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
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(OutputError, match="SOURCE_DATE_EPOCH"):
        provenance.run_date()
