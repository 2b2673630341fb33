"""What `import multimodal` offers."""

from __future__ import annotations

import subprocess
import sys

import multimodal


def test_every_public_name_is_there() -> None:
    for name in multimodal.__all__:
        assert getattr(multimodal, name) is not None
    assert {"Lab", "last", "VQGANCLIPSettings"} <= set(dir(multimodal))


def test_importing_the_package_and_its_settings_loads_no_network_library() -> None:
    code = (
        "import sys, multimodal, multimodal.settings.jobs, multimodal.cli.main;"
        "print([m for m in ('torch', 'transformers', 'diffusers', 'gradio') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
