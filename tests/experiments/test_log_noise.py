"""Start-up notes that are kept from the terminal."""

import io

from emotion_lib.experiments.log_noise import WithoutNoise

NOISE = """\
[IPKernelApp] WARNING | Kernel is running over TCP without encryption. All communication is plain.
WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795794454.050491    9752 port.cc:153] oneDNN custom operations are on.
W0000 00:00:1795794454.050491    9752 gpu_device.cc:2431] TensorFlow was not built for this GPU.
E0000 00:00:1795795370.840449   30645 cuda_platform.cc:52] failed call to cuInit: INTERNAL
.venv/lib/tqdm/auto.py:21: TqdmWarning: IProgress not found. Please update jupyter
  from .autonotebook import tqdm as notebook_tqdm
"""
WANTED = """\
Epoch 1/2
E0000 00:00:1795795370.840449   30645 pjrt.cc:9] RESOURCE_EXHAUSTED: Out of memory
UserWarning: The structure of `inputs` does not match
"""


def test_start_up_notes_are_left_out_and_nothing_else():
    stream = io.StringIO()
    filtered = WithoutNoise(stream)
    filtered.write(NOISE + WANTED)
    filtered.write("1/1 - 1s")  # a part of a line
    filtered.write("\n")
    filtered.flush()
    assert stream.getvalue() == WANTED + "1/1 - 1s\n"
