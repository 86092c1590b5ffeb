"""The five nets of the keyless studio: files of this package, checked by hash, opened with small memory.

They lie in `nets/`, and not in somebody's wheel, so that every Python that can run Sahne draws the same picture;
`nets/NOTICE` says whose they are. With ONNX Runtime's memory arena a 1024² picture peaks at 1.8 GB instead of 0.6.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnxruntime import InferenceSession, SessionOptions  # type: ignore[attr-defined]

from sahne.errors import SetupError

# fixed, not the number of cores: a sum split otherwise is another sum, and a seed must give the same bytes
THREADS = 2

NETS = Path(__file__).with_name("nets")
CUTOUT = "u2netp.onnx"
FACES = "centerface.onnx"
STYLES = "multistyle26.onnx"
REFERENCE = "arbitrary_predict.onnx"
TRANSFER = "arbitrary_transform.onnx"

HASHES = {
    CUTOUT: "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8",
    FACES: "56fb61f7f80212aa208f4b34e18bb33b30fad842ff6a680211d588cf06d9b469",
    STYLES: "0a2a0c9436a935cd1d4279cd06e171475b06222cb37c8c8d4afc53a9a7a1885e",
    REFERENCE: "d832a92a6afc170510252cc5b65836fcf8354909e6f17cf02f8960f4e054a20d",
    TRANSFER: "866c80c340bee8d1c72f5237476244ccd9a6c1b11afdb9e7de37591b7a2345cd",
}

Floats = NDArray[np.floating[Any]]  # float32 in truth; NumPy's own typing forgets the width


class ModelMissing(SetupError):
    """A model's file is not in the installed package."""

    code = "model_missing"


class ModelNotTrusted(SetupError):
    """A model's file is not the one Sahne was tested with."""

    code = "model_not_trusted"


class Models:
    """Opens each net the first time it is needed and keeps it."""

    def __init__(self, folder: Path = NETS) -> None:
        """Refuse a folder that lacks a net, before a picture is asked for.

        Raises:
            ModelMissing: a file is not there.
        """
        missing = [name for name in HASHES if not (folder / name).is_file()]
        if missing:
            raise ModelMissing(details=f"{folder}: {', '.join(missing)}", hint="Install the package sahne again.")
        self._folder = folder

    @cached_property
    def cutout(self) -> Net:
        """A photo of 320² → how much each pixel belongs to what stands out."""
        return self._open(CUTOUT)

    @cached_property
    def faces(self) -> Net:
        """A picture of 320² in bytes → how surely each square of 4² is a face's middle, its size, offset and points."""
        return self._open(FACES)

    @cached_property
    def styles(self) -> Net:
        """A picture and 26 weights → the picture painted."""
        return self._open(STYLES)

    @cached_property
    def reference(self) -> Net:
        """A picture of 256² → 100 numbers of its style."""
        return self._open(REFERENCE)

    @cached_property
    def transfer(self) -> Net:
        """A picture of 384² and a style's 100 numbers → the picture in that style."""
        return self._open(TRANSFER)

    def _open(self, name: str) -> Net:
        return Net(read_trusted(self._folder / name, HASHES[name]))


class Net:
    """One open net. Calling it with arrays in the order of its inputs answers its outputs."""

    def __init__(self, model: bytes) -> None:
        self._session = InferenceSession(model, _small_memory(), providers=["CPUExecutionProvider"])
        self.inputs = [each.name for each in self._session.get_inputs()]

    def __call__(self, *arrays: Floats) -> list[Floats]:
        answers: Any = self._session.run(None, dict(zip(self.inputs, arrays, strict=True)))
        return [np.asarray(answer, dtype=np.float32) for answer in answers]


def read_trusted(path: Path, sha256: str) -> bytes:
    """The file's bytes, read once and checked before anything runs them.

    Raises:
        ModelNotTrusted: the hash is another.
    """
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    if digest != sha256:
        raise ModelNotTrusted(details=f"{path.name}: {digest}", hint="Install the package sahne again.")
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
