"""streamlr as a library: the daemon's engine behind a model that predicts and learns when asked.

``online_model.py`` is the model, ``answers.py`` what it says, ``rows.py`` reads records and labels,
``settings.py`` makes a configuration out of keywords, tables or a checkpoint, ``storage.py`` reads
and writes what a model knows.
"""
