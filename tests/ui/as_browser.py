"""What Python sends to the player, read as the browser reads it."""

import json

import numpy as np


def decode(content):
    raw = bytes(8) + content  # eight bytes come in front, for where to open
    length = int.from_bytes(raw[8:12], "little")
    header = json.loads(raw[12 : 12 + length])
    arrays = {}
    for name, described in header["arrays"].items():
        start = 12 + length + described["offset"]
        assert start % 8 == 0, "typed arrays in the browser must begin at a multiple of eight"
        count = int(np.prod(described["shape"]))
        arrays[name] = np.frombuffer(raw, described["type"], count, start).reshape(described["shape"])
    return header, arrays


def unfold(header, arrays):
    """The responsibilities, as the browser adds up the changes."""
    flat = np.zeros((header["steps"] + 1) * header["n"] * header["k"], np.uint8)
    flat[np.cumsum(arrays["gaps"].astype(int) + 1) - 1] = arrays["changes"]
    return np.cumsum(flat.reshape(header["steps"] + 1, header["n"], -1), axis=0, dtype=np.uint8)
