"""facewarden pad check: is a living person shown, or a picture of one?"""

import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from facewarden.capture.address import parse_address
from facewarden.capture.folder import SUFFIXES
from facewarden.capture.image import read_image
from facewarden.capture.open import open_source
from facewarden.cli.consoles import problems, results
from facewarden.cli.options import ConfigOption, EngineOption, JsonOption
from facewarden.cli.private_file import write_private
from facewarden.cli.settings import settings_from
from facewarden.config.settings import Settings
from facewarden.data.presentation import Presentation, PresentationVerdict
from facewarden.errors import FacewardenError, InputError
from facewarden.pipeline.shown_faces import ShownFace, ShownFaces
from facewarden.text import shown
from facewarden.wiring.cameras import make_tracker
from facewarden.wiring.presentation import (
    make_presentation_model,
    make_shown_faces,
    with_own_presentation,
)

VIDEO_CRF = 20
"""Of x264: what is shown is small, and its texture is the point."""

WORDS = {
    PresentationVerdict.BONA_FIDE: "living person",
    PresentationVerdict.ATTACK: "picture of a person",
    PresentationVerdict.NOT_ASSESSED: "not assessed",
    PresentationVerdict.UNSETTLED: "unsettled",
}


def check(
    files: Annotated[
        list[Path], typer.Argument(help="Pictures, clips, or folders of a clip's pictures.")
    ],
    picture: Annotated[
        str | None, typer.Option(help="Model of one look; default as configured.")
    ] = None,
    clip: Annotated[
        str | None, typer.Option(help="Model of several looks; default as configured.")
    ] = None,
    fps: Annotated[
        float, typer.Option(min=0.5, max=60, help="Pictures of a clip that are looked at a second.")
    ] = 5.0,
    strip: Annotated[
        Path | None,
        typer.Option(help="Write what the model of several looks saw, and where it looked (JPEG)."),
    ] = None,
    video: Annotated[
        Path | None, typer.Option(help="Write the same of a whole clip (MP4).")
    ] = None,
    config: ConfigOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say of each face whether it is a living person's or on a picture that somebody holds up.

    A face that cannot be judged is told with the reason. It is no error; a file that cannot be
    read is.
    """
    if (strip is not None or video is not None) and len(files) != 1:
        raise InputError("--strip and --video are of one file", found=f"{len(files)} files")
    chosen = _with_models(settings_from(config, engine=engine), picture, clip)
    settings = with_own_presentation(chosen)
    if video is not None and settings.models.presentation_clip is None:
        raise InputError(
            "--video shows where a model of several looks looked",
            expected="--clip, or models.presentation_clip",
            found="neither",
        )
    judge = make_shown_faces(settings, keep_looks=video is not None)
    answers: list[dict[str, Any]] = []
    refused = 0
    faces: Sequence[ShownFace] = ()
    for file in files:
        try:
            faces = _judged(judge, file, fps)
        except FacewardenError as error:
            refused += 1
            answers.append({"file": str(file), "error": str(error)})
            problems().print(f"{escape(shown(str(file)))}: {escape(str(error))}")
            continue
        answers.append({"file": str(file), "faces": [_plain(face) for face in faces]})
        if not as_json:
            _show(file, faces)
    if as_json:
        results().print_json(json.dumps(answers))
    if refused:
        raise typer.Exit(InputError.exit_code)
    if strip is not None:
        _write_strip(strip, faces)
    if video is not None:
        _write_video(video, settings, faces, fps)


def _with_models(settings: Settings, picture: str | None, clip: str | None) -> Settings:
    """Return the settings with the models that the options name in place of theirs."""
    named = {"presentation_picture": picture, "presentation_clip": clip}
    given = {name: model_id for name, model_id in named.items() if model_id is not None}
    if given:
        models = settings.models.model_copy(update=dict.fromkeys(named) | given)
        settings = settings.model_copy(update={"models": models})
    return settings


def _judged(judge: ShownFaces, file: Path, fps: float) -> list[ShownFace]:
    if not file.exists():
        raise InputError(f"there is no {shown(str(file))}")
    if file.suffix.lower() in SUFFIXES and file.is_file():
        image, _ = read_image(file)
        return judge.in_picture(image)
    source = open_source(parse_address(str(file)), camera_id="file", analyse_fps=fps)
    try:
        return judge.in_clip(source.frames(), make_tracker())
    finally:
        source.close()


def _show(file: Path, faces: Sequence[ShownFace]) -> None:
    label = escape(shown(str(file)))
    if not faces:
        results().print(f"{label}: no face found")
        return
    table = Table(
        "face", "seen", "height", "quality", "result", "live", "picture", "clip", "remark",
        title=label, title_justify="left",
    )  # fmt: skip
    for face in faces:
        said = face.presentation
        table.add_row(
            str(face.number),
            f"{face.first_s:.1f}-{face.last_s:.1f} s" if face.faces > 1 else "once",
            f"{face.box[3] - face.box[1]:.0f} px",
            f"{face.quality:.2f}",
            WORDS[said.verdict],
            _score(said.live),
            _score(said.picture),
            _score(said.clip),
            escape(said.reason),
        )
    results().print(table)


def _score(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _plain(face: ShownFace) -> dict[str, Any]:
    said: Presentation = face.presentation
    return {
        "face": face.number,
        "box": [round(value, 1) for value in face.box],
        "pictures": face.faces,
        "first_s": round(face.first_s, 3),
        "last_s": round(face.last_s, 3),
        "quality": round(face.quality, 4),
        **asdict(said),
    }


def _write_strip(to: Path, faces: Sequence[ShownFace]) -> None:
    """Write the strip of the face that was seen longest among those that have one."""
    having = [face for face in faces if face.strip is not None]
    if not having:
        raise InputError(
            "there is nothing to show in --strip",
            expected="a face that a model of several looks was asked about",
            remedy="give it a clip, and --clip or models.presentation_clip",
        )
    longest = max(having, key=lambda face: face.faces)
    if longest.strip is not None:
        write_private(to, longest.strip.jpeg)


def _write_video(to: Path, settings: Settings, faces: Sequence[ShownFace], fps: float) -> None:
    """Write every look of the face seen longest, each as the newest of those judged with it."""
    # PyAV is for this option alone.
    from facewarden.compose.h264 import write
    from facewarden.pipeline.attention_video import attention_frames

    model = make_presentation_model(settings, settings.models.presentation_clip or "")
    looks = max((face.looks for face in faces), key=len, default=())
    if len(looks) < model.looks:
        raise InputError(
            "there is nothing to show in --video",
            expected=f"a face with at least {model.looks} looks",
            found=str(len(looks)),
        )
    clip = io.BytesIO()
    side_px = model.size_px // 2 * 2  # H.264 takes even sides
    frames = (frame[:side_px, :side_px] for frame in attention_frames(model, looks))
    write(frames, clip, size=(side_px, side_px), fps=max(1, round(fps)), quality=VIDEO_CRF)
    write_private(to, clip.getvalue())
