"""Measure the embedded models: `python -m training.evaluate [NAME...]`.

The same as `python -m multimodal evaluate`, which is a door to this.
"""

import sys

from multimodal.cli.main import main

if __name__ == "__main__":
    sys.exit(main(["evaluate", *sys.argv[1:]]))
