"""Exact versions of all packages that the page needs, as requirements.txt of a Space."""

from importlib.metadata import PackageNotFoundError, requires, version

from ...paths import ROOT

PROJECT = "emotion-lib"


def pinned(extra: str) -> list[str]:
    """Return the packages of an extra of the project, and all that they need, with their versions.

    The versions are those of constraints.txt, or of the environment for what that does not name.

    Args:
        extra: of pyproject.toml.
    """
    constraints = _constraints()
    found = {}
    todo = [(PROJECT, extra)]
    seen = set()
    while todo:
        package, wanted = todo.pop()
        if (package, wanted) in seen:
            continue
        seen.add((package, wanted))
        for name, extras in _needs(package, wanted):
            todo += [(name, each) for each in ("", *extras)]
            if name != PROJECT:
                found[name] = constraints.get(name) or version(name)
    return [f"{name}=={found[name]}" for name in sorted(found)]


def _needs(package: str, extra: str) -> list[tuple[str, set[str]]]:
    """Return the packages that one needs on this system, each with its extras."""
    # It comes with Gradio.
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    try:
        lines = requires(package) or []
    except PackageNotFoundError:  # needed on other systems only
        return []
    found: list[tuple[str, set[str]]] = []
    for line in lines:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            found.append((canonicalize_name(requirement.name), requirement.extras))
    return found


def _constraints() -> dict[str, str]:
    """Return the versions of constraints.txt by the names of the packages."""
    from packaging.utils import canonicalize_name

    found: dict[str, str] = {}
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        name, equals, pinned_version = line.partition("==")
        if equals:
            found[canonicalize_name(name)] = pinned_version
    return found
