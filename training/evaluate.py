"""Measure the embedded models.

    python -m training.evaluate [NAME...]

NAME is the beginning of the names of some figures; without one, all are measured.
`python -m multimodal evaluate` is the same command.
"""

import sys

from multimodal.cli.main import main

if __name__ == "__main__":
    sys.exit(main(["evaluate", *sys.argv[1:]]))
