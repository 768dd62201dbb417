import importlib.util
import shutil

import pytest

from emotion_lib import artifacts
from emotion_lib.artifacts import ArtifactError
from emotion_lib.inference.compiled_file import bind, compiled_file, read_compiled
from emotion_lib.inference.networks import load_network


@pytest.fixture
def copy(compiled_model, tmp_path):
    """A copy of the .keras file, without its siblings."""
    return shutil.copy(compiled_model, tmp_path / "model.keras")


def test_a_file_without_a_sibling_runs_on_keras(copy):
    assert load_network(copy)[0].runtime == "keras"  # without a warning
    with pytest.raises(ArtifactError, match="no file"):
        load_network(copy, "litert")


def test_a_sibling_runs_on_litert(compiled_model, copy, monkeypatch):
    shutil.copy(compiled_file(compiled_model), compiled_file(copy))
    assert load_network(copy)[0].runtime == "litert"
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name: None if name == "ai_edge_litert" else find_spec(name),
    )
    with pytest.warns(RuntimeWarning, match="ai-edge-litert is not installed"):
        assert load_network(copy)[0].runtime == "keras"


def test_a_sibling_of_another_model_is_never_used(compiled_model, small_model, tmp_path):
    other = artifacts.export(small_model, tmp_path / "model.keras", tuple("abcdefg"))
    shutil.copy(compiled_file(compiled_model), compiled_file(other))
    with pytest.warns(RuntimeWarning, match="made from another model"):
        assert load_network(other)[0].runtime == "keras"
    with pytest.raises(ArtifactError, match="promote the run again"):
        load_network(other, "litert")


def test_a_sibling_without_digests_is_never_used(copy):
    compiled_file(copy).write_bytes(b"not compiled at all")
    with pytest.raises(ArtifactError, match="does not say which model"):
        load_network(copy, "litert")


def test_binding_again_replaces_the_digests(compiled_model, copy):
    compiled = shutil.copy(compiled_file(compiled_model), compiled_file(copy))
    size = compiled.stat().st_size
    content = read_compiled(copy, "litert")
    bind(compiled, copy)
    assert compiled.stat().st_size == size
    assert read_compiled(copy, "litert") == content
