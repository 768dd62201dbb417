"""Compiled siblings of a ``.keras`` file, and the proof that they hold the same weights.

``<name>.tflite`` has the same weights as ``<name>.keras``; ``<name>.int8.tflite`` has them rounded
to 8 bits. Both end in a small zip with the SHA-256 of the ``.keras`` file and of their own content
before the zip. LiteRT ignores the zip, as it ignores the format's own metadata. A sibling that is
damaged or of another file is never used: LiteRT checks little, and of 300 damaged copies 133
silently gave wrong answers.

A ``.tflite`` file of ``emotion export`` can stand alone: its zip also holds its contract, with the
class names. Beside the ``.keras`` file it is a sibling like the others.
"""

import contextlib
import importlib.util
import io
import json
import zipfile
from pathlib import Path
from typing import Literal

from ..artifacts import ArtifactError, Contract, Record
from ..files import atomic_file, digest_of, printable, sha256

CompiledKind = Literal["litert", "int8"]

BINDING_MEMBER = "binding.json"
CONTRACT_MEMBER = "contract.json"
MAX_MEMBER_BYTES = 2**16
# More than any network that is quick on a processor; the file is read into memory.
MAX_COMPILED_BYTES = 2**28


class CompiledError(ArtifactError):
    """Error of a compiled sibling that is missing, damaged or of another model.

    The message is the reason alone, as a clause.
    """


def compiled_file(path: Path, kind: CompiledKind = "litert") -> Path:
    """Return the path of a compiled sibling of a ``.keras`` file.

    Example:
        >>> compiled_file(Path("model.keras"), "int8")
        PosixPath('model.int8.tflite')
    """
    return Path(path).with_suffix(".int8.tflite" if kind == "int8" else ".tflite")


def bind(compiled: Path, path: Path | None, contract: Contract | None = None) -> None:
    """Write digests of a compiled file and of the ``.keras`` file it was made from at its end.

    Earlier digests are replaced.

    Args:
        compiled: the compiled file.
        path: the ``.keras`` file; None if the contract says which, or there is none.
        contract: of a file that may be used alone.
    """
    content = compiled.read_bytes()
    with contextlib.suppress(CompiledError):
        content = content[: _read_members(content)[1]]
    binding = {"content_sha256": digest_of(content)}
    if path is not None:
        binding["keras_sha256"] = sha256(path)
    elif contract is not None and contract.keras_sha256 is not None:
        binding["keras_sha256"] = contract.keras_sha256
    with atomic_file(compiled) as temporary:
        temporary.write_bytes(content)
        with zipfile.ZipFile(temporary, "a") as archive:
            archive.writestr(BINDING_MEMBER, json.dumps(binding))
            if contract is not None:
                archive.writestr(CONTRACT_MEMBER, json.dumps(contract.to_json(), indent=1))


def read_alone(file: Path) -> tuple[bytes, Contract | None]:
    """Return the content of a compiled file without its ``.keras`` file, and its contract.

    Returns:
        The content, and the contract; None for a sibling.

    Raises:
        CompiledError: it cannot be used.
    """
    content = _read_bytes(file)
    members, end = _members_of(file, content)
    if members[BINDING_MEMBER].get("content_sha256") != digest_of(content[:end]):
        raise CompiledError(f"{printable(file)} is damaged; export it again")
    contract = None
    if CONTRACT_MEMBER in members:
        contract = Contract.from_json(members[CONTRACT_MEMBER])
    return content[:end], contract


def read_compiled(path: Path, kind: CompiledKind, record: Record | None = None) -> bytes:
    """Return the content of a compiled sibling, if it was made from exactly this ``.keras`` file.

    The file is read once, so that the content that was checked is the one that runs.

    Args:
        path: the ``.keras`` file.
        kind: of the sibling.
        record: run.json of the ``.keras`` file, if there is one. The sibling must then be the one
            that it describes.

    Raises:
        CompiledError: the sibling cannot be used.
    """
    file = compiled_file(path, kind)
    name = printable(file)
    if not path.is_file():
        raise CompiledError(f"no file {printable(path)}")
    content = _read_bytes(file)
    members, end = _members_of(file, content)
    binding = members[BINDING_MEMBER]
    if "keras_sha256" not in binding:
        raise CompiledError(f"{name} computes something else, and is loaded by its own name")
    if binding["keras_sha256"] != sha256(path):
        raise CompiledError(f"{name} was made from another model; train or promote the run again")
    whole = binding.get("content_sha256") == digest_of(content[:end])
    recorded = _recorded_digest(record, kind)
    if recorded is not None:
        whole = whole and recorded == digest_of(content)
    if not whole:
        raise CompiledError(
            f"{name} is not the file that was made from this model, or it is damaged; "
            "train or promote the run again"
        )
    return content[:end]


def _recorded_digest(record: Record | None, kind: CompiledKind) -> str | None:
    """Return the SHA-256 that a run.json states for a compiled file; None if it states none."""
    if record is None:
        return None
    compiled = record.model.int8 if kind == "int8" else record.model.compiled
    return compiled.sha256 if compiled else None


def _read_bytes(file: Path) -> bytes:
    """Return all bytes of a compiled file that LiteRT can run here.

    Raises:
        CompiledError: there is no such file, it cannot be read, or LiteRT is not installed.
    """
    name = printable(file)
    if not file.is_file():
        raise CompiledError(f"no file {name}")
    if importlib.util.find_spec("ai_edge_litert") is None:
        raise CompiledError("the package ai-edge-litert is not installed")
    try:
        if file.stat().st_size > MAX_COMPILED_BYTES:
            raise CompiledError(f"{name} has more than {MAX_COMPILED_BYTES:,} bytes")
        return file.read_bytes()
    except OSError as error:
        raise CompiledError(f"{name} cannot be read ({error})") from error


def _members_of(file: Path, content: bytes) -> tuple[dict[str, dict], int]:
    """Return what :func:`_read_members` does; its error names the file."""
    try:
        return _read_members(content)
    except CompiledError as error:
        raise CompiledError(f"{printable(file)} {error}") from error


def _read_members(content: bytes) -> tuple[dict[str, dict], int]:
    """Return the JSON objects at the end of a compiled file, and the offset at which they begin.

    Raises:
        CompiledError: there are none.
    """
    members = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in {BINDING_MEMBER, *archive.namelist()} & {BINDING_MEMBER, CONTRACT_MEMBER}:
                member = archive.getinfo(name)
                if member.file_size > MAX_MEMBER_BYTES:
                    raise ValueError(f"{member.file_size} bytes of {name}")
                members[name] = dict(json.loads(archive.read(member)))
            return members, archive.getinfo(BINDING_MEMBER).header_offset
    except Exception as error:  # zipfile raises many types for a damaged archive
        raise CompiledError("does not say which model it was made from") from error
