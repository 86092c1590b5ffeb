"""The keyless studio: a sheet of what every scene of the demo world makes of many faces, and how long each takes.

`python -m benchmarks studio [--portraits FOLDER] [--side 1024] [--sheet FILE]` takes about five minutes. The sheet has
a row for each face and a column for each scene; the faces are drawn ones, scikit-image's astronaut where that package
is installed, and whatever JPEG, PNG or WebP lies in FOLDER. Times are those of one picture after the first; the goals
are for a machine that nobody else uses.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from collections.abc import Iterator
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from statistics import median

from PIL import Image

from benchmarks.harness import conclude
from sahne.providers.images.embedded.models import Models
from sahne.providers.images.embedded.studio import make_picture
from sahne.providers.images.generator import GenerationRefused, ImageRequest
from tests.demo_scenes import scenes_of_the_demo
from tests.portraits import SITTERS, portrait_bytes

SECONDS_MAX = 1.5  # of one picture of 1024², on two cores
MEMORY_MB_MAX = 600.0
SHOWN_PIXELS = 240
SEED = 7


def main(arguments: list[str]) -> None:
    """Make every picture, lay them on the sheet, write `results/studio.json`, and say what misses its goal."""
    parser = argparse.ArgumentParser("python -m benchmarks studio", description=__doc__)
    parser.add_argument("--portraits", type=Path, help="a folder with more faces")
    parser.add_argument("--side", type=int, default=1024, help="of a picture, in pixels")
    parser.add_argument("--sheet", type=Path, default=Path("build/studio.webp"))
    options = parser.parse_args(arguments)
    load_before = os.getloadavg()
    faces, scenes, models = dict(_faces(options.portraits)), list(scenes_of_the_demo()), Models()
    sheet = Image.new("RGB", (SHOWN_PIXELS * len(scenes), SHOWN_PIXELS * len(faces)))
    seconds: dict[str, list[float]] = {scene.name: [] for scene in scenes}
    cpu: dict[str, list[float]] = {scene.name: [] for scene in scenes}
    refused: dict[str, str] = {}
    for row, (face, photo) in enumerate(faces.items()):
        for column, scene in enumerate(scenes):
            request = ImageRequest(
                prompt="", negative_prompt=None, keywords=scene.keywords, category=scene.category, seed=SEED,
                width=options.side, height=options.side, photo=photo,
            )  # fmt: skip
            started, used = time.perf_counter(), time.process_time()
            try:
                made = make_picture(request, models, lambda _: None)
            except GenerationRefused as refusal:
                refused[f"{face}, {scene.name}"] = str(refusal)
                continue
            if row:  # the first row opens the nets
                seconds[scene.name].append(time.perf_counter() - started)
                cpu[scene.name].append(time.process_time() - used)
            small = Image.open(BytesIO(made.image)).resize((SHOWN_PIXELS, SHOWN_PIXELS), Image.Resampling.LANCZOS)
            sheet.paste(small, (column * SHOWN_PIXELS, row * SHOWN_PIXELS))
        print(f"{row + 1} of {len(faces)} faces: {face}", flush=True)
    options.sheet.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(options.sheet, quality=88)
    print(f"The sheet: {options.sheet}")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for name, times in seconds.items():
        print(f"{name:24s} {median(times):5.2f} s  {median(cpu[name]):5.2f} s CPU")
    slowest = max(seconds, key=lambda name: median(seconds[name]))
    misses = [f"{face}: {why}" for face, why in refused.items()]
    if median(seconds[slowest]) > SECONDS_MAX:
        misses.append(f"{slowest} takes {median(seconds[slowest]):.2f} s, more than {SECONDS_MAX}")
    if peak_mb > MEMORY_MB_MAX:
        misses.append(f"{peak_mb:.0f} MB at most, more than {MEMORY_MB_MAX:.0f}")
    conclude("studio", misses, load_before, {
        "side": options.side, "faces": list(faces), "peak_memory_mb": round(peak_mb, 1),
        "seconds": {name: round(median(times), 3) for name, times in seconds.items()},
        "cpu_seconds": {name: round(median(times), 3) for name, times in cpu.items()},
    })  # fmt: skip


def _faces(folder: Path | None) -> Iterator[tuple[str, bytes]]:
    for name, who in SITTERS.items():
        yield name, portrait_bytes(900, 1200, who=who)
    if (package := find_spec("skimage")) and package.origin:
        yield "the astronaut", (Path(package.origin).parent / "data" / "astronaut.png").read_bytes()
    else:
        print("scikit-image is not installed: no astronaut")
    for path in sorted(folder.iterdir()) if folder else ():
        if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp"):
            yield path.stem, path.read_bytes()
