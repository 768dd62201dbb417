import json
import os
import shutil
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from conftest import record
from PIL import Image

from emotion_lib import artifacts
from emotion_lib.faces.detection import DetectorError, Face, iou
from emotion_lib.files import sha256
from emotion_lib.images import ImageError, Picture, read_image
from emotion_lib.inference.networks import ForkError
from emotion_lib.inference.pipeline import AHEAD, MAX_THREADS
from emotion_lib.inference.predictor import Predictor
from emotion_lib.inference.results import NOT_SURE
from emotion_lib.labels import SEVEN_EXPRESSIONS

BLANK = np.zeros((200, 200, 3), np.uint8)


@pytest.fixture(scope="module")
def model_file(small_model, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "model.keras"
    return artifacts.export(small_model, path, SEVEN_EXPRESSIONS)


@pytest.fixture(scope="module")
def predictor(model_file):
    return Predictor.load(model_file)


@pytest.fixture(scope="module")
def shipped():
    return Predictor.load()


class FixedDetector:
    """Detector that finds the same faces in every image."""

    name = "fixed"
    framing = 1.0

    def __init__(self, *faces):
        self.faces = list(faces)

    def detect(self, image):
        return self.faces


class FixedNetwork:
    """Network that gives the same probabilities for every face of 48 px."""

    runtime = "fixed"
    input_shape = (48, 48, 1)
    num_classes = 2

    def __call__(self, batch):
        return np.repeat([[0.25, 0.75]], len(batch), axis=0).astype(np.float32)


def test_faces_with_box_score_and_probabilities(predictor, photograph):
    (prediction,) = predictor.predict(photograph)
    assert tuple(prediction.probabilities) == SEVEN_EXPRESSIONS
    assert sum(prediction.probabilities.values()) == pytest.approx(1, abs=1e-4)
    assert prediction.label == max(prediction.probabilities, key=prediction.probabilities.get)
    assert prediction.face.score > 0.5
    assert len(prediction.face.box) == 4


def test_every_kind_of_input_gives_the_same(predictor, photograph):
    rgb = read_image(photograph)
    expected = predictor.predict(rgb)[0].probabilities
    sources = (photograph, str(photograph), photograph.read_bytes(), Image.open(photograph))
    for source in sources:
        found = predictor.predict(source)[0].probabilities
        assert found == pytest.approx(expected, abs=1e-6)
    found = predictor.predict(rgb[..., ::-1], channels="BGR")[0].probabilities
    assert found == pytest.approx(expected, abs=1e-6)


def test_a_face_crop_gets_the_probabilities_of_the_model(predictor, small_model, dataset):
    """Saving, loading and reading the image change no number."""
    image = dataset.test.images[0]
    (prediction,) = predictor.predict(image)
    direct = np.asarray(small_model(image[None, ..., None]))[0]
    np.testing.assert_allclose(list(prediction.probabilities.values()), direct, atol=1e-5)


def test_an_image_without_a_face(predictor):
    result = predictor.predict(np.full((200, 200, 3), 90, np.uint8))
    assert result.status == "no_face"
    assert len(result) == 0
    assert result.error is None


def test_the_threshold_comes_with_the_model(shipped, predictor):
    assert shipped.threshold == shipped.record.calibration.threshold
    uncalibrated = artifacts.record_from_json(record("mine"))
    unknown = Predictor(predictor.network, predictor.class_names, predictor.detector, uncalibrated)
    assert unknown.threshold == Predictor.UNCALIBRATED_THRESHOLD


def test_a_label_below_the_threshold_is_not_sure(predictor, photograph):
    (prediction,) = predictor.predict(photograph, abstain=1.0)
    assert prediction.label == NOT_SURE
    assert tuple(prediction.probabilities) == SEVEN_EXPRESSIONS


@pytest.mark.parametrize("abstain", [-0.1, 3])
def test_abstaining_needs_a_probability(predictor, photograph, abstain):
    with pytest.raises(ValueError, match=f"Expected abstain from 0 to 1. Received: {abstain}"):
        predictor.predict(photograph, abstain=abstain)


def test_an_object_as_the_detector(model_file):
    detector = FixedDetector(Face((10, 10, 50, 50), 0.9), Face((90, 10, 50, 50), 0.8))
    result = Predictor.load(model_file, detector=detector).predict(BLANK)
    assert [prediction.face.box[0] for prediction in result] == [10, 90]


def test_an_image_that_cannot_be_read_gives_the_reason(predictor, tmp_path):
    result = predictor.predict(b"")
    assert result.status == "error"
    assert "empty file" in result.error
    assert not result
    assert predictor.predict(str(tmp_path / "nowhere.jpg")).status == "error"
    # As OpenCV returns it for a file that it cannot read.
    assert "Received: NoneType" in predictor.predict(None).error


def test_many_images_with_a_bad_one(predictor, photograph, dataset):
    """The results are in order, and the same as for each image alone."""
    images = [photograph, b"nothing", dataset.test.images[0], BLANK, str(photograph)]
    results = predictor.predict(images)
    assert [result.status for result in results] == ["ok", "error", "ok", "no_face", "ok"]
    for image, result in zip(images, results, strict=True):
        alone = predictor.predict(image)
        for a, b in zip(alone, result, strict=True):
            assert a.label == b.label
            assert a.probabilities == pytest.approx(b.probabilities, abs=1e-5)


def test_a_stream_takes_few_images_ahead(predictor, dataset):
    taken = []

    def images():
        for index in range(200):
            taken.append(index)
            yield dataset.test.images[index % 28]

    stream = predictor.stream(images())
    assert next(stream).status == "ok"
    ahead = AHEAD * MAX_THREADS  # at most
    assert predictor.PICTURES_PER_BATCH <= len(taken) < predictor.PICTURES_PER_BATCH + ahead
    assert len(list(stream)) == 199


@pytest.fixture(scope="module")
def large(photograph, tmp_path_factory):
    """Return a JPEG file of 12 megapixels, taken with the camera on its side."""
    image = Image.open(photograph).convert("RGB").resize((3464, 3464), Image.Resampling.LANCZOS)
    exif = Image.Exif()
    exif[0x0112] = 6
    file = tmp_path_factory.mktemp("large") / "large.jpg"
    image.transpose(Image.Transpose.ROTATE_90).save(file, exif=exif)
    return file


def test_a_large_photograph_gets_the_answer_of_all_its_pixels(shipped, large):
    (expected,) = shipped.predict(read_image(large))
    (prediction,) = shipped.predict(large)
    assert prediction.label == expected.label
    assert prediction.probabilities == pytest.approx(expected.probabilities, abs=0.1)
    assert iou(prediction.face.box, expected.face.box) > 0.9


def test_a_large_damaged_file_is_refused_as_when_it_is_read_in_full(shipped, large):
    content = large.read_bytes()
    for length in (len(content) // 2, len(content) - 40):
        with pytest.raises(ImageError) as error:
            read_image(content[:length])
        assert shipped.predict(content[:length]).error == str(error.value)


def test_an_open_picture_is_an_image_too(shipped, large):
    with Picture(large) as picture:
        shown = picture.whole(1280)
        (prediction,) = shipped.predict(picture)
        assert picture.whole(1280).pixels.shape == shown.pixels.shape
    assert prediction.face.box == shipped.predict(large)[0].face.box


class SlowDetector(FixedDetector):
    """Detector that takes the longer, the brighter an image is, and fails for some."""

    concurrent = True

    def __init__(self, error=None):
        super().__init__()
        self.error = error

    def detect(self, image):
        time.sleep(int(image[0, 0, 0]) / 10_000)
        if image[0, 0, 0] == 255 and self.error is not None:
            raise self.error
        return [Face((0.0, 0.0, 50.0, 50.0), float(image[0, 0, 1]))]


def shades(*values):
    return [np.full((100, 100, 3), value, np.uint8) for value in values]


def test_results_stay_in_order_when_their_times_differ():
    values = [250, 0, 3, 200, 1, 90] * 8
    predictor = Predictor(FixedNetwork(), ("a", "b"), SlowDetector(), threads=4)
    results = list(predictor.stream(shades(*values)))
    assert [result[0].face.score for result in results] == values


def test_an_error_in_a_thread_is_the_one_of_its_image():
    predictor = Predictor(FixedNetwork(), ("a", "b"), SlowDetector(KeyError("x")), threads=4)
    values = [255, 0, 3, 255, 1] * 8
    statuses = [result.status for result in predictor.stream(shades(*values))]
    assert statuses == ["error" if value == 255 else "ok" for value in values]


def test_a_stream_that_stops_early_leaves_no_thread():
    before = threading.active_count()
    predictor = Predictor(FixedNetwork(), ("a", "b"), SlowDetector(DetectorError("x")), threads=4)
    stream = predictor.stream(shades(*range(100)))
    assert next(stream).status == "ok"
    stream.close()
    assert threading.active_count() == before
    with pytest.raises(DetectorError):
        list(predictor.stream(shades(*[0] * 20, 255, *[0] * 50)))
    assert threading.active_count() == before


def test_large_pictures_are_decoded_one_at_a_time(monkeypatch):
    at_once = []
    running = []

    def recorded(picture, *options):
        running.append(picture)
        at_once.append(len(running))
        time.sleep(0.01)
        running.remove(picture)
        return []

    monkeypatch.setattr("emotion_lib.inference.predictor.faces_with_crops", recorded)
    predictor = Predictor(FixedNetwork(), ("a", "b"), FixedDetector(), threads=4)
    list(predictor.stream(shades(*range(12))))
    assert max(at_once) > 1
    at_once.clear()
    monkeypatch.setattr("emotion_lib.images.Picture.takes_much_memory", True)
    list(predictor.stream(shades(*range(12))))
    assert max(at_once) == 1


def test_eight_threads_give_the_results_of_one(predictor, model_file, photograph, dataset):
    images = [*dataset.test.images[:20], photograph] * 2
    expected = [predictor.predict(image) for image in images]
    fresh = Predictor.load(model_file)  # never called yet: the threads meet at the first call
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(fresh.predict, images))
    for a, b in zip(expected, results, strict=True):
        assert a.status == b.status
        for one, other in zip(a, b, strict=True):
            assert one.face == other.face
            assert one.probabilities == pytest.approx(other.probabilities, abs=1e-6)


def test_class_names_of_a_plain_file_come_from_its_record_or_by_hand(small_model, tmp_path):
    file = tmp_path / "model.keras"
    small_model.save(file)
    with pytest.raises(artifacts.ArtifactError, match="Pass class_names"):
        Predictor.load(file)
    assert Predictor.load(file, class_names=tuple("abcdefg")).class_names == tuple("abcdefg")
    own = record("own", class_names=list("gfedcba"), calibration={"threshold": 0.7})
    own["model"]["sha256"] = sha256(file)
    (tmp_path / "run.json").write_text(json.dumps(own))
    predictor = Predictor.load(file)
    assert predictor.class_names == tuple("gfedcba")
    assert predictor.threshold == 0.7
    with pytest.raises(ValueError, match=r"holds: g,f,e,d,c,b,a\. Received: a,b,.*with a for the"):
        Predictor.load(file, class_names=tuple("abcdefg"))


def test_a_record_of_another_model_gives_neither_names_nor_threshold(model_file, tmp_path):
    file = shutil.copy(model_file, tmp_path / "model.keras")
    other = record("other", class_names=list("gfedcba"), calibration={"threshold": 0.7})
    (tmp_path / "run.json").write_text(json.dumps(other))
    with pytest.warns(RuntimeWarning, match="record of another model"):
        predictor = Predictor.load(file)
    assert predictor.class_names == SEVEN_EXPRESSIONS
    assert predictor.threshold == Predictor.UNCALIBRATED_THRESHOLD


def test_the_number_of_class_names_must_fit(model_file):
    with pytest.raises(ValueError, match=r"Expected 7 class names.*Received: 2"):
        Predictor.load(model_file, class_names=("a", "b"))


def test_a_model_that_takes_no_images(tmp_path):
    import keras

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    path = artifacts.export(model, tmp_path / "m.keras", ("a", "b"))
    with pytest.raises(ValueError, match=r"input shape \(4,\)\. Put keras.layers.Flatten"):
        Predictor.load(path)
    inputs = [keras.Input((4, 4, 1)), keras.Input((4, 4, 1))]
    keras.Model(inputs, keras.layers.Add()(inputs)).save(path)
    with pytest.raises(ValueError, match="2 inputs and 1 outputs"):
        Predictor.load(path)


def test_a_model_that_gives_no_probabilities_is_refused_when_it_is_loaded():
    class Logits(FixedNetwork):
        def __call__(self, batch):
            return 5 * super().__call__(batch)

    with pytest.raises(artifacts.ArtifactError, match=r"as_probabilities\(model, logits=True\)"):
        Predictor(Logits(), ("a", "b"), FixedDetector())


def test_an_image_for_which_the_model_gives_nan_costs_only_its_own_result():
    """As when activations overflow for one image."""

    class Fragile(FixedNetwork):
        def __call__(self, batch):
            fails = batch.max(axis=(1, 2, 3)) == 77
            return np.where(fails[:, None], np.nan, super().__call__(batch))

    predictor = Predictor(Fragile(), ("a", "b"), FixedDetector())
    good = np.zeros((48, 48), np.uint8)
    bad = np.full((48, 48), 77, np.uint8)
    results = predictor.predict([good, bad, good])
    assert [result.status for result in results] == ["ok", "error", "ok"]
    assert "NaN" in results[1].error
    with pytest.raises(artifacts.ArtifactError, match="NaN"):
        predictor.scores([np.repeat(bad[..., None], 3, axis=2)])


def test_a_network_that_fails_for_a_batch_is_asked_for_each_image():
    """As when there is too little memory for all faces at once."""

    class Small(FixedNetwork):
        def __call__(self, batch):
            if len(batch) > 3:
                raise MemoryError
            return super().__call__(batch)

    predictor = Predictor(Small(), ("a", "b"), FixedDetector())
    results = predictor.predict([np.zeros((48, 48), np.uint8)] * 5)
    assert [result.status for result in results] == ["ok"] * 5


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("of the detector"), ValueError("odd")]
)
def test_an_image_that_the_detector_fails_on_costs_only_its_own_result(error):
    class Fragile(FixedDetector):
        def detect(self, image):
            if image.shape[1] == 300:
                raise error
            return []

    images = [np.zeros((200, width, 3), np.uint8) for width in (200, 300, 200)]
    results = Predictor(FixedNetwork(), ("a", "b"), Fragile()).predict(images)
    assert [result.status for result in results] == ["no_face", "error", "no_face"]
    expected = f"Expected to read the array. Received: {type(error).__name__}"
    assert expected in results[1].error


def test_an_error_of_the_detector_itself_is_raised():
    class Broken(FixedDetector):
        def detect(self, image):
            raise DetectorError("not installed")

    predictor = Predictor(FixedNetwork(), ("a", "b"), Broken())
    with pytest.raises(DetectorError):
        predictor.predict(BLANK)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_predicts_or_gives_the_reason(shipped, predictor, dataset):
    """Also while the locks are held, as if other threads were in the middle of a prediction."""
    face = dataset.test.images[0]
    expected = shipped.predict(face)[0].label
    with shipped.network._model._lock, shipped.detector._lock, predictor.network._lock:
        child = os.fork()
        if not child:
            signal.alarm(20)  # kills a process that waits for ever
            try:
                assert shipped.predict(face)[0].label == expected
                assert shipped.predict(BLANK).status == "no_face"
                with pytest.raises(ForkError, match="Load the model in the new process"):
                    predictor.predict(face)
                os._exit(0)
            finally:
                os._exit(1)
        assert os.waitpid(child, 0)[1] == 0


def test_the_shipped_model_recognizes_the_portrait_as_happy(shipped, photograph):
    (prediction,) = shipped.predict(photograph)
    assert prediction.label == "happy"
    assert prediction.probabilities["happy"] > 0.8
