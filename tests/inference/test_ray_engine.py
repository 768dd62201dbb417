import os
import shutil

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from emotion_lib.files import printable
from emotion_lib.inference import ray_engine
from emotion_lib.inference.parquet_folder import ParquetFolder, table_schema
from emotion_lib.inference.picture_sources import EngineError, fetch, is_uri, list_pictures
from emotion_lib.inference.predictor import Predictor
from emotion_lib.inference.ray_engine import BatchPredictor, predict_to_parquet
from emotion_lib.inference.tables import columns, rows


@pytest.fixture
def folder(tmp_path, photograph):
    """Pictures with one face, two, none, and two that cannot be used."""
    folder = tmp_path / "pictures"
    (folder / "below").mkdir(parents=True)
    shutil.copy(photograph, folder / "one.jpg")
    one = Image.open(photograph).convert("RGB")
    both = Image.new("RGB", (2 * one.width, one.height))
    both.paste(one, (0, 0))
    both.paste(one, (one.width, 0))
    both.save(folder / "below" / "two.png")
    Image.new("RGB", (200, 200)).save(folder / "none.png")
    (folder / "broken.jpg").write_bytes(b"not a picture")
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "notes.txt").write_text("not meant")
    (folder / ".hidden.png").write_bytes(b"not meant either")
    return folder


NOT_UTF8 = os.fsdecode(b"caf\xe9.jpg")
MADE_BY = {"model": "0" * 64, "detector": None, "abstain": 0.4}


def pictures_of(source):
    return list(list_pictures([source]).values())


def contents(folder):
    return {
        path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture(scope="module")
def one_ray():
    """Started once, as it takes seconds."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    ray = pytest.importorskip("ray")
    ray.init(num_cpus=2, log_to_driver=False, logging_level="error", include_dashboard=False)
    yield
    ray.shutdown()


def test_the_same_answers_as_the_local_engine_and_a_restart(folder, one_ray, tmp_path, monkeypatch):
    out = tmp_path / "a:b" / "50% results.parquet"  # a relative name with a colon is no protocol
    monkeypatch.chdir(tmp_path)
    shutil.copy(folder / "one.jpg", folder / NOT_UTF8)
    counts = predict_to_parquet([str(folder)], str(out.relative_to(tmp_path)), workers=1)
    assert counts == {"found": 6, "skipped": 0, "ok": 3, "no_face": 1, "error": 2}
    table = pd.read_parquet(out).sort_values(["file", "face"]).reset_index(drop=True)
    predictor = Predictor.load()
    assert tuple(table) == columns(predictor.class_names)
    pictures = sorted((str(p) for p in folder.rglob("[!.]*.[jp][pn]g")), key=printable)
    expected = [row for path in pictures for row in rows(path, predictor.predict(path))]
    expected = pd.DataFrame(expected, columns=columns(predictor.class_names))
    assert (
        table["file"].tolist() == expected["file"].tolist()
        and table["status"].tolist() == expected["status"].tolist()
    )
    assert table["label"].dropna().tolist() == ["happy"] * 4
    numbers = list(expected.columns[5:])
    np.testing.assert_allclose(
        table[numbers].to_numpy(float), expected[numbers].to_numpy(float), atol=1e-3
    )
    assert table["error"].fillna("").tolist() == expected["error"].fillna("").tolist()

    # A restart does what is new and nothing else, and leaves the files that are there as they are.
    before = contents(out)
    shutil.copy(folder / "one.jpg", folder / "new.jpg")
    counts = predict_to_parquet([str(folder)], str(out), workers=1)
    assert counts == {
        "found": 7,
        "skipped": 6,
        "ok": 4,
        "no_face": 1,
        "error": 2,
    }  # what failed before still counts
    assert before.items() <= contents(out).items()
    table = pd.read_parquet(out)
    assert table["file"].nunique() == 7 and len(table) == 8
    assert predict_to_parquet([str(folder)], str(out))["skipped"] == 7

    # Answers of another kind are not mixed in, and what is not there is a row like any other failure.
    with pytest.raises(EngineError, match="Choose another --out"):
        predict_to_parquet([str(folder)], str(out), abstain=0.9)  # also where nothing is left to do
    assert predict_to_parquet([str(tmp_path / "nowhere.jpg")], str(out), workers=1)["error"] == 1
    assert (
        pd.read_parquet(out).set_index("file").loc[str(tmp_path / "nowhere.jpg"), "status"]
        == "error"
    )


# ---- what is read ---------------------------------------------------------------------------------------------------


def test_buckets_and_folders_are_listed_alike(folder):
    more = folder / "more.dir"
    more.mkdir()
    for name in ("a b.jfif", "100%.AVIF", "c:d.pgm", ".trash/x.png", "__MACOSX/y.png"):
        (more / name).parent.mkdir(exist_ok=True)
        (more / name).write_bytes(b"some bytes")
    local = [picture.path for picture in pictures_of(str(folder))]
    remote = pictures_of(folder.as_uri())
    assert local == [picture.path for picture in remote] and len(local) == 5 + 3
    assert [picture.name for picture in remote] == ["file://" + path for path in local]
    batch = {
        key: np.array([getattr(picture, key) for picture in remote], object)
        for key in ("name", "path", "uri")
    }
    batch["path"] = np.array([os.fsencode(path) for path in local], object)
    fetched = fetch(batch)
    assert fetched["error"] == [""] * 8 and fetched["content"].count(b"some bytes") == 3


def test_linked_folders_are_read_once(folder):
    (folder / "below" / "back").symlink_to(folder)
    assert len(pictures_of(str(folder))) == 5


def test_names_that_are_not_utf8_and_colons(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "12:30").mkdir()
    for name in (NOT_UTF8, "12:30/x.jpg", "a:b.jpg"):
        (tmp_path / name).write_bytes(b"")
    for source in ("12:30/x.jpg", "a:b.jpg", "12://x.jpg"):
        assert not is_uri(source)
        (picture,) = pictures_of(source)
        assert picture.path == os.path.abspath(source) and not picture.uri
    assert is_uri("s3://bucket/x.jpg")
    (picture,) = pictures_of(NOT_UTF8)
    assert picture.name == f"{tmp_path}/caf\\xe9.jpg" and os.path.exists(picture.path)
    # The other name has a backslash.
    with pytest.raises(EngineError, match="Rename one"):
        list_pictures([NOT_UTF8, NOT_UTF8, "caf\\xe9.jpg"])


def test_unreadable_remote_files_are_rows_with_their_reason(tmp_path):
    (gone,) = pictures_of((tmp_path / "gone.jpg").as_uri())
    batch = {"name": [gone.name], "path": [os.fsencode(gone.path)], "uri": [gone.uri]}
    fetched = fetch(batch)
    assert fetched["content"] == [b""] and "FileNotFoundError" in fetched["error"][0]
    reader = BatchPredictor({}, 0.4, table_schema(Predictor.load().class_names))
    (row,) = reader(fetched).to_pylist()
    assert (
        row["file"] == gone.name and row["status"] == "error" and "cannot be read" in row["error"]
    )


# ---- where it is written --------------------------------------------------------------------------------------------


def test_a_foreign_folder_is_refused_and_left_alone(folder, tmp_path):
    for name, content in (
        ("mine.parquet", b"PAR1 of somebody else"),
        ("notes.txt", b"x"),
        ("_made_by.json", b"[1, "),
    ):
        foreign = tmp_path / name.split(".")[0]
        foreign.mkdir()
        (foreign / name).write_bytes(content)
        with pytest.raises(EngineError, match=r"Received: .*" + foreign.name):
            predict_to_parquet([str(folder)], str(foreign))
        assert contents(foreign) == {(foreign / name).relative_to(foreign): content}


def test_nothing_is_deleted_that_cannot_be_read(tmp_path, monkeypatch):
    import pyarrow as pa
    import pyarrow.parquet

    output = ParquetFolder(str(tmp_path / "out"))
    with output.exclusive():
        output.claim(MADE_BY)
    output.add(pa.table({"file": ["a.jpg"], "status": ["ok"]}))
    assert output.done() == {"a.jpg": "ok"} and output.check(MADE_BY)
    before = contents(tmp_path / "out")

    def unreadable(*arguments, **options):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch, pytest.raises(EngineError, match="Input/output error"):
        patch.setattr(pyarrow.parquet, "read_table", unreadable)
        output.done()
    assert contents(tmp_path / "out") == before
    (tmp_path / "out" / "torn.parquet").write_bytes(b"PAR1")
    with pytest.raises(EngineError, match=r"torn\.parquet, which cannot be read"):
        output.done()
    assert contents(tmp_path / "out").keys() - before.keys() == {
        (tmp_path / "torn.parquet").relative_to(tmp_path)
    }


def test_files_appear_whole(tmp_path, monkeypatch):
    """A full disk or an interruption while a part is written."""
    import pyarrow.parquet

    output = ParquetFolder(str(tmp_path))
    output.claim(MADE_BY)

    def torn(table, file):
        file.write(b"PAR1")
        raise KeyboardInterrupt

    monkeypatch.setattr(pyarrow.parquet, "write_table", torn)
    with pytest.raises(KeyboardInterrupt):
        output.add(None)
    assert [path.name for path in tmp_path.iterdir()] == ["_made_by.json"]


def test_a_command_line_that_is_not_utf8(monkeypatch):
    """Ray notes it as text when it starts."""
    ray = pytest.importorskip("ray")
    assert ray._private.utils.get_entrypoint_name() != "emotion predict"
    noted = []

    def init(**options):
        noted.append(ray._private.utils.get_entrypoint_name())
        raise ConnectionError

    monkeypatch.setattr(ray, "init", init)
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    with pytest.raises(EngineError, match=r"Expected Ray to start\. Received: ConnectionError"):
        ray_engine._run([], None, (), {}, 0.4, 1)
    assert noted == ["emotion predict"]


def test_an_output_whose_name_is_not_utf8(tmp_path):
    with pytest.raises(EngineError, match="a name in UTF-8"):
        predict_to_parquet([], str(tmp_path / NOT_UTF8))


def test_what_is_not_there(tmp_path, folder):
    with pytest.raises(EngineError, match="Expected a folder for --out"):
        predict_to_parquet([str(folder)], str(folder / "notes.txt"))
    with pytest.raises(EngineError, match="PyArrow reads"):
        predict_to_parquet(["nonsense://bucket/x"], str(tmp_path / "out"))


def test_without_ray(monkeypatch, folder, tmp_path):
    found = ray_engine.importlib.util.find_spec
    monkeypatch.setattr(
        ray_engine.importlib.util, "find_spec", lambda name: None if name == "ray" else found(name)
    )
    with pytest.raises(EngineError, match=r"pip install -e '\.\[distributed\]'"):
        predict_to_parquet([str(folder)], str(tmp_path / "out"))
