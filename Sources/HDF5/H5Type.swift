import CHDF5

/// The type of a dataset's or attribute's elements in the file.
public enum H5Type: Sendable, Equatable, CustomStringConvertible {
  /// Sizes in bytes.
  case integer(size: Int)
  case float(size: Int)
  case string
  /// h5py's bool.
  case bool
  /// Compounds, references, opaque data: not read.
  case other

  public var description: String {
    switch self {
    case .integer(let size): "\(size * 8)-bit integers"
    case .float(let size): "\(size * 8)-bit floats"
    case .string: "strings"
    case .bool: "booleans"
    case .other: "values of a compound or other type"
    }
  }

  /// Integers, floats and booleans: readable as any `H5Element`.
  public var isNumeric: Bool {
    switch self {
    case .integer, .float, .bool: true
    case .string, .other: false
    }
  }

  public var isInteger: Bool {
    switch self {
    case .integer, .bool: true
    case .float, .string, .other: false
    }
  }

  init(_ code: Int32, size: Int) {
    self =
      switch UInt32(bitPattern: code) {
      case CHDF5_CLASS_INTEGER.rawValue: .integer(size: size)
      case CHDF5_CLASS_FLOAT.rawValue: .float(size: size)
      case CHDF5_CLASS_STRING.rawValue: .string
      case CHDF5_CLASS_BOOL.rawValue: .bool
      default: .other
      }
  }
}

/// A number type of memory buffers; the library converts from and to the file's type.
public protocol H5Element: BitwiseCopyable, Numeric {
  /// The shim's code of the type.
  static var h5Code: UInt32 { get }
}

extension H5Element {
  static var shimType: chdf5_type { chdf5_type(rawValue: h5Code) }
}

extension Float: H5Element {
  public static var h5Code: UInt32 { CHDF5_FLOAT32.rawValue }
}
extension Double: H5Element {
  public static var h5Code: UInt32 { CHDF5_FLOAT64.rawValue }
}
extension Int32: H5Element {
  public static var h5Code: UInt32 { CHDF5_INT32.rawValue }
}
extension Int64: H5Element {
  public static var h5Code: UInt32 { CHDF5_INT64.rawValue }
}
extension UInt8: H5Element {
  public static var h5Code: UInt32 { CHDF5_UINT8.rawValue }
}
extension UInt64: H5Element {
  public static var h5Code: UInt32 { CHDF5_UINT64.rawValue }
}
