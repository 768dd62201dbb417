"""Measure this library on photographs, as the peers are measured.

Arguments: a detector, or "default", then PPM files. Prints one line of JSON.
"""

import json
import sys
import time

from emotion_lib import __version__
from emotion_lib.images import read_image
from emotion_lib.inference.predictor import Predictor


def main(detector: str, files: list[str]) -> None:
    """Print the boxes and the processor time of each photograph, read for the second time."""
    predictor = Predictor.load(detector=None if detector == "default" else detector)
    photographs = []
    for file in files:
        image = read_image(file)
        predictor.predict(image)
        start = time.process_time()
        result = predictor.predict(image)
        milliseconds = 1000 * (time.process_time() - start)
        boxes = [prediction.face.box for prediction in result]
        photographs.append({"boxes": boxes, "cpu_milliseconds": milliseconds})
    print(json.dumps({"version": __version__, "photographs": photographs}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
