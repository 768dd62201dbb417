from emotion_lib.faces.detection import Face
from emotion_lib.inference.results import Prediction, Result


def test_a_result_is_a_sequence_of_its_predictions():
    prediction = Prediction(Face((0, 0, 9, 9), 1.0), {"happy": 0.9, "sad": 0.1}, "happy")
    result = Result("ok", (prediction,))
    assert len(result) == 1
    assert result[0] is prediction
    assert list(result) == [prediction]


def test_a_result_without_a_face_is_empty():
    assert not Result("no_face")
    assert not Result("error", error="reason")
