"""Every knob of the lab: its type, default, range and help, stated once.

Validation, sliders, command-line flags and the tables of docs/settings.md are all made from the
annotations in these files, so a new knob is one line.
"""
