"""The tables written for this project, which lie beside this module as JSON."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any


@cache
def load_table(name: str) -> Any:
    """What `name`.json holds; shared, so not to be changed."""
    return json.loads(Path(__file__).with_name(f"{name}.json").read_text(encoding="utf-8"))
