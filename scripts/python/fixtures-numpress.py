"""Writes Tests/PeakDataTests/Fixtures/numpress.json: arrays that the reference implementation of
MS-Numpress encodes, and what it decodes them to.

    "$(scripts/venv.sh numpress)" scripts/python/fixtures-numpress.py [FILE]

One entry a case: `name`, `method` (linear, pic or slof), `encoded` (base64 of its bytes) and `decoded`
(base64 of 64-bit floats, lowest byte first).
"""

import base64
import json
import pathlib
import sys

import numpy as np
import pynumpress

draw = np.random.default_rng(11)


def cases():
    for count in (1, 2, 3, 4, 17, 300):
        # The reference does not decode a single value of linear.
        if count > 1:
            yield f"{count} m/z values", "linear", np.sort(draw.uniform(50, 2000, count))
        yield f"{count} intensities", "pic", np.exp(draw.uniform(0, 18, count))
        yield f"{count} intensities", "slof", np.exp(draw.uniform(0, 18, count))
    yield "unsorted", "linear", draw.uniform(50, 2000, 60)
    yield "evenly spaced", "linear", np.linspace(100, 200, 50)
    yield "zeros between", "pic", np.where(np.arange(61) % 3 == 0, 250_000.0, 0.0)
    yield "zeros between", "slof", np.where(np.arange(61) % 3 == 0, 250_000.0, 0.0)
    yield "the largest", "pic", np.array([0, 1, 15, 16, 255, 2.0**28 - 1, 2.0**31 - 2])


def encode(method, values):
    if method == "linear":
        return pynumpress.encode_linear(values, pynumpress.optimal_linear_fixed_point(values))
    if method == "slof":
        return pynumpress.encode_slof(values, pynumpress.optimal_slof_fixed_point(values))
    return pynumpress.encode_pic(values)


def entry(name, method, values):
    data = np.asarray(encode(method, values), np.uint8)
    decoded = np.asarray(getattr(pynumpress, f"decode_{method}")(data), "<f8")
    assert len(decoded) == len(values), (name, method)
    text = [base64.b64encode(part).decode() for part in (data.tobytes(), decoded.tobytes())]
    return {"name": name, "method": method, "encoded": text[0], "decoded": text[1]}


if __name__ == "__main__":
    root = pathlib.Path(__file__).resolve().parents[2]
    default = root / "Tests/PeakDataTests/Fixtures/numpress.json"
    out = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    lines = [json.dumps(entry(*case)) for case in cases()]
    out.write_text("[\n" + ",\n".join(lines) + "\n]\n")
