"""A scene's template becomes a prompt, on the server alone: templates and prompts never reach a client (ruling S13).

`{gender}` and `{style}` are the seed's placeholders; `{category}` is ours, and the database keeps no template with
others (`scenes_prompt_template_check`). Nothing a client sends gets into a prompt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

PROMPT_CHARACTERS_MAX = 8000
PLACEHOLDER = re.compile(r"\{(gender|style|category)\}")
_GENDERS = {"male": "man", "female": "woman"}


def render_prompt(template: str, *, gender: str | None, style: Sequence[str], category: str) -> str:
    """The prompt; an unknown gender is a `person`, a missing style leaves no gap behind."""
    values: Mapping[str, str] = {
        "gender": _GENDERS.get(gender or "", "person"),
        "style": ", ".join(style),
        "category": category,
    }
    prompt = PLACEHOLDER.sub(lambda match: values[match[1]], template)
    tidy = re.sub(r"\s+", " ", re.sub(r"\s+([,.;])", r"\1", re.sub(r"(,\s*)+,", ",", prompt)))
    return tidy.strip(" ,")[:PROMPT_CHARACTERS_MAX]
