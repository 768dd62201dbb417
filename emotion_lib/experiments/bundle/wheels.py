"""Wheels that the target machine lacks, found from the metadata of what is installed here."""

import subprocess
import sys
import tomllib
from collections.abc import Callable, Container, Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.markers import default_environment
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

from ...errors import EmotionError
from ...paths import ROOT

PYTHON = "3.12"
# Markers of requirements are evaluated for the target, whichever machine writes the bundle.
TARGET = {
    "python_version": PYTHON,
    "python_full_version": f"{PYTHON}.0",
    "implementation_name": "cpython",
    "implementation_version": f"{PYTHON}.0",
    "platform_python_implementation": "CPython",
    "os_name": "posix",
    "sys_platform": "linux",
    "platform_system": "Linux",
    "platform_machine": "x86_64",
}
PLATFORMS = (
    "manylinux_2_28_x86_64",
    "manylinux_2_27_x86_64",
    "manylinux_2_17_x86_64",
    "manylinux2014_x86_64",
)
HAVE_FILE = Path(__file__).with_name("have.txt")
# Variants of a distribution that bring the same module.
SAME_AS = {
    "opencv-python-headless": "opencv-python",
    "opencv-contrib-python": "opencv-python",
    "opencv-contrib-python-headless": "opencv-python",
}

Pins = dict[str, str]  # canonical name -> exact version
Download = Callable[[Pins, Path], None]


class WheelError(EmotionError, RuntimeError):
    """Wheel that cannot be named or fetched."""


def pinned(root: Path = ROOT) -> Pins:
    """Return the exact versions of constraints.txt."""
    lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins: Pins = {}
    for line in lines:
        if line and not line.startswith("#"):
            name, version = line.split("==")
            pins[canonicalize_name(name)] = version
    return pins


def read_have(file: Path | None = None) -> dict[str, Version | None]:
    """Return the distributions of the target machine.

    Args:
        file: output of ``pip freeze`` there; None: the list of packages that such machines usually
            have.

    Returns:
        Canonical names, with versions where the list states them.

    Raises:
        WheelError: the file cannot be read, or names no distribution.
    """
    file = file or HAVE_FILE
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise WheelError(
            f"Expected the output of pip freeze in {file}. Received: {error}."
        ) from error
    have: dict[str, Version | None] = {}
    for line in lines:
        try:
            requirement = Requirement(line.split("#")[0])
        except InvalidRequirement:  # a comment, or a line such as -e and a path
            continue
        exact = [clause.version for clause in requirement.specifier if clause.operator == "=="]
        name = canonicalize_name(requirement.name)
        have[name] = Version(exact[0]) if exact else None
        if name in SAME_AS:
            have[SAME_AS[name]] = have[name]
    if not have:
        raise WheelError(
            f"Expected the output of pip freeze in {file}. Received: a file without one."
        )
    return have


def distributions_of(modules: Iterable[str]) -> list[str]:
    """Return the distributions that bring these modules, by what is installed here.

    Raises:
        WheelError: a module is not installed here.
    """
    known = metadata.packages_distributions()
    names = set()
    unknown = []
    for module in modules:
        if known.get(module):
            names.add(canonicalize_name(known[module][0]))
        else:
            unknown.append(module)
    if unknown:
        raise WheelError(
            "Expected all modules that the notebooks import to be installed here. "
            f"Received: {sorted(unknown)} missing. Run make setup."
        )
    return sorted(names)


def closure(
    names: Iterable[str], have: dict[str, Version | None], unused: Container[str] = ()
) -> tuple[set[str], set[str]]:
    """Return the distributions that some others require and the target lacks.

    A list with versions, such as the output of pip freeze, is taken as complete. In a list of names
    alone, their requirements count as installed too.

    Args:
        names: of distributions.
        have: see :func:`read_have`.
        unused: distributions to leave out, with those that they alone require.

    Returns:
        Canonical names of those to bring; and of those that the target would need but that are not
        installed here, such as those that only its version of Python requires.
    """
    if all(version is None for version in have.values()):
        have = have | dict.fromkeys(_walk(map(Requirement, have), {})[0])
    return _walk(_stated(names), have, unused)


def _stated(names: Iterable[str]) -> list[Requirement]:
    """Return requirements of distributions, with the versions of pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    lines = [*project["dependencies"], *extras["video"], *extras["lab"]]
    stated = {}
    for requirement in map(Requirement, lines):
        stated[canonicalize_name(requirement.name)] = requirement
    return [stated.get(canonicalize_name(name), Requirement(name)) for name in names]


def _walk(
    requirements: Iterable[Requirement],
    have: dict[str, Version | None],
    unused: Container[str] = (),
) -> tuple[set[str], set[str]]:
    found: set[str] = set()
    absent: set[str] = set()
    seen: set[tuple[str, str]] = set()
    waiting = list(requirements)
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in unused or _is_met(requirement, have):
            continue
        try:
            required = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            absent.add(name)
            continue
        found.add(name)
        for extra in {"", *requirement.extras}:
            if (name, extra) not in seen:
                seen.add((name, extra))
                for child in map(Requirement, required):
                    if _applies(child, extra):
                        waiting.append(child)
    return found, absent


def _is_met(requirement: Requirement, have: dict[str, Version | None]) -> bool:
    """Return whether the target has a distribution in a version that is allowed, or unknown."""
    name = canonicalize_name(requirement.name)
    if name not in have:
        return False
    version = have[name]
    return version is None or requirement.specifier.contains(version, prereleases=True)


def _applies(requirement: Requirement, extra: str) -> bool:
    environment: dict[str, Any] = default_environment() | TARGET | {"extra": extra}
    return requirement.marker is None or requirement.marker.evaluate(environment)


def fetch(pins: Pins, folder: Path, download: Download | None = None) -> dict[str, Path]:
    """Return the wheels of distributions; each is downloaded once.

    Args:
        pins: names and versions.
        folder: keeps the wheels; those that are there are not downloaded again.
        download: fetches wheels into a folder; None: pip does, as it is configured.

    Raises:
        WheelError: a wheel cannot be fetched.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lacking = _lacking(pins, folder)
    if lacking:
        download = download or _pip_download
        download(lacking, folder)
        lacking = _lacking(pins, folder)
    if lacking:
        names = ", ".join(f"{name}=={version}" for name, version in lacking.items())
        raise WheelError(
            f"Expected wheels for Python {PYTHON} on Linux x86-64. Received: none of {names}."
        )
    known = _wheels(folder)
    return {name: known[name, Version(version)] for name, version in pins.items()}


def _lacking(pins: Pins, folder: Path) -> Pins:
    known = _wheels(folder)
    lacking = {}
    for name, version in pins.items():
        if (name, Version(version)) not in known:
            lacking[name] = version
    return lacking


def _wheels(folder: Path) -> dict[tuple[str, Version], Path]:
    found: dict[tuple[str, Version], Path] = {}
    for path in sorted(folder.glob("*.whl")):
        name, version, _, _ = parse_wheel_filename(path.name)
        found[name, version] = path
    return found


def _pip_download(pins: Pins, folder: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--disable-pip-version-check",
        "--quiet",
        "--no-deps",
    ]
    command += ["--only-binary=:all:", "--dest", str(folder)]
    command += ["--python-version", PYTHON, "--implementation", "cp"]
    for abi in (f"cp{PYTHON.replace('.', '')}", "abi3", "none"):
        command += ["--abi", abi]
    for platform in PLATFORMS:
        command += ["--platform", platform]
    command += [f"{name}=={version}" for name, version in pins.items()]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        reason = done.stderr.strip().splitlines()
        raise WheelError(
            f"Expected pip to find wheels of {len(pins)} distributions for Python {PYTHON} on "
            f"Linux x86-64. Received: {' '.join(reason[-2:])} "
            "They are downloaded once; this first time needs a network."
        )
