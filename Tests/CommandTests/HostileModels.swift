import Foundation
import KerasFile
import PythonTesting
import Support
import TestTools

/// Model files that mean harm, or are nonsense: `scripts/python/hostile-models.py` makes them out of
/// what a real Keras wrote.
struct HostileModels {
  let folder: TestTools.TemporaryFolder
  /// What the script wrote, in its order.
  let names: [String]

  init() throws {
    folder = try TestTools.TemporaryFolder()
    let model = try KerasFile.read(Self.keras)
    try KerasFile.write(model, to: folder.file("good.h5"))
    try KerasFile.writeZip(model, to: folder.file("good.keras"))
    let printed = try Python.run(
      .keras2, script: "hostile-models.py",
      [folder.file("good.h5"), folder.file("good.keras"), folder.path])
    names = printed.split(separator: "\n").map(String.init)
  }

  /// A small network with its optimizer's state, written by Keras 2.3.1.
  static let keras = packageRoot.appending(path: "Tests/KerasFileTests/Fixtures/keras-2.3.1.h5")
    .path
}

/// Why each file is refused: a piece of the message.
let hostileModelReasons: [String: String] = [
  // Links, and data that lie elsewhere.
  "soft-link.h5": "conv2d_1/kernel:0: is a link, and links are not followed",
  "external-link.h5": "conv2d_1/kernel:0: is a link, and links are not followed",
  "unused-link.h5": "more: is a link, and links are not followed",
  "external-storage.h5": "conv2d_1/kernel:0: keeps its data in another file",
  "virtual.h5": "conv2d_1/kernel:0: keeps its data in another file",
  // Code that is not there, and types that no model has.
  "plugin.h5": "is packed by a filter that is not used here",
  "lzf.h5": "is packed by a filter that is not used here",
  "scale-offset.h5": "is packed by a filter that is not used here",
  "references.h5": "expected numbers or strings, found references",
  "reference-attribute.h5": "attribute more: has a type that is not used here",
  "compound.h5": "found compounds",
  "opaque.h5": "found opaque data",
  "lists.h5": "found lists of variable length",
  "arrays.h5": "found arrays",
  "enumeration.h5": "found an enumeration",
  "strings.h5": "has the wrong type: expected floating-point numbers, found strings",
  "whole-numbers.h5":
    "has the wrong type: expected floating-point numbers, found 32-bit integers",
  "named-type.h5": "more: is of a kind that no model has",
  // Shapes and numbers of things.
  "never-written.h5": "says that it holds more than is in the file",
  "endless.h5": "says that it holds more than is in the file",
  "overflow.h5": "conv2d_1/kernel:0: is too large",
  "large-chunk.h5": "is stored in pieces larger than itself",
  "one-axis.h5": "has the wrong shape",
  "many-groups.h5": "has more parts than any model",
  "deep.h5": "has groups inside groups without end",
  "circle.h5": "has groups inside groups without end",
  "long-attribute.h5": "attribute more: is too large",
  // Values.
  "nan.h5": "conv2d_1/kernel:0, value 74: holds a value that is not finite: found nan",
  "infinite.h5": "conv2d_1/kernel:0, value 74: holds a value that is not finite: found inf",
  "nan-moment.h5": "holds a value that is not finite: found nan",
  "negative-step.h5": "is not a step count",
  "endless-rate.h5": "training_config: the optimizer's learning_rate is not a number that can be",
  "nan-margin.h5": "neatms_margin: the margin makes no sense: expected 0 … 1000, found nan",
  "endless-margin.h5": "neatms_margin: the margin makes no sense: expected 0 … 1000, found inf",
  "negative-scans.h5":
    "neatms_min_scan_num: the minimum number of scans makes no sense: expected at least 0",
  "twice.h5": "neatms_classes: a class is listed twice: expected every name once, found a in a, a",
  "class-escape.h5":
    "neatms_classes: has a name with characters that cannot be shown: found b?[2J",
  "unnamed-class.h5": "neatms_classes: class 0 has no name",
  // What the network is said to be.
  "lambda.h5": "layer extra: expected Conv2D, MaxPooling2D",
  "custom-layer.h5": "layer extra: expected a layer of Keras's own, found Custom>MyLayer",
  "registered.h5": "layer dense_1: expected a layer of Keras's own",
  "module.h5": "layer dense_1: expected a layer of Keras's own, found os.Dense",
  "custom-activation.h5": "found \"mine>activation\"",
  "custom-constraint.h5": "layer dense_1: kernel_constraint: expected none",
  "wide.h5": "layer dense_1 (Dense) cannot be used",
  "long.h5": "the input has no usable shape",
  "large-kernel.h5": "layer conv2d_1 (Conv2D) cannot be used",
  "negative.h5": "layer conv2d_1: filters: expected at least 1, found -4",
  "not-json.h5": "model_config: is damaged: expected JSON",
  "deep-json.h5": "model_config: is damaged: expected JSON",
  "not-text.h5": "attribute model_config: has the wrong type",
  "layer-escape.h5": "has a name with characters that cannot be shown: found a?[2J",
  "leaky.h5": "layer extra: negative_slope: expected 0, found 0.1",
  "capped.h5": "layer extra: max_value: expected none, found 6",
  "other-axis.h5": "layer extra: axis: expected -1, found 1",
  "escape.h5": "has a name with characters that cannot be shown: found ?]0;owned??[2J",
  "turned-around.h5": "has a name with characters that cannot be shown: found ?gnp.exe",
  // Not whole, or larger than it looks.
  "bomb.h5": "of memory",
  "empty.h5": "is not an HDF5 file",
  "signature.h5": "is damaged or cut short",
  "half.h5": "HDF5 says: truncated file",
  "tail.h5": "is damaged or cut short",
  // Zip files.
  "lambda.keras": "layer conv2d_1: expected Conv2D, MaxPooling2D",
  "module.keras": "layer conv2d_1: expected a layer of Keras's own, found mine>Conv2D",
  "soft-link.keras": "model.weights.h5, more: is a link, and links are not followed",
  "external-storage.keras": "model.weights.h5, more: keeps its data in another file",
  "no-config.keras": "config.json: is missing",
  "bomb.keras": "of memory",
  "long-config.keras": "config.json: is too large",
  "not-hdf5.keras": "model.weights.h5: is not an HDF5 file",
  "bzip2.keras": "is packed in a way that is not read here",
  "shifted.keras": "is a zip file with other bytes before it",
  "negative-margin.keras":
    "metadata.json, neatms_margin: the margin makes no sense: expected 0 … 1000, found -1.0",
  "endless-rate.keras": "compile_config: the optimizer's learning_rate is not a number that can",
  "twice.keras": "config.json: is there more than once",
]
