"""What the served model cannot do and must not be used for: in its model card and on the page."""

LIMITS = (
    "Viewers disagree about faces: FER-2013's own labels agree with the most frequent answer of "
    "ten viewers for about two faces in three.",
    "The images are web photographs with unknown imbalances of age, origin and gender; nothing was "
    "measured for any group.",
    "The calibration holds for faces like FER-2013's, less for others.",
    "On faces that are turned, covered, small or blurred the model is less accurate than these "
    "figures say.",
)
PROHIBITED = (
    "Inferring emotions of people at work or in education is prohibited in the EU (AI Act, "
    "Regulation 2024/1689, Art. 5(1)(f)).",
    "The model is not for judging, selecting, monitoring or diagnosing anyone.",
)
