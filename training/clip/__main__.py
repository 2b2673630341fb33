"""`python -m training.clip`; see `training.clip.train`."""

from training.clip.train import main

if __name__ == "__main__":
    main()
