"""Tracked tables of results: written, read, and never mixed up."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from emotion_lib import artifacts, paths
from emotion_lib.artifacts import ArtifactError

FRAME = pd.DataFrame(
    {"n": [3589, 12], "accuracy": [0.6581231, np.nan], "note": ["as it is", "a, b"]},
    index=pd.Index(["blur", "noise"], name="corruption"),
)


def test_a_table_comes_back_with_how_it_was_made(dataset):
    parameters = {"LIMIT": None, "SIZES": (1, 2)}
    file = artifacts.save_table(
        FRAME, "23_x", "summary", dataset=dataset, parameters=parameters, models={"net": "ab"}
    )
    assert file == paths.artifacts_dir() / "23_x" / "tables" / "summary.csv"
    assert file.read_text() == (
        'corruption,n,accuracy,note\nblur,3589,0.658123,as it is\nnoise,12,,"a, b"\n'
    )
    again = artifacts.load_table("23_x", "summary")
    pd.testing.assert_frame_equal(again, FRAME, atol=1e-6)
    record = artifacts.table_record("23_x", "summary")
    assert record.data == {"name": "synthetic", "fingerprint": dataset.fingerprint}
    assert (record.full, record.models) == (False, {"net": "ab"})
    assert record.parameters == {"LIMIT": None, "SIZES": [1, 2]}
    assert sorted(path.name for path in file.parent.iterdir()) == ["summary.csv", "summary.json"]


def test_the_first_column_names_the_rows_of_a_frame_without_an_index():
    artifacts.save_table(FRAME.reset_index(), "23_x", "summary")
    pd.testing.assert_frame_equal(artifacts.load_table("23_x", "summary"), FRAME, atol=1e-6)
    assert artifacts.table_record("23_x", "summary").full is None


def test_a_table_of_a_part_never_replaces_one_of_the_whole(dataset):
    file = artifacts.save_table(FRAME, "23_x", "a", dataset=replace(dataset, full=True))
    before = file.read_bytes()
    with pytest.raises(ArtifactError, match="Choose another RUN_NAME"):
        artifacts.save_table(FRAME * 2, "23_x", "a", dataset=dataset)
    assert file.read_bytes() == before
    artifacts.save_table(FRAME, "23_x", "b", dataset=dataset)
    artifacts.save_table(FRAME, "23_x", "b", dataset=dataset)
    assert artifacts.table_record("23_x", "a").full


def test_a_table_that_was_changed_by_hand_is_refused():
    file = artifacts.save_table(FRAME, "23_x", "summary")
    file.write_text(file.read_text().replace("0.658", "0.758"))
    with pytest.raises(ArtifactError, match="another file"):
        artifacts.load_table("23_x", "summary")
    file.unlink()
    with pytest.raises(ArtifactError, match="no such file"):
        artifacts.load_table("23_x", "summary")
    file.with_suffix(".json").write_text("{}")
    with pytest.raises(ArtifactError, match="no run"):
        artifacts.load_table("23_x", "summary")


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".a", "a b"])
def test_a_name_that_is_none(name):
    with pytest.raises(ArtifactError, match="Choose another name"):
        artifacts.save_table(FRAME, "23_x", name)
    with pytest.raises(ArtifactError, match="Choose another name"):
        artifacts.save_table(FRAME, "smoke/23_x", "summary")
    assert not paths.artifacts_dir().exists()


def test_a_table_that_is_not_there():
    artifacts.save_table(FRAME, "23_x", "summary")
    with pytest.raises(ArtifactError, match=r"\['summary'\].*Received: 'other'"):
        artifacts.load_table("23_x", "other")


# ---- the tracked tables -----------------------------------------------------------------------


def test_tracked_tables_are_whole_and_of_whole_data(monkeypatch):
    root = paths.ROOT / "artifacts"
    monkeypatch.setenv("ARTIFACTS_DIR", str(root))
    for file in root.glob("*/tables/*"):
        record = json.loads(file.with_suffix(".json").read_text())
        assert (record["run"], record["name"]) == (file.parents[1].name, file.stem)
        assert len(artifacts.load_table(record["run"], record["name"]))
        assert record.get("full") is not False
        assert file.stat().st_size < 40_000
