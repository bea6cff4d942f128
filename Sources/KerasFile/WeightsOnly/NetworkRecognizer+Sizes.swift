import Model

extension NetworkRecognizer {
  /// Whether every layer takes as many channels as the one before it gives.
  func checkShapes(_ layers: [Found]) throws {
    var channels = 1
    var isFlat = false
    for (layer, tensors) in layers {
      guard let kernel = tensors.first?.shape else {
        if layer.kind == .flatten { isFlat = true }
        continue
      }
      // The first dense layer's rows tell the matrix size.
      if !isFlat || kernel.count == 4, kernel[kernel.count - 2] != channels {
        throw refuse(
          "layer \(layer.name): its kernel", "\(channels) channels in",
          "\(kernel[kernel.count - 2]), by the shape \(kernel)")
      }
      channels = kernel[kernel.count - 1]
      isFlat = false
    }
  }

  /// The points of a matrix row, from the rows of the first dense layer's kernel: 2 rows × points
  /// after pooling × channels. Pooling by 2 drops an odd last point, so that more than one size may
  /// fit.
  func matrixSize(_ layers: [Found], wanted: Int?) throws -> (chosen: Int, other: ClosedRange<Int>?)
  {
    var channels = 1
    var spare = 1
    for (layer, tensors) in layers {
      switch layer.kind {
      case .conv2D(let conv): channels = conv.filters
      case .maxPooling2D: spare = min(spare * 2, 1 << 21)
      case .dense:
        let rows = tensors.first?.shape.first ?? 0
        guard rows % (2 * channels) == 0, rows > 0, spare <= 1 << 20 else {
          throw refuse(
            "layer \(layer.name): its kernel",
            "rows for 2 × points × \(channels) channels, as after peak matrices", "\(rows)")
        }
        let points = rows / (2 * channels)
        let fitting = (points * spare)...((points + 1) * spare - 1)
        let chosen = wanted.flatMap { fitting.contains($0) ? $0 : nil } ?? fitting.lowerBound
        return (chosen, fitting.count > 1 && chosen != wanted ? fitting : nil)
      case .flatten, .dropout, .activation: break
      }
    }
    throw refuse("its layers", "at least one dense layer", "none")
  }

  /// What the user is told.
  func assumption(_ architecture: Architecture, otherSize: ClosedRange<Int>?) -> String {
    let size = architecture.matrixSize
    let sizes = otherSize.map { " (\($0.lowerBound) to \($0.upperBound) would fit as well)" } ?? ""
    return "\(path) holds weights only: the network is taken to be like NeatMS's "
      + "(relu, padding \"same\", pooling by (1, 2), L2 0.001 on the first dense layer, dropout 0.5, "
      + "softmax), with a matrix size of \(size)\(sizes)."
  }
}
