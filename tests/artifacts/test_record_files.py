"""Files of records: damaged ones, those of other programs, those of another model."""

import json

import pytest
from conftest import record

from emotion_lib import artifacts, paths
from emotion_lib.artifacts import ArtifactError

MALFORMED = {
    "of another program": '{"a": 1}',
    "empty": "",
    "half written": '{"name": "01_full", "full": tr',
    "nested too deeply": "[" * 100_000,
    "a list": "[]",
    "of other types": json.dumps(record("01_full", data="fer2013")),
    "of a later version": json.dumps(record("01_full", version=99)),
}


def test_malformed_records_are_skipped_with_a_warning(save):
    """Files of other programs, or damaged ones, cost nothing but their own rows."""
    malformed = []
    for name, text in MALFORMED.items():
        file = paths.artifacts_dir() / name.replace(" ", "_") / "run.json"
        file.parent.mkdir(parents=True)
        file.write_text(text)
        malformed.append(file)
    with pytest.warns(RuntimeWarning) as caught:
        save("01_full", full=True)  # the last cell of a training
    warnings = [str(warning.message) for warning in caught if warning.category is RuntimeWarning]
    for file in malformed:
        assert any(str(file) in message for message in warnings)
        with pytest.raises(ArtifactError, match="Restore the file") as error:
            artifacts.load_run(file.parent.name)
        assert str(file) in str(error.value)
    with pytest.warns(RuntimeWarning):
        assert [run.name for run in artifacts.runs()] == ["01_full"]
    assert artifacts.leaderboard()["run"].tolist() == ["01_full"]


def test_a_record_counts_only_for_the_file_that_it_describes(save, recwarn):
    run = save("01_full", full=True)
    assert artifacts.record_beside(run.model_file) == run.record
    assert artifacts.record_beside(run.folder.parent / "elsewhere" / "model.keras") is None
    assert RuntimeWarning not in {warning.category for warning in recwarn}
    run.model_file.write_bytes(run.model_file.read_bytes() + b"another model")
    of_another = r"01_full/model\.keras in .*01_full/run\.json.*another model"
    with pytest.warns(RuntimeWarning, match=of_another):
        assert artifacts.record_beside(run.model_file) is None
    (run.folder / "run.json").write_text("damaged")
    damaged = r"01_full/model\.keras is used without.*01_full/run\.json"
    with pytest.warns(RuntimeWarning, match=damaged):
        assert artifacts.record_beside(run.model_file) is None
