import Foundation
import Model
import PythonTesting
import Testing

@Suite("The table of model.summary()")
struct SummaryTests {
  static func printed(_ name: String) throws -> [String] {
    let text = try String(contentsOf: fixtures.appendingPathComponent(name), encoding: .utf8)
    return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
  }

  static func named(_ matrixSize: Int, _ classCount: Int) -> Architecture {
    var architecture = Architecture.neatMS(matrixSize: matrixSize, classCount: classCount)
    architecture.name = "NeatMS_Model"
    return architecture
  }

  @Test("Line by line what Keras 2.3.1 printed", arguments: [(120, 3), (61, 2)])
  func lines(_ size: Int, _ classes: Int) throws {
    let expected = try Self.printed("summary-\(size)-\(classes).txt")
    #expect(ModelSummary(Self.named(size, classes)).lines == expected)
  }

  @Test("The table of NeatMS's documentation: 1,002,883 parameters")
  func documentation() throws {
    let lines = ModelSummary(Self.named(120, 3)).lines.map {
      $0.split(separator: " ").joined(separator: " ")
    }
    for row in [
      "input_1 (InputLayer) (None, 2, 120, 1) 0", "conv2d_1 (Conv2D) (None, 2, 120, 32) 832",
      "max_pooling2d_1 (MaxPooling2 (None, 2, 60, 32) 0",
      "conv2d_2 (Conv2D) (None, 2, 60, 64) 18496", "flatten_1 (Flatten) (None, 7680) 0",
      "dense_1 (Dense) (None, 128) 983168", "dropout_1 (Dropout) (None, 128) 0",
      "dense_prediction (Dense) (None, 3) 387", "Total params: 1,002,883",
    ] { #expect(lines.contains(row)) }
  }

  @Test("Frozen layers count as not trainable, as in Keras")
  func frozen() throws {
    let frozen: Set = ["input_1", "conv2d_1", "max_pooling2d_1", "conv2d_2"]
    let summary = ModelSummary(Self.named(120, 3), frozen: frozen)
    #expect(summary.lines == (try Self.printed("summary-frozen.txt")))
  }

  @Test(
    "The column Trainable says what Keras 2.15 says",
    .enabled(if: Python.isWanted, "NEATMS_SKIP_PYTHON=1"))
  func trainable() throws {
    let code = """
      import sys; sys.path.insert(0, "scripts/python")
      import keras_network
      m = keras_network.build(keras_network.neatms())
      for layer in m.layers[:4]: layer.trainable = False
      m.summary(line_length=65, show_trainable=True)
      """
    let theirs = try Python.run(.keras2, code: code).split(separator: "\n").map(String.init)
    let frozen: Set = ["input_1", "conv2d_1", "max_pooling2d_1", "conv2d_2"]
    let summary = ModelSummary(Self.named(120, 3), frozen: frozen, showsTrainable: true)
    // Keras 2.15 spaces its table otherwise: compared are the fields of each layer.
    let layers = ["input_1"] + summary.architecture.layers.map(\.name)
    for layer in layers {
      let row = try #require(theirs.first { $0.contains(" \(layer) (") })
      let ours = try #require(summary.lines.first { $0.hasPrefix("\(layer) (") })
      let fields = [row, ours].map { $0.split(separator: " ").suffix(2) }
      #expect(fields[0] == fields[1], "\(layer)")
    }
    #expect(summary.lines.dropFirst().prefix(16).allSatisfy { $0.count == 76 })
    #expect(summary.lines[2].hasSuffix("Param #   Trainable  "))
    #expect(theirs.contains { $0.hasSuffix("Param #   Trainable  ") })
  }
}
