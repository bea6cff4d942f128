"""Checks and runs exported networks, for Tests/KerasFileTests and Tests/CommandTests.

    python scripts/python/onnx-run.py FOLDER    (environment onnx)

Every NAME.onnx in the folder goes through ONNX's checker with inference of shapes, and onnxruntime
predicts x.bin with it, into NAME.probabilities.bin. Prints a JSON object with an entry a file.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime


def sizes(value):
    return [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]


def run(path, folder):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    [given], [made] = model.graph.input, model.graph.output
    session = onnxruntime.InferenceSession(
        path, providers=["CPUExecutionProvider"], sess_options=one_thread()
    )
    x = np.fromfile(folder / "x.bin", "float32").reshape(-1, *sizes(given)[1:])
    [probabilities] = session.run(None, {given.name: x})
    probabilities.tofile(folder / f"{path.stem}.probabilities.bin")
    # One peak alone, too: the number of peaks is free.
    [one] = session.run(None, {given.name: x[:1]})
    return {
        "ir": model.ir_version,
        "opset": model.opset_import[0].version,
        "input": [given.name] + [str(n) for n in sizes(given)],
        "output": [made.name] + [str(n) for n in sizes(made)],
        "metadata": {item.key: item.value for item in model.metadata_props},
        "oneDiffers": float(np.abs(one - probabilities[:1]).max()),
    }


def one_thread():
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return options


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    facts = {path.stem: run(path, folder) for path in sorted(folder.glob("*.onnx"))}
    print("\n" + json.dumps(facts))


if __name__ == "__main__":
    main()
