"""Checkpoints: the whole state of a pipeline and where its stream stands, in one file.

``format.py`` says what is in the file, ``store.py`` where files go and which one is used.
"""
