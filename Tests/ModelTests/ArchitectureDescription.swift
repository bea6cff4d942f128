import Model

/// The layers as the fixture files keep them (`scripts/python/keras_network.py`).
struct ArchitectureDescription: Decodable {
  struct LayerDescription: Decodable {
    let name: String
    let className: String
    let filters: Int?
    let kernelHeight: Int?
    let kernelWidth: Int?
    let activation: String?
    let poolWidth: Int?
    let units: Int?
    let l2: Float?
    let rate: Float?
    let padding: Padding?
    let poolHeight: Int?
    let useBias: Bool?
    let trainable: Bool?
  }

  struct Incomplete: Error { let layer: String }

  let matrixSize: Int
  let layers: [LayerDescription]

  func architecture() throws -> Architecture {
    Architecture(
      input: SampleShape(height: 2, width: matrixSize, channels: 1),
      layers: try layers.map {
        Layer($0.name, try Self.kind($0), trainable: $0.trainable ?? true)
      })
  }

  static func kind(_ layer: LayerDescription) throws -> Layer.Kind {
    let activation = layer.activation.flatMap(Activation.init(rawValue:))
    let useBias = layer.useBias ?? true
    switch layer.className {
    case "Flatten": return .flatten
    case "Conv2D":
      if let filters = layer.filters, let height = layer.kernelHeight,
        let width = layer.kernelWidth, let activation
      {
        return .conv2D(
          filters: filters, kernelHeight: height, kernelWidth: width, activation: activation,
          padding: layer.padding ?? .same, useBias: useBias, l2: layer.l2 ?? 0)
      }
    case "MaxPooling2D":
      if let width = layer.poolWidth {
        return .maxPooling2D(
          poolHeight: layer.poolHeight ?? 1, poolWidth: width, padding: layer.padding ?? .valid)
      }
    case "Dense":
      if let units = layer.units, let activation {
        return .dense(units: units, activation: activation, l2: layer.l2 ?? 0, useBias: useBias)
      }
    case "Dropout":
      if let rate = layer.rate { return .dropout(rate: rate) }
    case "Activation":
      if let activation { return .activation(activation) }
    default: break
    }
    throw Incomplete(layer: layer.name)
  }
}
