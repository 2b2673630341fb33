"""The page: `python app.py` serves it on http://127.0.0.1:7860."""

from __future__ import annotations

import argparse
import io
import logging
import os
import sys
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from multimodal.errors import LabError, SettingError
from multimodal.models.presets import PRESETS, Preset, find_preset
from multimodal.settings.limits import Limits

if TYPE_CHECKING:
    import gradio as gr

CONFIG = Path(__file__).parent / "spaces_config.yaml"
PORT = 7860


class LabToCome:
    """Stands for a Lab until it is first asked for something, so that the page is served before
    the networks' libraries are imported."""

    def __init__(self, preset: Preset, device: str, limits: Limits) -> None:
        self.preset, self.limits = preset, limits
        self._device, self._loading = device, RLock()
        self._lab: Any = None

    def arrive(self) -> Any:
        """The Lab itself. Raises SettingError for an unknown device."""
        with self._loading:
            if self._lab is None:
                from multimodal.lab import Lab

                self._lab = Lab.load(self.preset, self._device, self.limits)
            return self._lab

    def __getattr__(self, name: str) -> Any:
        return getattr(self.arrive(), name)


def build_app(lab: Any) -> gr.Blocks:
    """The page of one lab; `multimodal.ui.shell.page.launch_options` brings its theme and texts."""
    from multimodal.ui.shell import page

    return page.build_app(lab)


def serve(demo: gr.Blocks, lab: Any, host: str, port: int | None, share: bool) -> str | None:
    """Start serving, on any free port if none is given; gives the public link, if there is one."""
    from multimodal.ui.shell import page

    hush = redirect_stdout(io.StringIO()) if share else nullcontext()  # gradio's ten lines of why
    with hush:
        _, _, link = demo.launch(
        server_name=host, server_port=port, share=share, prevent_thread_lock=True, quiet=True,
        **page.launch_options(lab),
    )  # fmt: skip
    return link


def main(arguments: list[str] | None = None) -> int:
    """Serve the page until interrupted."""
    on_space = "SPACE_ID" in os.environ
    options = _parser(on_space).parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        hosted = on_space or options.share
        limits = Limits.hosted(CONFIG) if hosted else Limits.local()
        lab = LabToCome(find_preset(options.preset), options.device, limits)
        demo = build_app(lab)
        try:
            link = serve(demo, lab, options.host, options.port, options.share)
        except OSError as error:
            raise SettingError(
                "Port {port} of {host} cannot be used; stop what uses it or choose another with "
                "--port.",
                port=options.port,
                host=options.host,
            ) from error
        print(f"Multimodal Lab is at http://{options.host}:{options.port}", flush=True)
        if options.share:
            print(_about(link), flush=True)
        lab.arrive()
    except LabError as error:
        print(f"app.py: {error}", file=sys.stderr)
        return 2
    demo.block_thread()
    return 0


def _about(link: str | None) -> str:
    if link:
        return f"Public link: {link}"
    return "There is no public link: the share server cannot be reached from here; serving locally."


def _parser(on_space: bool) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Serve the page of the multimodal lab.")
    host = "0.0.0.0" if on_space else "127.0.0.1"
    parser.add_argument("--host", default=host, help=f"address to bind (default {host})")
    parser.add_argument("--port", type=int, default=PORT, help=f"default {PORT}")
    parser.add_argument("--share", action="store_true", help="make a public link")
    parser.add_argument("--preset", default="embedded", help=f"one of {', '.join(PRESETS)}")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    return parser


if __name__ == "__main__":
    sys.exit(main())
