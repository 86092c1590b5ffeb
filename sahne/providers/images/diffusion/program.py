"""A local pipeline behind lines of JSON: `python -I program.py OPTIONS`, started by its path and without our package.

Options: `model` (a folder), `steps`, `guidance`, `strength`, and `checks`, to look at all that and load nothing.
Out: `{"say": "ready"}`, once it is loaded. In: a picture's `{"prompt", "negative_prompt", "seed", "width", "height",
"photo"}`, the photo as PNG in base64. Out: after each step `{"say": "step", "fraction"}`, which waits for
`{"go": true or false}`; then `{"say": "picture", "png", "pipeline", "unused"}`, `{"say": "moderated"}` or
`{"say": "stopped"}`. Whatever else happens is `{"say": "failed", "why", "words"}` and the end of this process; so
is the end of its input. Nothing is fetched from anywhere, and of a model's files only tensors and texts are read.
"""

from __future__ import annotations

import base64
import inspect
import json
import math
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

LINE_BYTES_MAX = 16 * 1024 * 1024
WORDS_CHARACTERS_MAX = 500
# What is code, or unpacks into code: nobody loads it by accident if it is not there
RUNNABLE = frozenset({".py", ".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle"})
MEMORY = ("out of memory", "allocate memory")  # as CUDA and Metal say it, and as processors do

Line = dict[str, Any]


class Failure(Exception):
    """`why` is one of a few words the worker knows; `words` are for whoever reads its log."""

    def __init__(self, why: str, words: str) -> None:
        self.why = why
        super().__init__(words)


class Stopped(Exception):
    """Nobody wants the picture any more."""


class Lines:
    """The two pipes to the worker, a line at a time."""

    def __init__(self, heard: BinaryIO, said: BinaryIO) -> None:
        self._heard = heard
        self._said = said

    def hear(self) -> Line | None:
        """The next line; None at the end."""
        line = self._heard.readline(LINE_BYTES_MAX)
        return json.loads(line) if line.endswith(b"\n") else None

    def say(self, line: Line) -> None:
        """At once."""
        self._said.write(json.dumps(line).encode() + b"\n")
        self._said.flush()


@dataclass(frozen=True)
class Pipelines:
    """The same weights for words alone, and for words with a photo."""

    of_words: Any
    of_photo: Any


def main() -> None:
    """Load, then picture after picture until the input ends."""
    options = json.loads(sys.argv[1])
    lines = Lines(sys.stdin.buffer, _own_output())
    try:
        check(Path(options["model"]))
        pipelines = None if options["checks"] else load(options["model"])
        lines.say({"say": "ready"})
        while pipelines and (question := lines.hear()):
            lines.say(make(pipelines, options, question, lines))
    except Failure as failure:
        lines.say({"say": "failed", "why": failure.why, "words": str(failure)[:WORDS_CHARACTERS_MAX]})
    except BrokenPipeError:  # nobody listens any more
        pass


def check(folder: Path) -> None:
    """That a pipeline lies there which takes words and photos, that none of it would be run, and that it can be.

    Raises:
        Failure: `no_model`, `runnable`, `not_installed`, `unfit`.
    """
    try:
        name = json.loads((folder / "model_index.json").read_text("utf-8"))["_class_name"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Failure("no_model", f"{folder}: {type(error).__name__}") from error
    if runnable := next((path for path in _files(folder) if path.suffix in RUNNABLE), None):
        raise Failure("runnable", str(runnable))
    try:
        import torch  # noqa: F401
        from diffusers.pipelines.auto_pipeline import (
            AUTO_IMAGE2IMAGE_PIPELINES_MAPPING,
            AUTO_TEXT2IMAGE_PIPELINES_MAPPING,
        )
    except (ImportError, RuntimeError) as error:  # the latter is diffusers' own for a part that is missing
        raise Failure("not_installed", str(error)) from error
    of_words = {key for key, each in AUTO_TEXT2IMAGE_PIPELINES_MAPPING.items() if each.__name__ == name}
    if not of_words & set(AUTO_IMAGE2IMAGE_PIPELINES_MAPPING):
        raise Failure("unfit", str(name))


def load(folder: str) -> Pipelines:
    """Where it computes quickest. Raises Failure: `unloadable`, `out_of_memory`."""
    import diffusers
    import torch
    import transformers

    for library in (diffusers, transformers):
        library.utils.logging.set_verbosity_error()  # a warning quotes the prompt
        library.utils.logging.disable_progress_bar()
    device, dtype = _place(torch)
    try:
        of_words = diffusers.AutoPipelineForText2Image.from_pretrained(
            folder, torch_dtype=dtype, local_files_only=True, use_safetensors=True, trust_remote_code=False
        ).to(device)
        pipelines = Pipelines(of_words, diffusers.AutoPipelineForImage2Image.from_pipe(of_words))
    except Exception as error:  # whatever is wrong with somebody's model
        raise _failure(error, "unloadable") from error
    for pipeline in (pipelines.of_words, pipelines.of_photo):
        pipeline.set_progress_bar_config(disable=True)
    return pipelines


def make(pipelines: Pipelines, options: Mapping[str, Any], question: Line, lines: Lines) -> Line:
    """One picture. Raises Failure: `failed`, `out_of_memory`."""

    def after_step(pipeline: Any, step: int, _: Any, tensors: Line) -> Line:
        lines.say({"say": "step", "fraction": (step + 1) / max(pipeline.num_timesteps, step + 1)})
        if not (lines.hear() or {}).get("go"):
            raise Stopped
        return tensors

    pipeline = pipelines.of_photo if question["photo"] else pipelines.of_words
    wishes = _wishes(options, question) | {"callback_on_step_end": after_step}
    taken = inspect.signature(pipeline.__call__).parameters
    try:
        answer = pipeline(**{name: wish for name, wish in wishes.items() if wish is not None and name in taken})
    except Stopped:
        return {"say": "stopped"}
    except Exception as error:  # whatever a pipeline stumbles over
        raise _failure(error, "failed") from error
    if any(getattr(answer, "nsfw_content_detected", None) or ()):  # by the model's own checker, where it has one
        return {"say": "moderated"}
    return {
        "say": "picture",
        "png": base64.b64encode(_png(answer.images[0])).decode(),
        "pipeline": type(pipeline).__name__,
        "unused": [name for name in ("negative_prompt",) if question[name] and name not in taken],
    }


def _wishes(options: Mapping[str, Any], question: Line) -> Line:
    """All that could be asked of a pipeline; None is left to it."""
    import torch

    wishes = {
        "prompt": question["prompt"],
        "negative_prompt": question["negative_prompt"],
        "width": question["width"],
        "height": question["height"],
        "num_inference_steps": options["steps"],
        "guidance_scale": options["guidance"],
        "generator": torch.Generator("cpu").manual_seed(question["seed"]),  # the same wherever it computes
    }
    if question["photo"]:
        wishes |= {"image": _photo(question["photo"]), "strength": options["strength"]}
        if options["steps"]:  # only that share of them is done
            wishes["num_inference_steps"] = math.ceil(options["steps"] / options["strength"])
    return wishes


def _files(folder: Path) -> Iterator[Path]:
    """All below it, also where a part is a link to somewhere else."""
    links = (part for part in folder.iterdir() if part.is_symlink() and part.is_dir())
    return (path for part in (folder, *links) for path in part.resolve().rglob("*"))


def _place(torch: Any) -> tuple[str, Any]:
    if torch.cuda.is_available():
        return "cuda", torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    if torch.backends.mps.is_available():
        return "mps", torch.float32
    return "cpu", torch.float32


def _failure(error: Exception, otherwise: str) -> Failure:
    is_memory = isinstance(error, MemoryError) or any(each in str(error).lower() for each in MEMORY)
    return Failure("out_of_memory" if is_memory else otherwise, f"{type(error).__name__}: {error}")


def _photo(encoded: str) -> Any:
    from PIL import Image

    return Image.open(BytesIO(base64.b64decode(encoded)), formats=["PNG"]).convert("RGB")


def _png(picture: Any) -> bytes:
    out = BytesIO()
    picture.convert("RGB").save(out, "PNG", compress_level=3)
    return out.getvalue()


def _own_output() -> BinaryIO:
    """The way to the worker; what libraries print goes to the log beside it."""
    own = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return own


if __name__ == "__main__":
    main()
