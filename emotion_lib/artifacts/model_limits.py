"""What the served model cannot do and must not be used for, and the licence of its weights.

The model card, the page and the Space say the same.
"""

LIMITS = (
    "Viewers disagree about faces: FER-2013's own labels agree with the most frequent answer of "
    "ten viewers for about two faces in three.",
    "FER-2013 says nothing about the people in its web photographs. So it cannot be known for "
    "people of which age, origin or gender the model is right less often, and nothing was guessed.",
    "About one in eight of FER-2013's test pictures shows a photograph that is also in training, "
    "with another crop or tone; only identical pictures were left out. The figures may be a little "
    "too high.",
    "The calibration holds for faces like FER-2013's, less for others.",
    "On faces that are turned, covered, small or blurred the model is less accurate than these "
    "figures say.",
)
PROHIBITED = (
    "Inferring emotions of people at work or in education is prohibited in the EU (AI Act, "
    "Regulation 2024/1689, Art. 5(1)(f)).",
    "The model is not for judging, selecting, monitoring or diagnosing anyone.",
)
LICENCE = "MIT, as far as the project can"
TRAINED_ON = (
    "trained on FER-2013, whose images come from a web search and are meant for research, and on "
    "the votes of FER+ (MIT); none of their images are here"
)
