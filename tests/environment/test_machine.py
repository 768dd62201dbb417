"""Processor and main memory."""

import os
import re

from emotion_lib.environment import cores, machine, memory, processor


def test_memory_is_at_most_the_limit_of_the_container(tmp_path, monkeypatch):
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(machine, "_CONTAINER_LIMITS", (tmp_path / "none", limit))
    limit.write_text("max\n")
    assert memory() > 2**28
    limit.write_text(f"{2**28}\n")
    assert memory() == 2**28


def test_cores_are_those_that_the_process_may_use():
    assert 1 <= cores() <= os.cpu_count()


def test_the_processor_has_a_name_and_cores():
    assert re.search(r"\w.*, \d+ cores$", processor())
