import shutil

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from emotion_lib import distributed
from emotion_lib.distributed import EngineError, predict_to_parquet
from emotion_lib.predictor import Predictor
from emotion_lib.records import columns, rows


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
    return folder


@pytest.fixture(scope="module")
def one_ray():
    """Started once, as it takes seconds."""
    import os

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    ray = pytest.importorskip("ray")
    ray.init(num_cpus=2, log_to_driver=False, logging_level="error", include_dashboard=False)
    yield
    ray.shutdown()


def test_the_same_answers_as_the_local_engine_and_a_restart(folder, one_ray, tmp_path, capfd):
    out = tmp_path / "results.parquet"
    counts = predict_to_parquet([str(folder)], str(out), workers=1)
    assert counts == {"found": 5, "skipped": 0, "ok": 2, "no_face": 1, "error": 2}
    table = pd.read_parquet(out).sort_values(["file", "face"]).reset_index(drop=True)
    predictor = Predictor.load()
    assert tuple(table) == columns(predictor.class_names)
    pictures = sorted(str(p) for p in folder.rglob("*") if p.suffix in (".jpg", ".png"))
    expected = [row for path in pictures for row in rows(path, predictor.predict(path))]
    expected = pd.DataFrame(expected, columns=columns(predictor.class_names))
    assert table["file"].tolist() == expected["file"].tolist() and table["status"].tolist() == expected["status"].tolist()
    assert table["label"].dropna().tolist() == ["happy"] * 3
    numbers = list(expected.columns[5:])
    np.testing.assert_allclose(table[numbers].to_numpy(float), expected[numbers].to_numpy(float), atol=1e-3)
    assert table["error"].fillna("").tolist() == expected["error"].fillna("").tolist()

    # A restart does what is new and what a kill left half written, and nothing else.
    shutil.copy(folder / "one.jpg", folder / "new.jpg")
    (out / "half.parquet").write_bytes(next(out.glob("*.parquet")).read_bytes()[:100])
    counts = predict_to_parquet([str(folder)], str(out), workers=1)
    assert counts == {"found": 6, "skipped": 5, "ok": 3, "no_face": 1, "error": 2}  # what failed before still counts
    table = pd.read_parquet(out)
    assert table["file"].nunique() == 6 and len(table) == 7
    assert predict_to_parquet([str(folder)], str(out))["skipped"] == 6

    # Answers of another kind are not mixed in, and what is not there is a row like any other failure.
    with pytest.raises(EngineError, match="Choose another --out"):
        predict_to_parquet([str(tmp_path / "nowhere.jpg")], str(out), abstain=0.9)
    assert predict_to_parquet([str(tmp_path / "nowhere.jpg")], str(out), workers=1)["error"] == 1
    assert pd.read_parquet(out).set_index("file").loc[str(tmp_path / "nowhere.jpg"), "status"] == "error"


def test_unreadable_files_are_rows_with_their_reason(tmp_path):
    batch = distributed._read({"file": np.array([str(tmp_path / "gone.jpg"), str(tmp_path)])})
    assert batch["content"] == [b"", b""] and all("cannot be read" in error for error in batch["error"])


def test_what_is_not_there(tmp_path, folder):
    with pytest.raises(EngineError, match="Expected a folder for --out"):
        predict_to_parquet([str(folder)], str(folder / "notes.txt"))
    with pytest.raises(EngineError, match="PyArrow reads"):
        predict_to_parquet(["nonsense://bucket/x"], str(tmp_path / "out"))


def test_without_ray(monkeypatch, folder, tmp_path):
    found = distributed.importlib.util.find_spec
    monkeypatch.setattr(distributed.importlib.util, "find_spec", lambda name: None if name == "ray" else found(name))
    with pytest.raises(EngineError, match=r"pip install -e '\.\[distributed\]'"):
        predict_to_parquet([str(folder)], str(tmp_path / "out"))
