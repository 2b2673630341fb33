"""The command line: `python -m multimodal score|classify|index|search|paint|dalle|...`.

Results go to stdout (one JSON document with --json), progress to stderr. Exit code 0 is success;
2 means that something in the request has to change, said in one line.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any, NoReturn

from multimodal.cli import clip, compare, facts, gallery, learn, pictures
from multimodal.cli.common import Run
from multimodal.errors import LabError
from multimodal.settings.fields import Settings, add_arguments
from multimodal.settings.jobs import PRECISIONS, TOKEN_PRECISIONS


def main(argv: list[str] | None = None) -> int:
    """Run one command; gives the exit code."""
    arguments = _parser().parse_args(argv)
    run: Run = arguments.run
    try:
        answer = run(arguments)
    except LabError as error:
        print(f"multimodal: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("multimodal: stopped", file=sys.stderr)
        return 130
    if arguments.json:
        print(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        _print_plainly(answer)
    return 0


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, like every other error here."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"multimodal: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="multimodal", description="CLIP, search, pictures.")
    commands = parser.add_subparsers(dest="command", required=True)

    def command(
        name: str, run: Run, help: str, settings: type[Settings] | None = None
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help, description=help)
        sub.set_defaults(run=run)
        sub.add_argument("--json", action="store_true", help="one JSON document on stdout")
        sub.add_argument("--preset", default="embedded", help="a preset, or a folder of yours")
        sub.add_argument("--device", default="auto", help="auto, cpu or cuda")
        sub.add_argument(
            "--precision",
            default=PRECISIONS[0],
            metavar="|".join(PRECISIONS),
            help="what CLIP embeds pictures with; int8 is for vision transformers on a CPU",
        )
        sub.add_argument(
            "--token-precision",
            default=TOKEN_PRECISIONS[0],
            metavar="|".join(TOKEN_PRECISIONS),
            help="what DALL-E tokens are drawn with; fp16 and int8 are for big models on a CPU",
        )
        if settings:
            add_arguments(sub, settings)
        return sub

    for module in (clip, gallery, pictures, compare, learn, facts):
        module.add(command)
    return parser


def _print_plainly(answer: dict[str, Any], indent: str = "") -> None:
    for key, value in answer.items():
        if isinstance(value, dict):
            print(f"{indent}{key}:")
            _print_plainly(value, indent + "  ")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            print(f"{indent}{key}:")
            for row in value:
                print(f"{indent}  - {_line(row)}")
        else:
            print(f"{indent}{key}: {value}")


def _line(row: dict[str, Any]) -> str:
    parts = []
    for key, value in row.items():
        if isinstance(value, list):
            value = "; ".join(_line(v) if isinstance(v, dict) else str(v) for v in value)
        parts.append(f"{key}: {value}" if key not in ("label", "probability") else str(value))
    return "  ".join(parts)
