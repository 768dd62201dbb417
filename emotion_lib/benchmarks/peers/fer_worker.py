"""Measure the package fer on photographs; run by emotion bench peers in its own environment.

Arguments: "haar" or "mtcnn", its two face detectors, then PPM files. Prints one line of JSON.
"""

import json
import sys
import time
from importlib.metadata import version

import numpy as np
from PIL import Image


def main(detector: str, files: list[str]) -> None:
    """Print the boxes and the processor time of each photograph, read for the second time."""
    from fer.fer import FER  # only its own environment has it

    classifier = FER(mtcnn=detector == "mtcnn")
    photographs = []
    for file in files:
        with Image.open(file) as image:
            bgr = np.ascontiguousarray(np.asarray(image)[..., ::-1])
        classifier.detect_emotions(bgr)
        start = time.process_time()
        faces = classifier.detect_emotions(bgr)
        milliseconds = 1000 * (time.process_time() - start)
        boxes = [[float(value) for value in face["box"]] for face in faces]
        photographs.append({"boxes": boxes, "cpu_milliseconds": milliseconds})
    print(json.dumps({"version": version("fer"), "photographs": photographs}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
