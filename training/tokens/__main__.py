"""`python -m training.tokens`; see `training.tokens.train`."""

from training.tokens.train import main

if __name__ == "__main__":
    main()
