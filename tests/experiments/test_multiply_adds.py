import pytest
from conftest import write_run

from emotion_lib import artifacts
from emotion_lib.experiments.multiply_adds import multiply_adds, write_multiply_adds
from emotion_lib.models.cost import multiply_adds as count


@pytest.fixture
def run(save):
    return save("01_test", full=True)


def test_models_are_counted_into_a_table(run, small_model):
    assert multiply_adds() == {}
    file = write_multiply_adds()
    expected = count(small_model)
    assert file.read_text().splitlines() == [
        "run,parameters,multiply_adds",
        f"01_test,{small_model.count_params()},{expected}",
    ]
    assert multiply_adds() == {"01_test": expected}


def test_a_row_outlives_its_model_file_but_not_its_run(run):
    write_multiply_adds()
    run.model_file.unlink()
    write_multiply_adds()
    assert list(multiply_adds()) == ["01_test"]
    (run.folder / "run.json").unlink()
    write_multiply_adds()
    assert multiply_adds() == {}


def test_models_may_be_in_another_folder(run, tmp_path):
    other_folder = tmp_path / "models"
    (other_folder / "01_test").mkdir(parents=True)
    run.model_file.rename(other_folder / "01_test" / "model.keras")
    write_multiply_adds(other_folder)
    assert list(multiply_adds()) == ["01_test"]


def test_another_network_is_rejected(run, monkeypatch):
    file = run.folder / "run.json"
    parameters = run.record.model.parameters
    text = file.read_text()
    assert f'"parameters": {parameters}' in text
    file.write_text(text.replace(f'"parameters": {parameters}', '"parameters": 1'))
    with pytest.raises(artifacts.ArtifactError, match="with 1 parameters"):
        write_multiply_adds()


def test_a_row_of_a_former_network_is_not_used(run):
    file = write_multiply_adds()
    file.write_text(file.read_text().replace("01_test,", "01_test,9"))
    assert multiply_adds() == {}


def test_another_seed_has_the_count_of_the_same_network(tmp_path, monkeypatch):
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))
    model = {"weights": "none (from scratch)", "sha256": "0" * 64}
    write_run(tmp_path, "01_x/seed-0", model=model | {"parameters": 10, "multiply_adds": 500})
    write_run(tmp_path, "01_x/seed-1", model=model | {"parameters": 10})
    write_run(tmp_path, "01_x/larger", model=model | {"parameters": 11})
    write_run(tmp_path, "02_y/seed-1", model=model | {"parameters": 10})
    assert multiply_adds() == {"01_x/seed-0": 500, "01_x/seed-1": 500}
    # Two networks that differ, and happen to have as many parameters.
    write_run(tmp_path, "01_x/other", model=model | {"parameters": 10, "multiply_adds": 600})
    assert set(multiply_adds()) == {"01_x/seed-0", "01_x/other"}
