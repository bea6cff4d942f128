import HDF5
import Support

/// One tensor of a file, with the names and the shape it has there.
public struct KerasTensor: Sendable, Equatable {
  /// The layer's name, or its group where the file does not name layers.
  public var layer: String
  /// The tensor's name within the layer's group: `conv2d_1/kernel:0`; `0` in Keras 3's layout.
  public var name: String
  public var shape: [Int]
  /// Row by row.
  public var values: [Float]
}

extension KerasFile {
  /// All weights in a file, layer by layer as the file lists them, whatever network they belong to:
  /// what `get_weights` would give.
  /// - Throws: `Failure`, as `read`, except that no network is refused and values may be anything.
  public static func tensors(_ path: String) throws -> [KerasTensor] {
    if ZipArchive.starts(path) {
      let name = "model.weights.h5"
      let bytes = try ZipArchive.open(path).bytes(of: name, limit: 4 << 30)
      return try tensors(H5File(image: bytes, named: "\(path), \(name)").root, path)
    }
    return try tensors(H5File(reading: path, as: "Keras model (.h5 or .keras)").root, path)
  }

  private static func tensors(_ root: borrowing H5Group, _ path: String) throws -> [KerasTensor] {
    let isWhole = try root.kind("model_weights") == .group
    let layers =
      try isWhole
      ? WeightsOnly.layers(root.group("model_weights")) : WeightsOnly.layers(root)
    guard let layers else {
      throw Failure(.badData, "is HDF5, but not a Keras model", at: path, expected: "weights")
    }
    return layers.flatMap(\.tensors)
  }
}
