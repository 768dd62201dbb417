import json
import os
import shutil
import signal
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from conftest import record
from PIL import Image

from emotion_lib import artifacts
from emotion_lib.faces.detection import DetectorError, Face
from emotion_lib.images import read_image
from emotion_lib.inference.networks import ForkError
from emotion_lib.inference.predictor import Predictor
from emotion_lib.inference.results import NOT_SURE
from emotion_lib.labels import SEVEN_EXPRESSIONS


@pytest.fixture
def predictor(model_file):
    return Predictor.load(model_file)


@pytest.fixture(scope="module")
def shipped():
    return Predictor.load()


def test_faces_with_box_score_and_probabilities(predictor, photograph):
    (prediction,) = predictor.predict(photograph)
    assert tuple(prediction.probabilities) == SEVEN_EXPRESSIONS
    assert sum(prediction.probabilities.values()) == pytest.approx(1, abs=1e-4)
    assert prediction.label == max(prediction.probabilities, key=prediction.probabilities.get)
    assert prediction.face.score > 0.5 and len(prediction.face.box) == 4


def test_every_kind_of_input_gives_the_same(predictor, photograph):
    rgb = read_image(photograph)
    expected = predictor.predict(rgb)[0].probabilities
    files = (photograph, str(photograph), photograph.read_bytes(), Image.open(photograph))
    sources = [*((file, "RGB") for file in files), (rgb[..., ::-1], "BGR")]
    for source, channels in sources:
        assert predictor.predict(source, channels=channels)[0].probabilities == pytest.approx(
            expected, abs=1e-6
        )


def test_a_face_crop_gets_what_the_model_gives_it(predictor, small_model, dataset):
    """Save, load, predict: the path through file and picture changes no number."""
    image = dataset.test.images[0]
    (prediction,) = predictor.predict(image)
    direct = np.asarray(small_model(image[None, ..., None]))[0]
    np.testing.assert_allclose(list(prediction.probabilities.values()), direct, atol=1e-5)


def test_no_face_no_prediction(predictor):
    result = predictor.predict(np.full((200, 200, 3), 90, np.uint8))
    assert result.status == "no_face" and len(result) == 0 and result.error is None


def test_the_threshold_comes_with_the_model(shipped, predictor):
    assert shipped.threshold == shipped.record["calibration"]["threshold"]
    unknown = Predictor(
        predictor.network, predictor.class_names, predictor.detector, {"name": "mine"}
    )
    assert unknown.threshold == Predictor.UNCALIBRATED_THRESHOLD


def test_abstaining(predictor, photograph):
    (prediction,) = predictor.predict(photograph, abstain=1.0)
    assert prediction.label == NOT_SURE and tuple(prediction.probabilities) == SEVEN_EXPRESSIONS


def test_a_detector_of_ones_own(model_file):
    class Fixed:
        name, framing = "fixed", 1.0

        def detect(self, image):
            return [Face((10, 10, 50, 50), 0.9), Face((90, 10, 50, 50), 0.8)]

    predictions = Predictor.load(model_file, detector=Fixed()).predict(
        np.zeros((100, 150, 3), np.uint8)
    )
    assert [p.face.box[0] for p in predictions] == [10, 90]


def test_a_bad_picture_is_a_result_that_says_why(predictor, tmp_path):
    result = predictor.predict(b"")
    assert result.status == "error" and "empty file" in result.error and not result
    assert predictor.predict(str(tmp_path / "nowhere.jpg")).status == "error"


def test_many_pictures_one_bad(predictor, photograph, dataset):
    """In order, whatever is among them, and the same as one by one."""
    pictures = [
        photograph,
        b"nothing",
        dataset.test.images[0],
        np.zeros((200, 200, 3), np.uint8),
        str(photograph),
    ]
    results = predictor.predict(pictures)
    assert [r.status for r in results] == ["ok", "error", "ok", "no_face", "ok"]
    for picture, result in zip(pictures, results, strict=True):
        alone = predictor.predict(picture)
        assert [p.label for p in alone] == [p.label for p in result]
        for a, b in zip(alone, result, strict=True):
            assert a.probabilities == pytest.approx(b.probabilities, abs=1e-5)


def test_a_stream_holds_one_batch_at_a_time(predictor, dataset):
    taken = []

    def pictures():
        for index in range(200):
            taken.append(index)
            yield dataset.test.images[index % 28]

    stream = predictor.stream(pictures())
    assert next(stream).status == "ok" and len(taken) == predictor.PICTURES_A_BATCH
    assert sum(1 for _ in stream) == 199


def test_eight_threads_give_what_one_gives(model_file, photograph, dataset):
    pictures = [*dataset.test.images[:20], photograph] * 2
    expected = [Predictor.load(model_file).predict(picture) for picture in pictures]
    fresh = Predictor.load(model_file)  # never called yet: the threads meet at the first call
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(fresh.predict, pictures))
    for a, b in zip(expected, results, strict=True):
        assert a.status == b.status
        for one, other in zip(a, b, strict=True):
            assert one.face == other.face and one.probabilities == pytest.approx(
                other.probabilities, abs=1e-6
            )


def test_class_names_come_from_the_file_else_from_its_record_else_by_hand(
    model_file, small_model, tmp_path
):
    folder = tmp_path / "plain"
    folder.mkdir()
    file = folder / "model.keras"
    small_model.save(file)
    with pytest.raises(artifacts.ArtifactError, match="Pass class_names"):
        Predictor.load(file)
    assert Predictor.load(file, class_names=tuple("abcdefg")).class_names == tuple("abcdefg")
    own = record("own", class_names=list("gfedcba"), calibration={"threshold": 0.7})
    own["model"]["sha256"] = artifacts.sha256(file)
    (folder / "run.json").write_text(json.dumps(own))
    assert (
        Predictor.load(file).class_names == tuple("gfedcba")
        and Predictor.load(file).threshold == 0.7
    )
    # Another file in the folder of a record inherits neither names nor threshold.
    shutil.copy(folder / "run.json", model_file.with_name("run.json"))
    with pytest.warns(RuntimeWarning, match="record of another model"):
        other = Predictor.load(model_file)
    assert (
        other.class_names == SEVEN_EXPRESSIONS
        and other.threshold == Predictor.UNCALIBRATED_THRESHOLD
    )


def test_wrong_number_of_names(model_file):
    with pytest.raises(ValueError, match=r"Expected 7 class names.*Received: 2"):
        Predictor.load(model_file, class_names=("a", "b"))


def test_a_model_that_takes_no_pictures(tmp_path):
    import keras

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    path = artifacts.export(model, tmp_path / "m.keras", ("a", "b"))
    with pytest.raises(ValueError, match=r"input shape \(4,\)\. Put keras.layers.Flatten"):
        Predictor.load(path)
    inputs = [keras.Input((4, 4, 1)), keras.Input((4, 4, 1))]
    keras.Model(inputs, keras.layers.Add()(inputs)).save(path)
    with pytest.raises(ValueError, match="2 inputs and 1 outputs"):
        Predictor.load(path)


class Answers:
    """A network that gives what it is told to, for faces of 48 px."""

    runtime, input_shape = "fixed", (48, 48, 1)

    def __init__(self, row):
        self.row = np.asarray(row, np.float32)
        self.num_classes = self.row.shape[-1]

    def __call__(self, batch):
        return np.repeat(self.row[None], len(batch), axis=0)


class NoDetector:
    name, framing = "none", 1.0

    def detect(self, image):
        return []


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([2.0, -1.0], "put keras.layers.Softmax"),
        ([0.9, 0.9], "with sums from 1.8 to 1.8"),
        ([1.2, -0.2], "values from -0.2 to 1.2"),
        ([np.nan, 1.0], "NaN or infinite"),
        ([np.inf, 0.0], "NaN or infinite"),
        ([0.3], "only one"),
        ([[0.5, 0.5], [0.5, 0.5]], "an array of shape"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_a_model_that_gives_no_probabilities_is_refused_when_it_is_loaded(row, message):
    network = Answers(row)
    with pytest.raises(
        artifacts.ArtifactError, match=f"Expected .*probabilities.*Received: .*{message}"
    ):
        Predictor(network, tuple("ab"[: network.num_classes]), NoDetector())


def test_names_that_occur_twice_are_refused():
    with pytest.raises(
        ValueError, match=r"Expected class names that differ. Received: \('a', 'a'\)"
    ):
        Predictor(Answers([0.5, 0.5]), ("a", "a"), NoDetector())


def test_a_model_that_fails_for_some_pictures_costs_only_these():
    """Activations that overflow for one picture give NaN there, and the others keep their answers."""

    class Fragile(Answers):
        def __call__(self, batch):
            return np.where(
                (batch.max(axis=(1, 2, 3)) == 77)[:, None], np.nan, super().__call__(batch)
            )

    predictor = Predictor(Fragile([0.25, 0.75]), ("a", "b"), NoDetector())
    good, bad = np.zeros((48, 48), np.uint8), np.full((48, 48), 77, np.uint8)
    results = predictor.predict([good, bad, good])
    assert [r.status for r in results] == ["ok", "error", "ok"] and "NaN" in results[1].error
    with pytest.raises(artifacts.ArtifactError, match="NaN"):
        predictor.scores([np.repeat(bad[..., None], 3, axis=2)])


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("of the detector"), ValueError("odd")]
)
def test_a_picture_that_a_detector_stumbles_over_costs_only_this_one(error):
    class Fragile(NoDetector):
        def detect(self, image):
            if image.shape[1] == 300:
                raise error
            return []

    pictures = [np.zeros((200, width, 3), np.uint8) for width in (200, 300, 200)]
    results = Predictor(Answers([0.5, 0.5]), ("a", "b"), Fragile()).predict(pictures)
    assert [r.status for r in results] == ["no_face", "error", "no_face"]
    assert (
        f"Expected to read the picture given. Received: {type(error).__name__}" in results[1].error
    )


def test_an_error_of_the_detector_itself_is_raised():
    class Broken(NoDetector):
        def detect(self, image):
            raise DetectorError("not installed")

    with pytest.raises(DetectorError):
        Predictor(Answers([0.5, 0.5]), ("a", "b"), Broken()).predict(
            np.zeros((200, 200, 3), np.uint8)
        )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_predicts_or_says_why_not(shipped, predictor, dataset):
    """Also while the locks are held, as if other threads were in the middle of a prediction."""
    face = dataset.test.images[0]
    expected = shipped.predict(face)[0].label
    with shipped.network._model._lock, shipped.detector._lock, predictor.network._lock:
        child = os.fork()
        if not child:
            signal.alarm(20)  # kills a process that waits for ever
            try:
                assert shipped.predict(face)[0].label == expected
                assert shipped.predict(np.zeros((200, 200, 3), np.uint8)).status == "no_face"
                with pytest.raises(ForkError, match="Load the model in the new process"):
                    predictor.predict(face)
                os._exit(0)
            finally:
                os._exit(1)
        assert os.waitpid(child, 0)[1] == 0


def test_the_shipped_model_sees_the_portrait_smile(shipped, photograph):
    (prediction,) = shipped.predict(photograph)
    assert prediction.label == "happy" and prediction.probabilities["happy"] > 0.8
