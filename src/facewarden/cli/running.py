"""Questions to everything that runs on a store: its watches, and its server."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from facewarden.errors import InputError
from facewarden.pipeline.control import ask

Answer = dict[str, Any]


def ask_each(sockets: Sequence[Path], question: Answer) -> list[Answer]:
    """Return the answers of those that run; sockets of those that have died are passed over.

    Raises:
        InputError: nobody answered, or somebody could not.
    """
    answers, problem = [], None
    for socket in sockets:
        try:
            answer = ask(socket, question)
        except InputError as error:
            problem = error
            continue
        if "error" in answer:
            raise InputError(str(answer["error"]))
        answers.append(answer)
    if not answers:
        raise problem or InputError(
            "no running watch answered",
            expected="facewarden watch or serve running on the same store",
            remedy="start it, or use watch --explain",
        )
    return answers


def entries(answers: Sequence[Answer], part: str) -> list[Answer]:
    """Return the entries of one part of all answers, each with the deployment it belongs to."""
    return [
        {"deployment": answer.get("deployment"), **entry}
        for answer in answers
        for entry in answer.get(part, ())
    ]


def called(deployment: int | None) -> str:
    """Return a deployment in a table; a dash for a watch by hand."""
    return "-" if deployment is None else str(deployment)
