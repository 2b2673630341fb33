r"""A CLIP that knows photographs, in stages; each is one command, and resumes.

    python -m training.clip.world.features --data FOLDER --cache FOLDER
    python -m training.clip.world.texts --data FOLDER --cache FOLDER
    python -m training.clip.world.vocabulary --data FOLDER --cache FOLDER --out RUNS/words.txt
    python -m training.clip.world.head --data FOLDER --cache FOLDER --out RUNS/head
    python -m training.clip.world.tower --data FOLDER --cache FOLDER --start RUNS/head \
        --out RUNS/tower
    python -m training.clip.world.features --data FOLDER --cache FOLDER --run RUNS/tower \
        --name tuned
    python -m training.clip.world.head --data FOLDER --cache FOLDER --start RUNS/tower \
        --features tuned --out RUNS/head2
    python -m training.evaluate_world --data FOLDER --cache FOLDER --run RUNS/head2
    python -m training.clip.world.export --run RUNS/head2 --out FOLDER

`--data` is a folder of packs (training/data/packs.py says what lies in it), `--cache` keeps decoded
pictures, features and sentence vectors (6 GB for 37,000 pictures). The first two stages read
frozen nets once; the heads then train on their outputs, and the tower's upper blocks on pixels.
"""
