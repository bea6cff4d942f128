import Support

/// A graph of ONNX operators under construction: the fields of `onnx.proto` (version 8 of the
/// intermediate representation) that a chain of layers needs.
struct ONNXGraph {
  /// An attribute of an operator.
  enum Attribute {
    case int(Int)
    case ints([Int])
    case float(Float)
  }

  static let irVersion = 8
  /// The version of the operators: the first in which Softmax has its present meaning.
  static let opset = 13

  private var nodes: [ProtocolBuffer] = []
  private var initializers: [ProtocolBuffer] = []

  /// Adds an operator with one output.
  /// - Parameter name: of the operator and of its output.
  /// - Returns: the output's name.
  mutating func add(
    _ type: String, _ name: String, _ inputs: [String],
    _ attributes: [(name: String, value: Attribute)] = []
  ) -> String {
    // NodeProto: input 1, output 2, name 3, op_type 4, attribute 5.
    nodes.append(
      .message { node in
        for input in inputs { node.add(1, input) }
        node.add(2, name)
        node.add(3, name)
        node.add(4, type)
        for attribute in attributes { node.add(5, Self.message(attribute.name, attribute.value)) }
      })
    return name
  }

  /// Adds a constant.
  /// - Returns: its name.
  mutating func add(_ name: String, _ values: [Float], shape: [Int]) -> String {
    // TensorProto: dims 1, data_type 2 (1: float), name 8, raw_data 9 (little-endian).
    initializers.append(
      .message { tensor in
        for length in shape { tensor.add(1, length) }
        tensor.add(2, 1)
        tensor.add(8, name)
        tensor.add(9, values.withUnsafeBytes { Array($0) })
      })
    return name
  }

  /// AttributeProto: name 1, f 2, i 3, ints 8, type 20 (1: float, 2: int, 7: ints).
  private static func message(_ name: String, _ value: Attribute) -> ProtocolBuffer {
    .message { attribute in
      attribute.add(1, name)
      switch value {
      case .float(let number):
        attribute.add(2, number)
        attribute.add(20, 1)
      case .int(let number):
        attribute.add(3, number)
        attribute.add(20, 2)
      case .ints(let numbers):
        for number in numbers { attribute.add(8, number) }
        attribute.add(20, 7)
      }
    }
  }

  /// The whole file.
  /// - Parameters:
  ///   - facts: shown by tools as the model's metadata.
  func model(
    name: String, input: (name: String, shape: [Int]), output: (name: String, shape: [Int]),
    producerVersion: String, facts: [(key: String, value: String)]
  ) -> [UInt8] {
    // GraphProto: node 1, name 2, initializer 5, input 11, output 12.
    let graph = ProtocolBuffer.message { graph in
      for node in nodes { graph.add(1, node) }
      graph.add(2, name)
      for tensor in initializers { graph.add(5, tensor) }
      graph.add(11, Self.value(input.name, input.shape))
      graph.add(12, Self.value(output.name, output.shape))
    }
    // ModelProto: ir_version 1, producer_name 2, producer_version 3, graph 7, opset_import 8
    // (domain 1, version 2), metadata_props 14 (key 1, value 2).
    return ProtocolBuffer.message { model in
      model.add(1, Self.irVersion)
      model.add(2, "neatms-dist")
      model.add(3, producerVersion)
      model.add(7, graph)
      model.add(
        8,
        .message {
          $0.add(1, "")
          $0.add(2, Self.opset)
        })
      for fact in facts {
        model.add(
          14,
          .message {
            $0.add(1, fact.key)
            $0.add(2, fact.value)
          })
      }
    }.bytes
  }

  /// ValueInfoProto: name 1, type 2 {tensor_type 1 {elem_type 1 (1: float), shape 2 {dim 1
  /// {dim_value 1 or dim_param 2}}}}. The first axis, the number of peaks, is free.
  private static func value(_ name: String, _ lengths: [Int]) -> ProtocolBuffer {
    let shape = ProtocolBuffer.message { shape in
      shape.add(1, .message { $0.add(2, "N") })
      for length in lengths { shape.add(1, .message { $0.add(1, length) }) }
    }
    let tensor = ProtocolBuffer.message {
      $0.add(1, 1)
      $0.add(2, shape)
    }
    return .message {
      $0.add(1, name)
      $0.add(2, .message { $0.add(1, tensor) })
    }
  }
}
