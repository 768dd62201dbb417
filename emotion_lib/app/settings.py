"""Limits of the server, with safe defaults."""

from dataclasses import dataclass

from .errors import RequestError


@dataclass(frozen=True)
class Settings:
    """Limits of the server; the command ``emotion app`` sets each of them.

    Attributes:
        upload_bytes: of the body of one request.
        memory_bytes: of all bodies that are in memory; the next request is answered by 503.
        pixels: of one picture, width times height.
        images_per_request: pictures in one request, those in zip files included.
        zip_members: of one zip file.
        zip_bytes: of all unpacked members of a zip file together.
        video_seconds: of a video that are read.
        video_wall_seconds: that one video may take, after which it ends with what it has.
        requests_per_minute: of one client; its next request is answered by 429.
        seconds_per_request: after which a request without an answer is answered by 503.
        queue: requests that are read or wait; the next one is answered by 503.
        videos: that are read at the same time.
        videos_waiting: for their turn; the next one is answered by 503.
        cameras: at the same time.
        keep_seconds: for which the files of a video are kept.
    """

    upload_bytes: int = 200_000_000
    memory_bytes: int = 1_000_000_000
    pixels: int = 100_000_000
    images_per_request: int = 64
    zip_members: int = 1000
    zip_bytes: int = 500_000_000
    video_seconds: float = 600.0
    video_wall_seconds: float = 1200.0
    requests_per_minute: int = 1200
    seconds_per_request: float = 30.0
    queue: int = 64
    videos: int = 1
    videos_waiting: int = 8
    cameras: int = 4
    keep_seconds: float = 3600.0

    def check_pixels(self, size: tuple[int, int], name: str) -> None:
        """Raise a RequestError for a picture of too many pixels, before it is decoded.

        Args:
            size: width and height, from its header.
            name: of the visitor's file.
        """
        width, height = size
        if width * height > self.pixels:
            raise RequestError(
                f"Expected at most {self.pixels:,} pixels in {name}. "
                f"Received: {width}x{height} px. Scale the picture down first.",
                status=413,
            )
