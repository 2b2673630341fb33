"""`python -m multimodal`; see `multimodal.cli.main`."""

import sys

from multimodal.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
