"""``emotion app``: the page."""

from pathlib import Path
from typing import Annotated

import typer

from ..app.settings import Settings
from .amounts import parse_duration, parse_size
from .options import ClassNamesOption, DetectorOption, ModelOption, split_names

LIMITS = "Limits"
NETWORK = "Network"


def _size(help_text: str, default: str):
    return typer.Option(
        parser=parse_size,
        metavar="SIZE",
        help=help_text,
        show_default=default,
        rich_help_panel=LIMITS,
    )


def _duration(help_text: str, default: str):
    return typer.Option(
        parser=parse_duration,
        metavar="TIME",
        help=help_text,
        show_default=default,
        rich_help_panel=LIMITS,
    )


def _count(help_text: str):
    return typer.Option(min=1, help=help_text, rich_help_panel=LIMITS)


def app(
    model: ModelOption = None,
    class_names: ClassNamesOption = None,
    detector: DetectorOption = None,
    also: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=MODEL",
            help="A further model, as for --model, and its name on the page. May be repeated.",
        ),
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 opens the page to the network.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 7860,
    auth: Annotated[
        str | None,
        typer.Option(
            metavar="USER:PASSWORD",
            envvar="EMOTION_AUTH",
            help="Ask for this name and password, for page and API. In the environment, other "
            "users of this machine do not see it.",
            rich_help_panel=NETWORK,
        ),
    ] = None,
    share: Annotated[
        bool,
        typer.Option(
            "--share",
            help="Ask Gradio's service for a public address. All data then passes through it.",
            rich_help_panel=NETWORK,
        ),
    ] = False,
    mcp: Annotated[
        bool,
        typer.Option(
            "--mcp",
            help="Give agents the page's endpoints by the Model Context Protocol, at "
            "/gradio_api/mcp/. Needs the extra mcp.",
            rich_help_panel=NETWORK,
        ),
    ] = False,
    root_path: Annotated[
        str,
        typer.Option(
            metavar="PREFIX",
            help="Prefix of the address, such as /faces, that a proxy removes from requests.",
            rich_help_panel=NETWORK,
        ),
    ] = "",
    ssl_certfile: Annotated[
        Path | None,
        typer.Option(help="Certificate, PEM: serve over HTTPS.", rich_help_panel=NETWORK),
    ] = None,
    ssl_keyfile: Annotated[
        Path | None, typer.Option(help="Its private key, PEM.", rich_help_panel=NETWORK)
    ] = None,
    upload_bytes: Annotated[int, _size("Of one request.", "200MB")] = Settings.upload_bytes,
    memory_bytes: Annotated[
        int, _size("Of all requests that are in memory.", "1GB")
    ] = Settings.memory_bytes,
    pixels: Annotated[int, _size("Of one picture.", "100MP")] = Settings.pixels,
    images_per_request: Annotated[
        int, _count("Pictures, those in zip files included.")
    ] = Settings.images_per_request,
    zip_members: Annotated[int, _count("Of one zip file.")] = Settings.zip_members,
    zip_bytes: Annotated[
        int, _size("Of all members of a zip file, unpacked.", "500MB")
    ] = Settings.zip_bytes,
    video_seconds: Annotated[
        float, _duration("Of a video that are read.", "10min")
    ] = Settings.video_seconds,
    video_wall_seconds: Annotated[
        float, _duration("For which one video may be worked on.", "20min")
    ] = Settings.video_wall_seconds,
    requests_per_minute: Annotated[int, _count("Of one client.")] = Settings.requests_per_minute,
    seconds_per_request: Annotated[
        float, _duration("Until a request without an answer gets 503.", "30s")
    ] = Settings.seconds_per_request,
    queue: Annotated[int, _count("Requests that wait.")] = Settings.queue,
    videos: Annotated[int, _count("Videos at the same time.")] = Settings.videos,
    videos_waiting: Annotated[
        int, _count("Videos that wait for their turn.")
    ] = Settings.videos_waiting,
    cameras: Annotated[int, _count("Cameras at the same time.")] = Settings.cameras,
    keep_seconds: Annotated[
        float, _duration("After which the files of visitors are deleted.", "1h")
    ] = Settings.keep_seconds,
) -> None:
    """Serve the page and its API: photographs, videos or a camera in, faces with expressions out.

    For example: emotion app --host 0.0.0.0 --upload-bytes 20MB --keep-seconds 10min
    """
    from ..environment import require

    require("gradio")
    if mcp:
        require("mcp")
    from ..app.server import serve

    further = {}
    for text in also or ():
        name, file = _pair(text, "=", "--also NAME=MODEL")
        further[name] = file

    serve(
        model,
        class_names=split_names(class_names),
        detector=detector,
        also=further,
        host=host,
        port=port,
        settings=Settings(
            upload_bytes=upload_bytes,
            memory_bytes=memory_bytes,
            pixels=pixels,
            images_per_request=images_per_request,
            zip_members=zip_members,
            zip_bytes=zip_bytes,
            video_seconds=video_seconds,
            video_wall_seconds=video_wall_seconds,
            requests_per_minute=requests_per_minute,
            seconds_per_request=seconds_per_request,
            queue=queue,
            videos=videos,
            videos_waiting=videos_waiting,
            cameras=cameras,
            keep_seconds=keep_seconds,
        ),
        auth=_pair(auth, ":", "--auth USER:PASSWORD") if auth else None,
        root_path=root_path,
        certificate=ssl_certfile,
        key=ssl_keyfile,
        share=share,
        mcp=mcp,
    )


def _pair(text: str, separator: str, expected: str) -> tuple[str, str]:
    """Return what stands before and after the separator."""
    first, _, second = text.partition(separator)
    if not first or not second:
        # The value may be a password.
        raise typer.BadParameter(f"Expected {expected}. Received: one part of the two is missing.")
    return first, second
