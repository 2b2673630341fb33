"""`python -m training.vqgan`; see `training.vqgan.train`."""

from training.vqgan.train import main

if __name__ == "__main__":
    main()
