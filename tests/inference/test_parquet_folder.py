import json
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from emotion_lib.inference.parquet_folder import ParquetFolder, table_schema
from emotion_lib.inference.picture_sources import EngineError
from emotion_lib.inference.tables import columns

MADE_BY = {"model": "0" * 64, "detector": None, "abstain": 0.4}
TABLE = pa.table({"file": ["a.jpg"], "status": ["ok"]})


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.fixture
def output(tmp_path):
    """A folder that a run has claimed."""
    output = ParquetFolder(str(tmp_path / "out"))
    with output.exclusive():
        output.claim(MADE_BY)
    return output


def test_the_schema_has_every_column():
    schema = table_schema(("happy", "sad"))
    assert tuple(schema.names) == columns(("happy", "sad"))
    assert schema.field("face").type == pa.int32()
    assert schema.field("happy").type == schema.field("nose_x").type == pa.float64()
    assert schema.field("quality").type == pa.string()


def test_a_claimed_folder_accepts_the_same_run_alone(output):
    output.add(TABLE)
    assert output.done() == {"a.jpg": "ok"}
    assert output.check(MADE_BY)
    with pytest.raises(EngineError, match="begun with"):
        output.claim(MADE_BY | {"abstain": 0.5})


@pytest.mark.parametrize("change", [{}, {"columns": ["file", "status"]}])
def test_a_folder_with_the_columns_of_another_version_is_refused(change, tmp_path):
    """The first versions did not note their columns."""
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "_made_by.json").write_text(json.dumps(MADE_BY | change))
    with pytest.raises(EngineError, match="another version"):
        ParquetFolder(str(folder)).check(MADE_BY)


def test_a_new_folder_is_not_claimed_by_checking_it(tmp_path):
    assert not ParquetFolder(str(tmp_path / "new")).check(MADE_BY)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("mine.parquet", b"PAR1 of another program"),
        ("notes.txt", b"x"),
        ("_made_by.json", b"[1, "),
        ("_made_by.json", b"[1, 2]"),
    ],
)
def test_a_folder_of_another_program_is_refused_and_unchanged(name, content, tmp_path):
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / name).write_bytes(content)
    with pytest.raises(EngineError, match=r"Received: .*foreign"):
        ParquetFolder(str(foreign)).check()
    assert contents(foreign) == {name: content}


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(EngineError, match="Expected a folder for --out"):
        ParquetFolder(str(tmp_path / "notes.txt")).check()


def test_a_name_that_is_not_utf8_is_refused(tmp_path):
    with pytest.raises(EngineError, match="a name in UTF-8"):
        ParquetFolder(str(tmp_path / os.fsdecode(b"caf\xe9")))


def test_a_folder_that_cannot_be_read_is_unchanged(output, tmp_path, monkeypatch):
    output.add(TABLE)
    before = contents(tmp_path / "out")

    def unreadable(*arguments, **options):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(pq, "read_table", unreadable)
    with pytest.raises(EngineError, match="Input/output error"):
        output.done()
    assert contents(tmp_path / "out") == before


def test_a_torn_file_is_named_and_kept(output, tmp_path):
    output.add(TABLE)
    torn = tmp_path / "out" / "torn.parquet"
    torn.write_bytes(b"PAR1")
    with pytest.raises(EngineError, match=r"torn\.parquet, which cannot be read"):
        output.done()
    assert torn.read_bytes() == b"PAR1"


def test_an_interrupted_file_does_not_appear(output, tmp_path, monkeypatch):
    def interrupted(table, file):
        file.write(b"PAR1")
        raise KeyboardInterrupt

    before = sorted(contents(tmp_path / "out"))
    monkeypatch.setattr(pq, "write_table", interrupted)
    with pytest.raises(KeyboardInterrupt):
        output.add(TABLE)
    assert sorted(contents(tmp_path / "out")) == before
