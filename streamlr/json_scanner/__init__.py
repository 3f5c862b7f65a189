"""A compiled scanner of flat JSON objects: the joined bytes of a poll → columns.

It reads what records are made of in practice, and says of the others that it did not understand
them: :mod:`streamlr.decoders.json` gives those to msgspec, which decides. So the scanner never
rejects, and what it reads it reads exactly as msgspec does, to the last bit.

``scanner.py``
    what the decoder calls: bytes in, columns out
``scan.py``, ``columns.py``
    the kernel, over all records of a poll, and what it fills
``record.py``, ``gaps.py``, ``names.py``, ``strings_met.py``
    one record: its values, what stands between them, whose they are, labels that are strings
``numerals.py``, ``powers.py``, ``strings.py``, ``marks.py``, ``nested.py``
    values, and the powers of five that numbers need
``words.py``, ``instructions.py``
    eight bytes at a time, and what numba has no name for

Notes
-----
A zero byte follows each record, and ``PADDING`` of them the last. No JSON text may hold one, and
every loop stops at it, so nothing is read beyond a record's end, whatever is in the record.
"""
