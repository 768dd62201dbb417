"""Pictures by the million: Ray Data reads them, a pool of actors classifies, Parquet comes out.

Runs on this machine, or on the cluster that RAY_ADDRESS names (with this package installed on it).
"""

import contextlib
import importlib.util
import json
import logging
import os
import re
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from unittest import mock

from .. import files
from ..errors import EmotionError
from ..files.listing import PICTURE_SUFFIXES, find_pictures, is_hidden
from ..paths import best_dir
from .predictor import Predictor
from .tables import columns, rows

PICTURES_A_BLOCK = 256  # what is lost at most, and done again, when a run is stopped
NOTE_NAME = "_made_by.json"  # readers of Parquet pass over names with a leading underscore


class EngineError(EmotionError, RuntimeError):
    """Ray is missing, or its input or output cannot be had."""


class Picture(NamedTuple):
    """A picture to read.

    Attributes:
        name: as text; what the column "file" holds.
        path: on its filesystem; names of local files need not be UTF-8.
        uri: tells the filesystem, such as "s3://bucket/photos"; empty for local files.
    """

    name: str
    path: str
    uri: str = ""


def predict_to_parquet(
    sources: Iterable[str],
    out: str,
    *,
    model: str | None = None,
    detector: str | None = None,
    abstain: float | None = 0.0,
    workers: int | None = None,
) -> dict[str, int]:
    """Read the faces of every picture below some folders into a folder of Parquet files.

    The rows are those of :func:`emotion_lib.inference.tables.rows`, the same as the local engine's. Pictures that ``out`` holds
    already are passed over, so that a run that was stopped goes on. Nothing that is there is ever deleted or replaced.

    Args:
        sources: files or folders: local paths or URIs of any filesystem that PyArrow reads (s3://, gs://, hdfs://). One that
            is not there becomes a row that says so.
        out: folder to write to, path or URI: a new or empty one, or that of an earlier run with the same model, detector
            and threshold.
        model, detector, abstain: of :class:`emotion_lib.inference.predictor.Predictor`; None abstains below the model's own threshold.
        workers: actors, of one processor each; None: as many as Ray has processors.

    Returns:
        How many pictures were "found", how many of them "skipped" as done before, and how many are "ok", "no_face" and
        "error", done now or before.

    Raises:
        EngineError: Ray is not installed or has failed, a source cannot be listed, ``out`` cannot be read or written, is
            another program's, or holds the answers of another model, detector or threshold.
        FolderInUseError: another process writes to ``out``.
    """
    if importlib.util.find_spec("ray") is None:
        raise EngineError(
            "Expected Ray for this engine. Received: it is not installed. In the checkout: pip install -e '.[distributed]'. "
            "Or use --engine local."
        )
    pictures = _by_name(picture for source in sources for picture in _list(source))
    output = _Output(out)
    output.check()  # before the model is loaded, which takes seconds
    predictor = Predictor.load(
        model, detector=detector
    )  # and a wrong model fails here, not in an actor
    abstain = predictor.threshold if abstain is None else abstain
    digest = files.sha256(Path(model or best_dir() / "model.keras"))
    made_by = {"model": digest, "detector": detector, "abstain": abstain}
    output.check(made_by)
    with output.exclusive():
        output.claim(made_by)
        done = output.done()
        left = [picture for name, picture in pictures.items() if name not in done]
        if left:
            load = {"model": model and os.path.abspath(model), "detector": detector}
            _run(left, output, predictor.class_names, load, abstain, workers)
            done = output.done()
    statuses = Counter(done[name] for name in pictures if name in done)
    counts = {status: statuses[status] for status in ("ok", "no_face", "error")}
    return {"found": len(pictures), "skipped": len(pictures) - len(left), **counts}


def _run(
    pictures: list[Picture],
    output: "_Output",
    class_names,
    load: dict,
    abstain: float,
    workers: int | None,
) -> None:
    # No usage reports, and none of the many notes of Ray.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    import ray
    from ray.data.block import BlockAccessor

    class Parts(ray.data.Datasink):
        """Ray's own Parquet files are torn if it is killed; these are whole or not there."""

        def write(self, blocks, ctx) -> None:
            import pyarrow as pa

            tables = [BlockAccessor.for_block(block).to_arrow() for block in blocks]
            if any(table.num_rows for table in tables):
                output.add(pa.concat_tables(tables))

    logging.getLogger("ray.data").setLevel(logging.CRITICAL)  # this library tells its errors itself
    started_here = not ray.is_initialized()
    if started_here:
        _start(ray, workers)
    try:
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = os.isatty(2)
        pool = workers or int(ray.cluster_resources()["CPU"])
        blocks = max(pool, -(-len(pictures) // PICTURES_A_BLOCK))
        # Paths as bytes: Arrow's strings are UTF-8, file names need not be.
        items = [
            {"name": picture.name, "path": os.fsencode(picture.path), "uri": picture.uri}
            for picture in pictures
        ]
        (
            ray.data.from_items(items, override_num_blocks=blocks)
            .map_batches(_fetch, batch_size=16, num_cpus=0.1)
            .map_batches(
                _Reader,
                batch_size=Predictor.PICTURES_A_BATCH,
                fn_constructor_args=(load, abstain, _schema(class_names)),
                compute=ray.data.ActorPoolStrategy(size=pool),
                num_cpus=1
                if pool < ray.cluster_resources()["CPU"]
                else 0.8,  # what is left over reads and writes
            )
            .write_datasink(Parts())
        )
    except ray.exceptions.RayError as error:
        cause = getattr(error, "cause", None) or error
        raise EngineError(
            f"Expected to read all pictures into {output}. Received: {type(cause).__name__}: {cause} "
            "What was read is written; the same command goes on from there."
        ) from error
    finally:
        if started_here:
            ray.shutdown()


def _start(ray, workers: int | None) -> None:
    """Start Ray on this machine, or connect to the cluster that RAY_ADDRESS names."""
    processors = None if os.environ.get("RAY_ADDRESS") else workers
    # Ray notes the command line, as text, and fails if a name in it is not UTF-8.
    with mock.patch(
        "ray._private.utils.get_entrypoint_name", lambda: "emotion predict", create=True
    ):
        try:
            ray.init(num_cpus=processors, log_to_driver=False, logging_level="error")
        except Exception as error:  # of any kind, a bare Exception if its processes take too long
            raise EngineError(
                f"Expected Ray to start. Received: {type(error).__name__}: {error} Try again, or use --engine local."
            ) from error


def _fetch(batch: dict) -> dict:
    """Add the bytes of remote pictures, or the reason why there are none; local ones are read where they are decoded."""
    from pyarrow import fs

    contents = []
    errors = []
    for name, path, uri in zip(batch["name"], batch["path"], batch["uri"], strict=True):
        content = b""
        error = ""
        if uri:
            try:
                filesystem, _ = fs.FileSystem.from_uri(uri)
                with filesystem.open_input_file(os.fsdecode(path)) as file:
                    content = file.read()
            except Exception as problem:  # whatever a filesystem raises, it must not end the batch
                error = f"Expected a picture at {name}. Received: it cannot be read ({type(problem).__name__}: {problem})."
        contents.append(content)
        errors.append(error)
    return {**batch, "content": contents, "error": errors}


class _Reader:
    """An actor: loads the model once, then classifies."""

    def __init__(self, load: dict, abstain: float, schema):
        self._predictor = Predictor.load(**load, threads=1)
        self._abstain = abstain
        self._schema = schema

    def __call__(self, batch: dict):
        import pyarrow as pa

        pictures = [
            content if uri else os.fsdecode(path)
            for path, uri, content in zip(
                batch["path"], batch["uri"], batch["content"], strict=True
            )
        ]
        results = self._predictor.predict(pictures, abstain=self._abstain)
        table = []
        for name, unreadable, result in zip(batch["name"], batch["error"], results, strict=True):
            for row in rows(str(name), result):
                if result.status == "error":
                    # The bytes have no name of their own.
                    row["error"] = unreadable or row["error"].replace("the bytes given", str(name))
                table.append(row)
        return pa.Table.from_pylist(table, schema=self._schema)


def _schema(class_names: tuple[str, ...]):
    """Types of the columns, the same for a block in which nobody has a face."""
    import pyarrow as pa

    text, whole = (
        dict.fromkeys(("file", "status", "error", "label"), pa.string()),
        {"face": pa.int32()},
    )
    return pa.schema(
        [(name, (text | whole).get(name, pa.float64())) for name in columns(class_names)]
    )


def _by_name(pictures: Iterable[Picture]) -> dict[str, Picture]:
    """Return each picture once, by its name, which is what the output knows it by."""
    named: dict[str, Picture] = {}
    for picture in pictures:
        if named.setdefault(picture.name, picture).path != picture.path:
            raise EngineError(
                f"Expected file names that differ as text. Received: two that read {picture.name}, one of them not in "
                "UTF-8. Rename one."
            )
    return named


def _list(source: str) -> Iterator[Picture]:
    """List the pictures below a folder, or the file itself; local ones by absolute paths."""
    if is_uri(source):
        yield from _list_remote(source)
        return
    path = os.path.abspath(os.path.expanduser(source))
    # Reading what is not there gives a row with the reason.
    for found in find_pictures(path).files if os.path.isdir(path) else [path]:
        yield Picture(files.printable(found), os.fspath(found))


def _list_remote(uri: str) -> Iterator[Picture]:
    from pyarrow import fs

    scheme = uri.split("://")[0]
    try:
        filesystem, top = fs.FileSystem.from_uri(uri)
        info = filesystem.get_file_info(top)
        if info.type in (fs.FileType.File, fs.FileType.NotFound):
            paths = [top]
        else:
            below = filesystem.get_file_info(fs.FileSelector(top, recursive=True))
            paths = sorted(
                item.path
                for item in below
                if item.type == fs.FileType.File and _is_picture(item.path, top)
            )
    except (OSError, ValueError) as error:
        raise EngineError(
            f"Expected a folder or URI that PyArrow reads. Received: {uri}: {error}"
        ) from error
    for path in paths:
        yield Picture(f"{scheme}://{path}", path, uri)


def _is_picture(path: str, top: str) -> bool:
    """Return whether a file is a picture by its name, and neither hidden nor in a hidden folder below ``top``."""
    below = PurePosixPath(path.removeprefix(top))
    return below.suffix.lower() in PICTURE_SUFFIXES and not any(map(is_hidden, below.parts))


def is_uri(source: str) -> bool:
    """Return whether a source is a URI. A colon alone makes none: "12:30/x.jpg" is a file.

    Example:
        >>> is_uri("s3://bucket/x.jpg"), is_uri("12:30/x.jpg"), is_uri("photos/a://b.jpg")
        (True, False, False)
    """
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", source) is not None


class _Output:
    """The folder of Parquet files. Files appear in it whole, and none is deleted or replaced."""

    def __init__(self, out: str):
        from pyarrow import fs

        self._local = not is_uri(out)
        self._out = os.path.abspath(os.path.expanduser(out)) if self._local else out
        try:
            self._out.encode()
            if self._local:
                self._filesystem, self._folder = fs.LocalFileSystem(), self._out
            else:
                self._filesystem, self._folder = fs.FileSystem.from_uri(self._out)
        except (OSError, ValueError) as error:  # UnicodeEncodeError is a ValueError
            raise EngineError(
                f"Expected a folder for --out, with a name in UTF-8. Received: {files.printable(out)}: {error}"
            ) from error

    def __str__(self) -> str:
        return self._out

    def exclusive(self) -> contextlib.AbstractContextManager:
        """Make the folder and hold it for this process; filesystems other than this machine's have no locks."""
        with self._explained():
            self._filesystem.create_dir(self._folder, recursive=True)
        return (
            files.exclusive(self._folder, "emotion predict")
            if self._local
            else contextlib.nullcontext()
        )

    def check(self, made_by: dict | None = None) -> bool:
        """Return whether an earlier run has claimed the folder; change nothing.

        Args:
            made_by: model, detector and threshold to compare with the earlier run's; None compares nothing.

        Raises:
            EngineError: it is a file, cannot be read, or its content is not of this command or of another model.
        """
        from pyarrow import fs

        with self._explained():
            info = self._filesystem.get_file_info(self._folder)
            if info.type == fs.FileType.NotFound:
                return False
            if info.type == fs.FileType.File:
                raise EngineError(
                    f"Expected a folder for --out, of Parquet files. Received: the file {self}. Choose another."
                )
            names = [
                entry.base_name
                for entry in self._filesystem.get_file_info(fs.FileSelector(self._folder))
            ]
            if NOTE_NAME not in names:
                others = sorted(name for name in names if not is_hidden(name))
                if others:
                    raise EngineError(
                        f"Expected a new or empty folder for --out, or one of an earlier run. Received: {self}, which "
                        f"holds {others[0]} and no {NOTE_NAME}. Choose another --out."
                    )
                return False
            with self._filesystem.open_input_file(f"{self._folder}/{NOTE_NAME}") as file:
                before = json.loads(file.read())
        if made_by is not None and before != made_by:
            raise EngineError(
                f"Expected the model, detector and threshold that {self} was begun with: {before}. Received: {made_by}. "
                "Choose another --out."
            )
        return True

    def claim(self, made_by: dict) -> None:
        """Note in a new output what its answers are made by; refuse to add others to an old one."""
        if self.check(made_by):
            return
        with self._explained(), self._atomic_file(NOTE_NAME) as file:
            file.write(json.dumps(made_by).encode())

    def done(self) -> dict[str, str]:
        """Return the pictures that the output holds, and their status."""
        import pyarrow.parquet as pq
        from pyarrow import fs

        done: dict[str, str] = {}
        with self._explained():
            for entry in self._filesystem.get_file_info(fs.FileSelector(self._folder)):
                name = entry.base_name
                if not name.endswith(".parquet") or name.startswith("_") or is_hidden(name):
                    continue
                try:
                    table = pq.read_table(
                        entry.path, columns=["file", "status"], filesystem=self._filesystem
                    )
                except (
                    OSError,
                    ValueError,
                    KeyError,
                ) as error:  # Arrow's own errors are ValueErrors and KeyErrors
                    raise EngineError(
                        f"Expected Parquet files of this command in {self}. Received: {name}, which cannot be read: "
                        f"{error} Move it away (its pictures are then read again), or choose another --out."
                    ) from error
                done.update(
                    zip(table["file"].to_pylist(), table["status"].to_pylist(), strict=True)
                )
        return done

    def add(self, table) -> None:
        """Write a table as one more file."""
        import pyarrow.parquet as pq

        with self._atomic_file(f"{uuid.uuid4().hex}.parquet") as file:
            pq.write_table(table, file)

    @contextlib.contextmanager
    def _atomic_file(self, name: str) -> Iterator:
        """Yield a stream; its content appears under a name of the folder if the block succeeds."""
        temporary = f"{self._folder}/_partial-{uuid.uuid4().hex}"
        try:
            with self._filesystem.open_output_stream(temporary) as file:
                yield file
            self._filesystem.move(temporary, f"{self._folder}/{name}")
        except BaseException:
            with contextlib.suppress(OSError):
                self._filesystem.delete_file(temporary)
            raise

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:
            raise EngineError(
                f"Expected a folder to write to. Received: {self}: {error}"
            ) from error
