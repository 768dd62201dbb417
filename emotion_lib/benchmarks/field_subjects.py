"""What is measured of the field: pictures, faces and videos in, answers out. As :mod:`.subjects`, but without the lab."""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from .. import app
from ..paths import best_dir
from .subjects import Subject

PORTRAIT = Path(app.__file__).parent / "examples" / "1_eileen_collins.jpg"
RATE = 25  # frames a second of the videos made here


def faces(runtime: str, batch_size: int) -> Subject:
    """The shipped model on crops of faces: "litert", "int8", "keras", or "keras.Model.predict", as anyone calls it."""
    from .. import artifacts
    from ..inference.networks import load_network

    shape = (batch_size, 48, 48, 1)
    batch = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    if runtime == "keras.Model.predict":
        model, _ = artifacts.load_model(best_dir() / "model.keras")
        return lambda: model.predict(batch, verbose=0), batch_size
    network, _ = load_network(best_dir() / "model.keras", runtime)
    return lambda: network(batch), batch_size


def first_result(how: str) -> Subject:
    """A new process up to its first answer: the command ``emotion``, or plain Keras on a face cut out already."""
    plain = (
        "import sys, keras, numpy; from PIL import Image;"
        "face = numpy.asarray(Image.open(sys.argv[1]).convert('L').resize((48, 48)))[None, ..., None];"
        f"print(keras.models.load_model({str(best_dir() / 'model.keras')!r}).predict(face, verbose=0))"
    )
    command = {
        "emotion predict": [sys.executable, "-m", "emotion_lib.cli", "predict", str(PORTRAIT)],
        "plain Keras": [sys.executable, "-c", plain, str(PORTRAIT)],
        "emotion --help": [sys.executable, "-m", "emotion_lib.cli", "--help"],
    }[how]

    def step() -> dict:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return {"children_mib": _children_mib()}

    return step, 1


def detection(detector: str) -> Subject:
    """One face at 640x480."""
    from ..faces.detectors import load_detector

    loaded, picture = load_detector(detector), scene(1)
    return lambda: loaded.detect(picture), 1


def video(people: int, detector: str, search_every: float, seconds: float = 8.0) -> Subject:
    """A recording of 640x480 with so many people, from the file to the timeline on disk."""
    from ..inference.predictor import Predictor
    from ..video.moments import read_moments
    from ..video.reader import Video
    from ..video.timeline import Timeline

    folder = tempfile.TemporaryDirectory(prefix="emotion-bench-")
    path = _write_video(Path(folder.name) / "video.mp4", people, seconds)
    predictor = Predictor.load(detector=detector)

    def step() -> dict:
        with Video(path) as frames, Timeline(Path(folder.name) / "timeline.csv") as lines:
            for moment in read_moments(frames, predictor, search_every=search_every):
                lines.write(moment)
        return {"frames": lines.frames, "faces": lines.faces}

    step.folder = folder  # deleted with the subject
    return step, seconds * RATE


def pictures(n: int) -> Subject:
    """``n`` pictures of 200x150 with a face each, one result after the other."""
    from ..inference.predictor import Predictor

    predictor = Predictor.load()
    picture = np.asarray(Image.fromarray(scene(1)).crop((140, 30, 340, 180)))

    def step() -> dict:
        statuses = [result.status for result in predictor.stream(picture for _ in range(n))]
        return {"ok": statuses.count("ok")}

    return step, n


def engine(kind: str, workers: int, n: int) -> Subject:
    """``n`` pictures of 640x480 on disk, by the local engine or by Ray with so many workers; Ray's start is not timed."""
    from ..inference.predictor import Predictor
    from ..inference.ray_engine import predict_to_parquet

    folder = tempfile.TemporaryDirectory(prefix="emotion-bench-")
    source = Path(folder.name) / "pictures"
    source.mkdir()
    for index in range(n):
        Image.fromarray(np.roll(scene(1), 3 * index % 90, axis=1)).save(source / f"{index}.jpg")
    predictor = Predictor.load()
    if kind == "ray":
        import ray

        ray.init(
            num_cpus=workers, log_to_driver=False, logging_level="error", include_dashboard=False
        )
    run = [0]

    def step() -> dict:
        run[0] += 1
        if kind == "ray":
            return predict_to_parquet(
                [str(source)], str(Path(folder.name) / f"{run[0]}.parquet"), workers=workers
            )
        return {"ok": sum(r.status == "ok" for r in predictor.stream(sorted(source.iterdir())))}

    step.folder = folder
    return step, n


def scene(people: int) -> np.ndarray:
    """A picture of 640x480 with one person or six: the page's portrait, once or as six small ones."""
    portrait = Image.open(PORTRAIT).convert("RGB")
    picture = Image.new("RGB", (640, 480), (90, 110, 130))
    if people == 1:
        picture.paste(portrait.resize((480, 480)), (80, 0))
    else:
        small = portrait.crop((80, 0, 380, 300)).resize((200, 200))
        for index in range(people):
            picture.paste(small, (7 + 213 * (index % 3), 20 + 240 * (index // 3)))
    return np.asarray(picture)


def _write_video(path: Path, people: int, seconds: float) -> Path:
    """The scene, swaying and a little noisy."""
    import cv2

    still, rng = scene(people)[..., ::-1], np.random.default_rng(0)
    noise = rng.integers(0, 12, (8, *still.shape), dtype=np.uint8)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), RATE, (640, 480))
    for index in range(round(seconds * RATE)):
        shift = round(20 * np.sin(index / 15))
        writer.write(np.roll(still, shift, axis=1) // 21 * 20 + noise[index % len(noise)])
    writer.release()
    return path


def _children_mib() -> float:
    import resource

    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
