import Model
import Support
import Testing

/// Chains that no network can be: each is refused with the layer's name and the reason, and none
/// overflows, whatever sizes a file claims.
@Suite struct ArchitectureCheckTests {
  static let out = Layer("out", .dense(units: 3, activation: .softmax))
  static let flat = Layer("flat", .flatten)

  static func conv(_ filters: Int, _ height: Int, _ width: Int, _ padding: Padding) -> Layer {
    Layer(
      "c",
      .conv2D(
        filters: filters, kernelHeight: height, kernelWidth: width, activation: .relu,
        padding: padding))
  }

  static func dense(_ units: Int, _ activation: Activation = .relu, l2: Float = 0) -> Layer {
    Layer("d", .dense(units: units, activation: activation, l2: l2))
  }

  /// The layers, and what the message must say.
  static let refused: [([Layer], String)] = [
    ([], "no layers"),
    ([dense(4), out], "no Flatten"),
    ([flat, dense(3)], "layer d (Dense) cannot be used: the last layer must be a softmax"),
    ([flat, Layer("d", .dense(units: 1, activation: .softmax))], "at least 2 classes"),
    ([flat, Layer("drop", .dropout(rate: 0.5))], "layer drop (Dropout)"),
    ([flat, dense(3, .softmax), out], "layer d (Dense) cannot be used: only the last"),
    ([flat, conv(2, 1, 1, .same), out], "layer c (Conv2D) cannot be used: it comes after"),
    ([flat, Layer("p", .maxPooling2D(poolWidth: 2)), out], "layer p (MaxPooling2D)"),
    ([flat, dense(4), dense(4), out], "layer d (Dense) cannot be used: another"),
    ([conv(2, 3, 1, .valid), flat, out], "layer c (Conv2D) cannot be used: no point is left"),
    ([conv(2, 1, 21, .valid), flat, out], "no point is left"),
    ([Layer("p", .maxPooling2D(poolWidth: 21)), flat, out], "layer p (MaxPooling2D)"),
    ([Layer("p", .maxPooling2D(poolHeight: 3, poolWidth: 1)), flat, out], "no point is left"),
    ([conv(0, 3, 3, .same), flat, out], "its sizes must be 1 … 1048576: found 0"),
    ([conv(2, -3, 3, .same), flat, out], "found -3"),
    ([conv(.max, .max, .max, .same), flat, out], "its sizes must be"),
    ([conv(1 << 20, 1 << 20, 1 << 20, .same), flat, out], "more than 268435456 parameters"),
    ([conv(1 << 20, 2, 20, .valid), flat, out], "more than 2097152 numbers for one peak"),
    ([conv(1 << 16, 1, 1, .same), flat, out], "layer c (Conv2D) cannot be used: more than"),
    ([conv(1, 1, 1 << 20, .same), flat, out], "its kernel is too large for the image"),
    ([Layer("p", .maxPooling2D(poolWidth: 0)), flat, out], "layer p (MaxPooling2D)"),
    ([flat, dense(.max), out], "layer d (Dense) cannot be used: its sizes"),
    (
      [flat, dense(1 << 20), Layer("e", .dense(units: 1 << 20, activation: .relu)), out], "layer e"
    ),
    ([flat, Layer("drop", .dropout(rate: 1)), out], "its rate must be at least 0 and below 1"),
    ([flat, Layer("drop", .dropout(rate: .nan)), out], "layer drop (Dropout)"),
    ([flat, dense(4, l2: -1), out], "its L2 factor"),
    ([flat, dense(4, l2: .infinity), out], "layer d (Dense)"),
  ]

  @Test(arguments: refused.indices)
  func refusedByName(index: Int) throws {
    let (layers, message) = Self.refused[index]
    let input = SampleShape(height: 2, width: 20, channels: 1)
    let architecture = Architecture(input: input, layers: layers)
    let failure = #expect(throws: Failure.self) {
      _ = try PeakNet(architecture: architecture, maxBatch: 1)
    }
    #expect(failure?.code == .badData)
    #expect(failure?.description.contains(message) == true, "\(failure?.description ?? "none")")
  }

  @Test(arguments: [(0, 20, 1), (2, .max, 1), (.max, .max, .max), (2, -4, 1)])
  func refusesAbsurdInputs(height: Int, width: Int, channels: Int) {
    let input = SampleShape(height: height, width: width, channels: channels)
    let architecture = Architecture(input: input, layers: [Self.flat, Self.out])
    #expect(throws: Failure.self) { try architecture.check() }
  }

  /// Names that Keras 2.15 and 3 write, and one that means something else in each.
  @Test func activationsHaveKerasNames() {
    for activation in Activation.allCases {
      #expect(Activation(kerasName: activation.rawValue) == activation)
    }
    #expect(Activation(kerasName: "silu") == .swish)
    #expect(Activation(kerasName: "ReLU") == .relu)
    #expect(Activation(kerasName: "hard_sigmoid") == nil)
  }
}
