"""Answers of the API, as JSON: the contract between server, page and programs.

The page that needs no server gives the same answers, see ``emotion_lib/app/stage``.
"""

from typing import Literal

from pydantic import BaseModel, Field

FaceState = Literal["sure", "not_sure", "poor_view"]


class Box(BaseModel):
    """Place of a face in px of the upright picture; it may reach beyond the edges."""

    x: float
    y: float
    width: float
    height: float


class FaceAnswer(BaseModel):
    """One face: its place, and the expression that viewers would perceive."""

    number: int = Field(description="From 1, from left to right; of a track in videos.")
    box: Box
    roll: float = Field(description="Clockwise angle of the head in degrees; 0 if unknown.")
    size: float = Field(description="Geometric mean of the box's sides in px.")
    landmarks: dict[str, tuple[float, float]] = Field(description="Name -> x, y in px.")
    detector_score: float = Field(description="Confidence of the detector, 0..1.")
    quality: Literal["good", "poor"] = Field(
        description='"poor": small, turned, or uncertain; its expression should not be believed.'
    )
    state: FaceState
    label: str = Field(description='Name of a class, "not sure" or "poor view".')
    top: str = Field(description="The most probable class, whatever the label is.")
    confidence: float = Field(description="Its probability, 0..1.")
    probabilities: dict[str, float] = Field(description="Class -> probability; they sum to 1.")


class ImageAnswer(BaseModel):
    """One picture: its faces, or why it cannot be read."""

    name: str
    status: Literal["ok", "no_face", "error"]
    error: str | None = None
    width: int | None = Field(default=None, description="Of the upright picture in px.")
    height: int | None = None
    faces: list[FaceAnswer] = []


class Analysis(BaseModel):
    """The answer to pictures."""

    model: str
    detector: str
    class_names: list[str]
    threshold: float = Field(description='Below this probability the label is "not sure".')
    results: list[ImageAnswer] = Field(description="One per picture, in order.")


class Square(BaseModel):
    """The square of the picture that the network saw, in px, turned by ``roll`` degrees."""

    center_x: float
    center_y: float
    side: float
    roll: float


class Explanation(BaseModel):
    """Why a face was read as it was: how the probability falls where the picture is covered."""

    label: str = Field(description="The class that is explained.")
    input: str = Field(description="What the network saw, as a data: URL of a PNG.")
    square: Square
    heat: list[list[float]] = Field(
        description="Rows of a grid over the square: the fall of the probability when the cell is "
        "covered; negative where covering raises it."
    )


class Moment(BaseModel):
    """One frame of a camera or video."""

    time_s: float
    faces: list[FaceAnswer]


VideoState = Literal["waiting", "running", "done", "cancelled", "failed"]


class FaceSeconds(BaseModel):
    """For how long a face of a video showed which expression."""

    number: int = Field(description="Of the track, from 1.")
    seconds: dict[str, float] = Field(description="Label -> seconds, the longest first.")


class VideoAnswer(BaseModel):
    """A video that is read, or was."""

    id: str
    name: str
    state: VideoState
    place: int | None = Field(
        default=None, description="In the queue, from 1; none if it does not wait."
    )
    read_seconds: float = Field(default=0.0, description="Of the video until now.")
    total_seconds: float = Field(
        default=0.0, description="That will be read; 0 if that is unknown."
    )
    preview: str | None = Field(
        default=None, description="The newest frame with its faces, as a data: URL of a JPEG."
    )
    message: str = Field(default="", description="Sentences on the result, or why there is none.")
    width: int = Field(default=0, description="Of the video's frames in px.")
    height: int = 0
    faces: list[FaceSeconds] = Field(default=[], description="Those seen longest first.")
    files: list[str] = Field(default=[], description="Names of the files below this address.")


class CameraAnswer(BaseModel):
    """A camera whose pictures are read."""

    id: str
    idle_seconds: float = Field(description="Without a picture, after which it is forgotten.")


class ReliabilityAnswer(BaseModel):
    """Answers of like confidence, and how many of them agree with the faces' labels."""

    low: float = Field(serialization_alias="from", description="Least confidence.")
    high: float = Field(serialization_alias="to", description="Exclusive, but for 1.")
    n: int = Field(description="Number of faces.")
    agreed: int = Field(description="How many of them were labelled as the model answered.")


class ModelAnswer(BaseModel):
    """A model that can be chosen by its name; its figures come from its record."""

    name: str
    detector: str = Field(description="The detector that it is used with by default.")
    class_names: list[str] = []
    threshold: float = Field(
        default=0.0, description='Below this probability the label is "not sure".'
    )
    run: str | None = Field(
        default=None, description="The run that made it; null without a record."
    )
    data: str | None = Field(default=None, description="Name of the data set.")
    answers_by: str | None = Field(
        default=None,
        description="The labels that it answers by, in words; accuracies by different labels "
        "cannot be compared.",
    )
    is_ensemble: bool = Field(
        default=False, description="Whether it is the mean of several networks."
    )
    parameters: int | None = None
    multiply_adds: int | None = Field(default=None, description="Per face.")
    bytes: int | None = Field(default=None, description="Size of the file that is used.")
    accuracy: float | None = Field(
        default=None,
        description="Share of the test images whose label is the answer. The labels of "
        '"ferplus perceived" are the most frequent answers of ten viewers.',
    )
    accuracy_interval_95: tuple[float, float] | None = None
    test_images: int | None = Field(default=None, description="Number of images of the test split.")
    reliability: list[ReliabilityAnswer] = Field(
        default=[], description="Not known without a record."
    )


class Models(BaseModel):
    """What the server offers, and what it allows."""

    models: list[ModelAnswer] = Field(description="The first one is the default.")
    detectors: list[str] = Field(description="Each goes with each model; the first is the default.")
    colors: dict[str, str] = Field(description="Class -> colour, #RRGGBB.")
    limits: dict[str, float] = Field(description="Name -> limit, see docs/api.md.")


class JsonPicture(BaseModel):
    """A picture, or a zip file of pictures, in a JSON request."""

    name: str = "picture"
    content: str = Field(description="The file in base64.")


class JsonRequest(BaseModel):
    """Pictures to be read, as JSON."""

    images: list[JsonPicture] = Field(min_length=1)
    model: str | None = Field(default=None, description="Name of a model; null: the default.")
    detector: str | None = Field(default=None, description="Name of a detector; null: the default.")
    threshold: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description='Below this probability the label is "not sure"; null: the model\'s own.',
    )


class Fault(BaseModel):
    """The answer to a request that is refused."""

    detail: str = Field(description='"Expected ... Received: ... ", and what to do.')


class Health(BaseModel):
    """The state of the server."""

    status: Literal["alive", "ready"]
