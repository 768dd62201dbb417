import pickle

import pytest

from emotion_lib.models.efficientnet_lite import checkpoint_path
from emotion_lib.models.torch_checkpoint import read_torch_checkpoint


class RunsCode:
    """An object that calls a function when it is unpickled."""

    def __reduce__(self):
        return print, ("run",)


def test_a_checkpoint_that_would_run_code_is_refused(tmp_path):
    file = tmp_path / "bad.pth"
    file.write_bytes(pickle.dumps(RunsCode()))
    with pytest.raises(ValueError, match=r"Expected a PyTorch checkpoint.*builtins\.print"):
        read_torch_checkpoint(file)


def test_sizes_beyond_the_file_are_refused(tmp_path):
    file = tmp_path / "damaged.pth"
    content = bytearray(checkpoint_path().read_bytes())
    # The shape (32, 3, 3, 3) of the first layer, as pickle writes it.
    name = content.index(b"_conv_stem.weight")
    shape = content.index(bytes([ord("K"), 32, ord("K"), 3]), name)
    content[shape + 1] = 255
    file.write_bytes(content)
    with pytest.raises(ValueError, match="beyond the end of its storage"):
        read_torch_checkpoint(file)
    content[shape + 1] = 32
    # The length of the storage of its 32 x 3 x 3 x 3 values.
    length = content.rindex((864).to_bytes(8, "little"))
    content[length : length + 8] = b"\xff" * 7 + b"\x0f"
    file.write_bytes(content)
    with pytest.raises(ValueError, match="beyond the end of the file"):
        read_torch_checkpoint(file)


def test_a_text_file_is_refused(tmp_path):
    file = tmp_path / "text.pth"
    file.write_text("hello")
    with pytest.raises(ValueError, match="Expected a PyTorch checkpoint"):
        read_torch_checkpoint(file)
