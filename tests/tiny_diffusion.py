"""A Stable Diffusion that fits on a page: the real classes of diffusers with few and random weights, half a megabyte.

`python tiny_diffusion.py FOLDER` with the Python of `.venv-diffusers` (`scripts/diffusers-for-tests`). With `--flags` it
brings a checker that takes every picture for an unsafe one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

PYTHON = Path(__file__).parents[1] / ".venv-diffusers" / "bin" / "python"


def save_tiny_model(folder: Path, *flags: str) -> Path:
    """A model in that folder, made by the Python that can."""
    from tests.absent import absent

    if not PYTHON.exists():
        absent("a Python with diffusers", "scripts/diffusers-for-tests makes one where Debian's python3-torch is")
    folder.mkdir()
    subprocess.run([PYTHON, "-W", "ignore", __file__, folder, *flags], check=True, capture_output=True)
    return folder


def main(folder: Path, *flags: str) -> None:
    """The same weights each time."""
    import torch
    from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel

    torch.manual_seed(0)
    text = CLIPTextConfig(
        hidden_size=16, intermediate_size=32, num_attention_heads=2, num_hidden_layers=1, vocab_size=514
    )
    unet = UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(8, 16),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=16,
        attention_head_dim=4,
        norm_num_groups=4,
        layers_per_block=1,
    )
    vae = AutoencoderKL(
        block_out_channels=(8, 8, 8, 8),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        norm_num_groups=4,
    )
    checker, sight = flagging() if "--flags" in flags else (None, None)
    StableDiffusionPipeline(
        vae=vae,
        text_encoder=CLIPTextModel(text),
        tokenizer=letters(folder),
        unet=unet,
        scheduler=DDIMScheduler(clip_sample=False),
        safety_checker=checker,
        feature_extractor=sight,
        requires_safety_checker=False,
    ).save_pretrained(folder)


def letters(folder: Path) -> Any:
    """A tokenizer that knows single letters."""
    from transformers import CLIPTokenizer
    from transformers.models.clip.tokenization_clip import bytes_to_unicode

    known = list(bytes_to_unicode().values())
    words = ["<|startoftext|>", "<|endoftext|>", *known, *(f"{each}</w>" for each in known)]
    vocabulary, merges = folder / "vocab.json", folder / "merges.txt"
    vocabulary.write_text(json.dumps({word: number for number, word in enumerate(words)}))
    merges.write_text("#version: 0.2\n")
    return CLIPTokenizer(str(vocabulary), str(merges), model_max_length=77)


def flagging() -> tuple[Any, Any]:
    """A checker whose thresholds lie below what any picture has."""
    import torch
    from diffusers.pipelines.stable_diffusion import StableDiffusionSafetyChecker
    from transformers import CLIPConfig, CLIPImageProcessor

    sight = {"hidden_size": 16, "intermediate_size": 32, "num_attention_heads": 2, "num_hidden_layers": 1}
    checker = StableDiffusionSafetyChecker(CLIPConfig(vision_config=sight, projection_dim=8))
    checker.concept_embeds_weights.data = -2 * torch.ones(17)
    return checker, CLIPImageProcessor()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
