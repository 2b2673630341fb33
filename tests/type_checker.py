"""What the test run checks signatures with (see conftest.py): beartype, to which 1 is a float."""

from __future__ import annotations

from beartype import BeartypeConf, beartype

check = beartype(conf=BeartypeConf(is_pep484_tower=True))
