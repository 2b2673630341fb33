"""What errors, and the reasons of files that were left out, say in Arabic.

Each key of the tables is an English template as the code raises it, and its Arabic has the same
named places. A test finds every template that is raised in here, and everything here raised.
"""

from __future__ import annotations

from typing import Any

from multimodal.errors import Message, Name
from multimodal.ui.texts import KNOB_TEXTS, TEXTS
from multimodal.ui.texts.errors import pictures, settings, words
from multimodal.ui.texts.knobs import SETTINGS_TITLES

ARABIC: dict[str, str] = {**pictures.ARABIC, **words.ARABIC, **settings.ARABIC}

#: The Arabic of each Name by its key: knobs, and the words that a knob may be set to.
NAMES: dict[str, str] = {
    "choice.picture": "صورة",
    "choice.last": "اللوحة الأخيرة",
    **{key: arabic for key, (_, arabic) in TEXTS.items() if key.startswith("choice.")},
    **{
        key: f"{arabic} في {SETTINGS_TITLES[key.partition('.')[0]]}"
        for key, (_, arabic, _) in KNOB_TEXTS.items()
    },
}


def in_arabic(said: str, **instead: Any) -> str:
    """The Arabic of a message, or its English where there is none; any other text stays as it is.

    `instead` takes the place of the values of that name.
    """
    if isinstance(said, Name):
        return NAMES.get(said.key, str(said))
    if not isinstance(said, Message) or said.template not in ARABIC:
        return str(said)
    arabic = ARABIC[said.template]
    if not said.values:
        return arabic
    values = {**said.values, **instead}
    return arabic.format(**{name: _shown(value) for name, value in values.items()})


def _shown(value: Any) -> Any:
    """A value as it stands in the Arabic: only what is marked as translatable is translated."""
    if isinstance(value, tuple):
        return "، ".join(str(_shown(one)) for one in value)
    return in_arabic(value) if isinstance(value, Message) else value
