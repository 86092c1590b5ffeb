"""What can be wrong with a model of one's own, in words: the setting it lies in, what to do, and how a picture ends."""

from __future__ import annotations

from dataclasses import dataclass

from sahne.errors import SettingInvalid
from sahne.providers.images.diffusion.process import ModelFailed
from sahne.providers.images.generator import Refusal
from sahne.settings import variable_of


@dataclass(frozen=True, slots=True)
class Fault:
    """`what` follows the variable of `setting`; `reason` is what whoever waits for a picture is told."""

    setting: str
    what: str
    hint: str
    reason: Refusal = Refusal.PROVIDER_UNAVAILABLE


FAULTS = {
    "no_python": Fault(
        "diffusers_python",
        "cannot be started",
        "Name a Python's program, such as /opt/diffusers/bin/python.",
    ),
    "not_installed": Fault(
        "diffusers_python",
        "has no diffusers",
        "Install it for that Python: pip install 'sahne[diffusers]'.",
    ),
    "no_model": Fault(
        "diffusers_model",
        "is no folder of a pipeline: it has no model_index.json",
        "Name a folder that diffusers' save_pretrained wrote. Nothing is downloaded.",
    ),
    "runnable": Fault(
        "diffusers_model",
        "holds a file that would be run as code",
        "Keep .safetensors of its weights alone, and none of .py, .bin, .ckpt, .pt, .pth and .pkl.",
    ),
    "unfit": Fault(
        "diffusers_model",
        "is no pipeline for words and for photos",
        "Choose one that diffusers' AutoPipelineForText2Image and AutoPipelineForImage2Image both know.",
    ),
    "unloadable": Fault(
        "diffusers_model",
        "cannot be loaded",
        "The words say what is missing; a newer model may need a newer diffusers.",
    ),
    "out_of_memory": Fault(
        "diffusers_model",
        "needs more memory than there is",
        "Offer smaller pictures, choose a smaller model, or run the worker where there is more.",
        Refusal.FAILED,
    ),
    "died": Fault(
        "diffusers_python",
        "ended in the middle of its work",
        "Signal 9 is mostly the system's, when no memory is left: choose a smaller model.",
        Refusal.FAILED,
    ),
    "failed": Fault(
        "diffusers_model",
        "did not make a picture",
        "The words are the pipeline's own.",
        Refusal.FAILED,
    ),
}


@dataclass(frozen=True, slots=True)
class LocalModelFailed:
    """A model of one's own made no picture; `what` names the setting it lies in."""

    what: str
    words: str
    hint: str


def fact_of(failed: ModelFailed) -> LocalModelFailed:
    """For the log and the metrics."""
    fault = FAULTS[failed.why]
    return LocalModelFailed(f"{variable_of(fault.setting)} {fault.what}", failed.words, fault.hint)


def setting_invalid(failed: ModelFailed) -> SettingInvalid:
    """For whoever starts a worker with it."""
    fault = FAULTS[failed.why]
    return SettingInvalid(details=f"{variable_of(fault.setting)}: {fault.what} ({failed.words})", hint=fault.hint)
