"""Subjects of the benchmark: pictures, faces and videos in, answers out, without the lab.

See :mod:`.keras_subjects` for what a subject is.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from ..paths import best_dir
from .keras_subjects import Subject
from .scenes import (
    FRAMES_PER_SECOND,
    PORTRAIT,
    scene,
    write_jpeg,
    write_jpeg_elsewhere,
    write_video,
)


def faces(runtime: str, batch_size: int) -> Subject:
    """Measure the shipped model on crops of faces.

    Args:
        runtime: "litert", "int8" or "keras", as the predictor calls it, or "keras.Model.predict".
        batch_size: faces per call.
    """
    from .. import artifacts
    from ..inference.networks import load_network

    shape = (batch_size, 48, 48, 1)
    batch = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    if runtime == "keras.Model.predict":
        model, _ = artifacts.load_model(best_dir() / "model.keras")
        return lambda: model.predict(batch, verbose=0), batch_size
    network, _ = load_network(best_dir() / "model.keras", runtime)  # type: ignore[arg-type]
    return lambda: network(batch), batch_size


def first_result(kind: str) -> Subject:
    """Measure a new process up to its first answer.

    Args:
        kind: "emotion predict"; "emotion predict, YuNet"; "plain Keras", on a face that is already
            cut out; or "emotion --help".
    """
    script = (
        "import sys, keras, numpy\n"
        "from PIL import Image\n"
        "face = Image.open(sys.argv[1]).convert('L').resize((48, 48))\n"
        "model = keras.models.load_model(sys.argv[2])\n"
        "print(model.predict(numpy.asarray(face)[None, ..., None], verbose=0))\n"
    )
    model = str(best_dir() / "model.keras")
    emotion = [sys.executable, "-m", "emotion_lib.cli"]
    command = {
        "emotion predict": [*emotion, "predict", str(PORTRAIT)],
        "emotion predict, YuNet": [*emotion, "predict", "--detector", "yunet", str(PORTRAIT)],
        "plain Keras": [sys.executable, "-c", script, str(PORTRAIT), model],
        "emotion --help": [*emotion, "--help"],
    }[kind]

    def step() -> dict:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return {"children_mib": _children_mib()}

    return step, 1


def detection(detector: str) -> Subject:
    """Measure a detector on a picture of 640x480 with one face."""
    from ..faces.detectors import load_detector

    loaded = load_detector(detector)
    picture = scene(1)
    return lambda: loaded.detect(picture), 1


def answer(megapixels: float | None, before: bool) -> Subject:
    """Measure a JPEG with six people, from the bytes of the file to the answer.

    Args:
        megapixels: of the picture; None: 640x480.
        before: by the engine of before, YuNet on the picture decoded in full; otherwise by the
            default.
    """
    from ..images import read_image
    from ..inference.predictor import Predictor

    with tempfile.TemporaryDirectory(prefix="emotion-bench-") as folder:
        path = Path(folder) / "picture.jpg"
        if megapixels is None:
            write_jpeg(path)
        else:
            write_jpeg_elsewhere(path, megapixels)
        data = path.read_bytes()
    predictor = Predictor.load(detector="yunet" if before else None)

    def step() -> dict:
        result = predictor.predict(read_image(data) if before else data)
        return {"faces": len(result)}

    return step, 1


def video(people: int, detector: str | None, search_every: float, seconds: float = 8.0) -> Subject:
    """Measure reading a video of 640x480, from the file to the timeline on disk."""
    from ..inference.predictor import Predictor
    from ..video.moments import read_moments
    from ..video.reader import Video
    from ..video.timeline import Timeline

    folder = tempfile.TemporaryDirectory(prefix="emotion-bench-")
    path = write_video(Path(folder.name) / "video.mp4", people, seconds)
    predictor = Predictor.load(detector=detector)

    def step() -> dict:
        table = Path(folder.name) / "timeline.csv"
        with Video(path) as frames, Timeline(table, predictor.class_names) as lines:
            for moment in read_moments(frames, predictor, search_every=search_every):
                lines.write(moment)
        return {"frames": lines.frames, "faces": lines.faces}

    return step, seconds * FRAMES_PER_SECOND


def pictures(n: int) -> Subject:
    """Measure ``n`` pictures of 200x150 with one face each, one result after the other."""
    from ..inference.predictor import Predictor

    predictor = Predictor.load()
    picture = np.asarray(Image.fromarray(scene(1)).crop((140, 30, 340, 180)))

    def step() -> dict:
        statuses = [result.status for result in predictor.stream(picture for _ in range(n))]
        return {"ok": statuses.count("ok")}

    return step, n


def engine(kind: str, workers: int, n: int) -> Subject:
    """Measure ``n`` pictures of 640x480 on disk, by the local engine or by Ray.

    The start of Ray is not timed; that of its actors is.

    Args:
        kind: "local"; "before": YuNet, one picture after the other; or "ray".
        workers: of Ray.
        n: number of pictures.
    """
    from ..images import read_image
    from ..inference.predictor import Predictor
    from ..inference.ray_engine import predict_to_parquet

    folder = tempfile.TemporaryDirectory(prefix="emotion-bench-")
    source = Path(folder.name) / "pictures"
    source.mkdir()
    for index in range(n):
        picture = np.roll(scene(1), 3 * index % 90, axis=1)
        Image.fromarray(picture).save(source / f"{index}.jpg")
    files = sorted(source.iterdir())
    predictor = Predictor.load(detector="yunet" if kind == "before" else None)
    if kind == "ray":
        import logging

        import ray

        ray.init(
            num_cpus=workers,
            log_to_driver=False,
            logging_level=logging.ERROR,
            include_dashboard=False,
        )
    runs = 0

    def step() -> dict:
        nonlocal runs
        runs += 1
        if kind == "ray":
            target = Path(folder.name) / f"{runs}.parquet"
            return predict_to_parquet([str(source)], str(target), workers=workers)
        if kind == "before":
            statuses = [predictor.predict(read_image(file)).status for file in files]
        else:
            statuses = [result.status for result in predictor.stream(files)]
        return {"ok": statuses.count("ok")}

    return step, n


def _children_mib() -> float:
    import resource

    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
