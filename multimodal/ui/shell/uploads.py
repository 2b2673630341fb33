"""What counts as a visitor's own file: the one rule that every component and endpoint passes.

Gradio keeps each upload as FOLDER/SHA256/NAME, so its path is known to who has the content. It
checks the paths it is sent only where a payload says that it is a file, and takes the folder itself
for one; so each path is checked again here.
"""

from __future__ import annotations

import os
import re
from typing import Any

from gradio.utils import get_upload_folder

from multimodal.errors import ImageError

_HASH = re.compile("[0-9a-f]{64}")


def is_upload(path: Any) -> bool:
    """Whether a path is a regular file just where gradio puts an upload."""
    if not isinstance(path, str) or not path or "\0" in path:
        return False
    try:
        found = os.path.realpath(path)  # links and dots lead where they lead
        inside = os.path.relpath(found, os.path.realpath(get_upload_folder())).split(os.sep)
        return len(inside) == 2 and bool(_HASH.fullmatch(inside[0])) and os.path.isfile(found)
    except (OSError, ValueError):  # a name too long, another drive
        return False


def checked_upload(path: Any) -> str:
    """The path itself. Raises ImageError unless it is an upload."""
    if not is_upload(path):
        raise ImageError("A file was not uploaded; send it with gradio_client.handle_file.")
    return str(path)
