"""A compiled scanner of flat JSON objects: the joined bytes of a poll → columns.

It reads what records are made of in practice, and says of the others that it did not understand
them: :mod:`streamlr.decoders.json` gives those to msgspec, which decides. So the scanner never
rejects, and what it reads it reads exactly as msgspec does, to the last bit.

``scanner.py``
    what the decoder calls: bytes in, columns out
``scan.py``
    the kernel: every record of a poll, one after the other
``record.py``, ``gaps.py``, ``names.py``
    one object: its values, what stands between them, and whose values they are
``numerals.py``, ``powers.py``, ``strings.py``, ``nested.py``
    values, and the powers of five that numbers need
``words.py``
    eight bytes at a time

Notes
-----
Every index into the text is signed, and every loop stops at a zero byte, which no JSON text may
hold outside of an escape: with ``PADDING`` zero bytes at its end, nothing reads beyond the text.
A loop may run out of its own record into the next ones; a record is understood only if it ends
where it should, and then everything before that lay within it.
"""
