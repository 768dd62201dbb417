import pytest

from emotion_lib.artifacts import ArtifactError, Contract


def test_a_contract_survives_as_json():
    contract = Contract(("happy", "sad"), (48, 40, 3), "0" * 64)
    content = contract.to_json()
    assert Contract.from_json(content) == contract
    assert content["input"] == {
        "shape": ["n", 48, 40, 3],
        "dtype": "float32",
        "values": "RGB pixels, 0 to 255",
    }


@pytest.mark.parametrize(
    "change",
    [
        {"made_by": "another program"},
        {"class_names": "happy"},
        {"class_names": [1, 2]},
        {"input": {"shape": [48, 48]}},
        {"input": None},
    ],
)
def test_anything_else_is_none(change):
    content = Contract(("happy", "sad"), (48, 48, 1)).to_json() | change
    with pytest.raises(ArtifactError, match="Expected the contract of an exported model"):
        Contract.from_json(content)
    with pytest.raises(ArtifactError):
        Contract.from_json([])
