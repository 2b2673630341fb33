"""Starting the page: addresses, limits and errors; that it waits for nothing heavy."""

from __future__ import annotations

import gzip
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

import app
from multimodal.errors import SettingError
from multimodal.live_training import emoji_sheet
from multimodal.models.presets import EMBEDDED, Preset
from multimodal.settings.limits import Limits

ROOT = Path(app.__file__).parent


def test_only_a_space_binds_to_every_address() -> None:
    assert app._parser(on_space=False).parse_args([]).host == "127.0.0.1"
    assert app._parser(on_space=True).parse_args([]).host == "0.0.0.0"


def test_an_unknown_preset_is_one_sentence_and_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(["--preset", "nope"]) == 2
    said = capsys.readouterr()
    assert said.err.startswith("app.py: Preset 'nope' is unknown") and said.err.count("\n") == 1
    assert said.out == ""


def test_a_port_in_use_is_one_sentence_and_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert app.main(["--port", str(port)]) == 2
    said = capsys.readouterr().err
    assert f"Port {port}" in said and said.count("\n") == 1


@pytest.mark.parametrize(("arguments", "space", "hosted"), [
    ([], False, False), (["--share"], False, True), ([], True, True),
])  # fmt: skip
def test_hosted_limits_hold_where_strangers_come(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], space: bool, hosted: bool
) -> None:
    seen: list[Limits] = []

    def build(lab: app.LabToCome) -> None:
        seen.append(lab.limits)
        raise SettingError("far enough")

    monkeypatch.setattr(app, "build_app", build)
    monkeypatch.delenv("SPACE_ID", raising=False)
    if space:
        monkeypatch.setenv("SPACE_ID", "someone/lab")
    assert app.main(arguments) == 2
    assert seen == [Limits.hosted(ROOT / "spaces_config.yaml") if hosted else Limits.local()]


def test_a_lab_to_come_becomes_the_lab(tiny_preset: Preset) -> None:
    lab = app.LabToCome(tiny_preset, "cpu", Limits(max_steps=7))
    assert len(lab.new_gallery()) == 0
    assert lab.arrive() is lab.arrive()
    assert lab.arrive().limits.max_steps == 7
    with pytest.raises(SettingError, match="Device"):
        app.LabToCome(EMBEDDED, "nonsense", Limits()).arrive()


def test_the_page_is_built_before_torch_is_imported() -> None:
    program = (
        "import sys, app; from multimodal.models.presets import EMBEDDED; "
        "from multimodal.settings.limits import Limits; "
        "app.build_app(app.LabToCome(EMBEDDED, 'cpu', Limits())); "
        "print([name for name in ('torch', 'transformers', 'diffusers') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip().splitlines()[-1] == "[]"


@pytest.mark.parametrize("accepted", ["gzip, br", "identity"])
def test_the_page_is_packed_for_browsers_that_take_it(address: str, accepted: str) -> None:
    request = Request(address, headers={"Accept-Encoding": accepted})
    with urlopen(request) as answer:
        sent, encoding = answer.read(), answer.headers["Content-Encoding"]
    packed = accepted != "identity"
    assert encoding == ("gzip" if packed else None)
    page = gzip.decompress(sent) if packed else sent
    assert b"multimodal-lab-language" in page and page.rstrip().endswith(b"</html>")
    assert not packed or len(sent) < len(page) / 4


def test_the_sheet_of_emoji_is_served_beside_the_page(address: str) -> None:
    with urlopen(f"{address}emoji-sheet.webp") as answer:
        assert answer.headers["Content-Type"] == "image/webp"
        assert answer.read() == (emoji_sheet.FOLDER / emoji_sheet.SHEET_FILE).read_bytes()
