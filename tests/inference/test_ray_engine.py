import importlib.util
import os
import shutil

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from emotion_lib.environment import MissingPackageError
from emotion_lib.files import printable
from emotion_lib.inference.parquet_folder import table_schema
from emotion_lib.inference.picture_sources import EngineError, fetch, list_pictures
from emotion_lib.inference.predictor import Predictor
from emotion_lib.inference.ray_engine import BatchPredictor, predict_to_parquet
from emotion_lib.inference.tables import columns, rows

NOT_UTF8 = os.fsdecode(b"caf\xe9.jpg")


@pytest.fixture
def folder(tmp_path, photograph):
    """Pictures with one face, two faces and none, and two that cannot be used."""
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
    (folder / "notes.txt").write_text("ignored")
    (folder / ".hidden.png").write_bytes(b"ignored too")
    return folder


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.fixture(scope="module")
def one_ray():
    """Ray, started once, as that takes seconds."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    ray = pytest.importorskip("ray")
    ray.init(num_cpus=2, log_to_driver=False, logging_level="error", include_dashboard=False)
    yield
    ray.shutdown()


def expected_table(folder):
    """Return the table of the local engine."""
    predictor = Predictor.load()
    paths = sorted((str(path) for path in folder.rglob("[!.]*.[jp][pn]g")), key=printable)
    table = []
    for path in paths:
        table += rows(path, predictor.predict(path))
    return pd.DataFrame(table, columns=columns(predictor.class_names))


def test_the_rows_of_the_local_engine_and_a_restart(folder, one_ray, tmp_path, monkeypatch):
    out = tmp_path / "a:b" / "50% results.parquet"  # a relative path with a colon is no URI
    monkeypatch.chdir(tmp_path)
    shutil.copy(folder / "one.jpg", folder / NOT_UTF8)
    counts = predict_to_parquet([str(folder)], str(out.relative_to(tmp_path)), workers=1)
    assert counts == {"found": 6, "skipped": 0, "ok": 3, "no_face": 1, "error": 2}
    table = pd.read_parquet(out).sort_values(["file", "face"]).reset_index(drop=True)
    expected = expected_table(folder)
    assert list(table) == list(expected)
    assert table["file"].tolist() == expected["file"].tolist()
    assert table["status"].tolist() == expected["status"].tolist()
    assert table["error"].fillna("").tolist() == expected["error"].fillna("").tolist()
    assert table["label"].dropna().tolist() == ["happy"] * 4
    assert table["quality"].fillna("").tolist() == expected["quality"].fillna("").tolist()
    numbers = [name for name in expected.columns[5:] if name != "quality"]
    np.testing.assert_allclose(
        table[numbers].to_numpy(float), expected[numbers].to_numpy(float), atol=1e-3
    )

    # A restart reads only what is new, and keeps the existing files. A missing file gives a row
    # like any other failure.
    before = contents(out)
    shutil.copy(folder / "one.jpg", folder / "new.jpg")
    nowhere = str(tmp_path / "nowhere.jpg")
    counts = predict_to_parquet([str(folder), nowhere], str(out), workers=1)
    # Pictures that failed before still count.
    assert counts == {"found": 8, "skipped": 6, "ok": 4, "no_face": 1, "error": 3}
    assert before.items() <= contents(out).items()
    table = pd.read_parquet(out)
    assert table["file"].nunique() == 8
    assert len(table) == 9
    assert table.set_index("file").loc[nowhere, "status"] == "error"
    assert predict_to_parquet([str(folder)], str(out))["skipped"] == 7

    # Results of another threshold are not mixed in, even if no picture is left to read.
    with pytest.raises(EngineError, match="Choose another --out"):
        predict_to_parquet([str(folder)], str(out), abstain=0.9)


def test_the_row_of_a_remote_picture_that_cannot_be_read(tmp_path):
    uri = (tmp_path / "gone.jpg").as_uri()
    (gone,) = list_pictures([uri]).values()
    batch = {"name": [gone.name], "path": [os.fsencode(gone.path)], "uri": [gone.uri]}
    predict = BatchPredictor({}, 0.4, table_schema(Predictor.load().class_names))
    (row,) = predict(fetch(batch)).to_pylist()
    assert row["file"] == gone.name
    assert row["status"] == "error"
    assert "cannot be read" in row["error"]


def test_a_foreign_folder_is_refused_and_unchanged(folder, tmp_path):
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "notes.txt").write_bytes(b"x")
    with pytest.raises(EngineError, match=r"Received: .*foreign"):
        predict_to_parquet([str(folder)], str(foreign))
    assert contents(foreign) == {"notes.txt": b"x"}


def test_without_ray(monkeypatch, folder, tmp_path):
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "ray" else find_spec(name)
    )
    with pytest.raises(MissingPackageError, match=r"pip install 'emotion-lib\[distributed\]'"):
        predict_to_parquet([str(folder)], str(tmp_path / "out"))
