import json
import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from emotion_lib import artifacts
from emotion_lib.detectors import Face
from emotion_lib.images import read_image
from emotion_lib.labels import SEVEN_EXPRESSIONS
from emotion_lib.predictor import NOT_SURE, Predictor


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
        assert predictor.predict(source, channels=channels)[0].probabilities == pytest.approx(expected, abs=1e-6)


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
    unknown = Predictor(predictor.network, predictor.class_names, predictor.detector, {"name": "mine"})
    assert unknown.threshold == Predictor.UNCALIBRATED_THRESHOLD


def test_abstaining(predictor, photograph):
    (prediction,) = predictor.predict(photograph, abstain=1.0)
    assert prediction.label == NOT_SURE and tuple(prediction.probabilities) == SEVEN_EXPRESSIONS


def test_a_detector_of_ones_own(model_file):
    class Fixed:
        name, framing = "fixed", 1.0

        def detect(self, image):
            return [Face((10, 10, 50, 50), 0.9), Face((90, 10, 50, 50), 0.8)]

    predictions = Predictor.load(model_file, detector=Fixed()).predict(np.zeros((100, 150, 3), np.uint8))
    assert [p.face.box[0] for p in predictions] == [10, 90]


def test_a_bad_picture_is_a_result_that_says_why(predictor, tmp_path):
    result = predictor.predict(b"")
    assert result.status == "error" and "empty file" in result.error and not result
    assert predictor.predict(str(tmp_path / "nowhere.jpg")).status == "error"


def test_many_pictures_one_bad(predictor, photograph, dataset):
    """In order, whatever is among them, and the same as one by one."""
    pictures = [photograph, b"nothing", dataset.test.images[0], np.zeros((200, 200, 3), np.uint8), str(photograph)]
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
            assert one.face == other.face and one.probabilities == pytest.approx(other.probabilities, abs=1e-6)


def test_class_names_come_from_the_file_else_from_run_json_else_by_hand(model_file, small_model, tmp_path):
    folder = tmp_path / "plain"
    folder.mkdir()
    small_model.save(folder / "model.keras")
    with pytest.raises(artifacts.ArtifactError, match="Pass class_names"):
        Predictor.load(folder / "model.keras")
    assert Predictor.load(folder / "model.keras", class_names=tuple("abcdefg")).class_names == tuple("abcdefg")
    (folder / "run.json").write_text(json.dumps({"class_names": list("gfedcba")}))
    assert Predictor.load(folder / "model.keras").class_names == tuple("gfedcba")
    shutil.copy(folder / "run.json", model_file.with_name("run.json"))
    assert Predictor.load(model_file).class_names == SEVEN_EXPRESSIONS


def test_wrong_number_of_names(model_file):
    with pytest.raises(ValueError, match=r"Expected 7 class names.*Received: 2"):
        Predictor.load(model_file, class_names=("a", "b"))


def test_a_model_that_takes_no_pictures(tmp_path):
    import keras

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    path = artifacts.export(model, tmp_path / "m.keras", ("a", "b"))
    with pytest.raises(ValueError, match=r"input shape \(4,\)"):
        Predictor.load(path)


def test_the_shipped_model_sees_the_portrait_smile(shipped, photograph):
    (prediction,) = shipped.predict(photograph)
    assert prediction.label == "happy" and prediction.probabilities["happy"] > 0.8
