import numpy as np
import pytest
from conftest import REAL_DATA
from PIL import Image

from emotion_lib.datasets.sources import fer2013
from emotion_lib.datasets.sources.synthetic import draw_face
from emotion_lib.inference.predictor import Predictor
from emotion_lib.inference.results import NOT_SURE
from emotion_lib.labels import SEVEN_EXPRESSIONS
from emotion_lib.video import timeline
from emotion_lib.video.frames import Frame
from emotion_lib.video.moments import read_moments
from emotion_lib.video.reader import Video

RATE = 25  # frames per second
SECONDS = 1.2  # that each face is shown
FACE = 128  # px


@pytest.fixture(scope="module")
def predictor():
    return Predictor.load()


def scene(faces, seconds):
    """Yield frames of faces ``(FACE, FACE, 3)`` that sway in front of a moving background."""
    rng = np.random.default_rng(1)
    noise = Image.fromarray(rng.integers(60, 200, (12, 16, 3), dtype=np.uint8))
    background = np.asarray(noise.resize((320, 240), Image.Resampling.BICUBIC))
    frames_per_face = round(seconds * RATE)
    for index in range(frames_per_face * len(faces)):
        frame = np.roll(background, 3 * index, axis=1).copy()
        x = 96 + round(20 * np.sin(index / 20))
        frame[56 : 56 + FACE, x : x + FACE] = faces[index // frames_per_face]
        yield frame


def labelled_faces():
    """Return gray faces and their labels: real ones if FER-2013 is there, else drawn ones."""
    if REAL_DATA:
        test = fer2013.load(REAL_DATA).test
        return test.images, test.labels
    rng = np.random.default_rng(5)
    names = ["happy", "surprise", "neutral"] * 30
    images = np.stack([np.asarray(draw_face(name, rng, 48)) for name in names])
    return images, np.array([SEVEN_EXPRESSIONS.index(name) for name in names])


@pytest.fixture(scope="module")
def sure_faces(predictor):
    """Faces whose expression the model recognizes in every frame, and their labels."""
    images, truth = labelled_faces()
    faces = []
    labels = []
    for label in ("happy", "surprise", "happy", "surprise", "neutral"):
        for row in np.flatnonzero(truth == SEVEN_EXPRESSIONS.index(label))[:200]:
            face = Image.fromarray(images[row]).convert("RGB")
            large = np.asarray(face.resize((FACE, FACE), Image.Resampling.BICUBIC))
            if any(np.array_equal(large, other) for other in faces):
                continue
            results = predictor.predict(list(scene([large], 0.2)))
            if all(len(r) == 1 and r[0].probabilities[label] > 0.6 for r in results):
                faces.append(large)
                labels.append(label)
                break
        else:
            assert label == "neutral", f"no face that the model recognizes as {label}"
    return faces, labels


@pytest.mark.parametrize("smoothing", ["exponential", "majority"])
def test_labels_change_with_the_expressions(
    smoothing, predictor, sure_faces, write_video, tmp_path
):
    """Within 0.2 s of the truth. The number changes with the face, which is a cut."""
    faces, labels = sure_faces
    path = write_video(scene(faces, SECONDS), rate=RATE)
    with (
        Video(path) as source,
        timeline.Timeline(tmp_path / "t.csv", predictor.class_names) as lines,
    ):
        for moment in read_moments(source, predictor, smoothing=smoothing):
            lines.write(moment)
    table = timeline.read(tmp_path / "t.csv").dropna(subset="person")
    assert table["frame"].is_unique
    assert len(table) > 0.9 * len(faces) * SECONDS * RATE
    for index, label in enumerate(labels):
        start = index * SECONDS
        shown = table[(table["time_s"] >= start + 0.2) & (table["time_s"] < start + SECONDS)]
        assert shown["label"].unique().tolist() == [label], (index, shown.to_string())


def test_a_moment_holds_the_predictions_of_its_frame(predictor, photograph):
    portrait = np.asarray(Image.open(photograph).convert("RGB"))
    frames = [Frame(i, i / RATE, portrait) for i in range(3)]
    moments = list(read_moments(frames, predictor))
    assert [moment.track_ids for moment in moments] == [(1,)] * 3
    assert [moment.frame for moment in moments] == frames
    assert [moment.predictions[0].label for moment in moments] == ["happy"] * 3
    (unsure,) = next(read_moments(frames[:1], predictor, abstain=1.0)).predictions
    assert unsure.label == NOT_SURE


def test_frames_without_faces(predictor):
    frames = [Frame(i, i / RATE, np.full((240, 320, 3), 90, np.uint8)) for i in range(3)]
    moments = list(read_moments(frames, predictor))
    assert [moment.predictions for moment in moments] == [()] * 3
    assert [moment.track_ids for moment in moments] == [()] * 3


def test_every_third_frame(predictor, photograph):
    """In between, the last predictions are repeated."""
    portrait = np.asarray(Image.open(photograph).convert("RGB"))
    frames = [Frame(i, i / RATE, np.roll(portrait, 5 * i, axis=1)) for i in range(5)]
    moments = list(read_moments(frames, predictor, every=3))
    assert [moment.was_read for moment in moments] == [True, False, False, True, False]
    assert [moment.frame for moment in moments] == frames
    assert moments[2].predictions == moments[0].predictions != moments[3].predictions
    assert moments[4].track_ids == (1,)


def test_a_cut_in_a_frame_that_is_not_read(predictor, photograph):
    """Nothing is shown until the next frame that is read, whose face is another one."""
    portrait = np.asarray(Image.open(photograph).convert("RGB"))
    frames = [Frame(i, i / RATE, portrait if i < 2 else portrait[::-1]) for i in range(3)]
    frames.append(Frame(3, 3 / RATE, portrait[:, ::-1]))
    moments = list(read_moments(frames, predictor, every=3))
    assert [moment.track_ids for moment in moments] == [(1,), (1,), (), (2,)]
