/// Matrices where the raw files' extractions left them: those of a whole experiment are not copied.
struct PreparedMatrices: Sendable {
  /// A raw file, and the matrix's place among those of the file.
  struct Place: Sendable {
    var file: Int32
    var slot: Int32
  }

  /// The floats of each raw file's matrices.
  let files: [ArraySlice<UInt8>]
  /// Floats of a matrix.
  let length: Int
  var places: [Place] = []

  init(files: [ArraySlice<UInt8>], length: Int) {
    self.files = files
    self.length = length
  }

  /// Copies matrices one behind another.
  func copy(_ indices: ArraySlice<Int>, to target: UnsafeMutablePointer<Float>) {
    let bytes = length * MemoryLayout<Float>.stride
    var next = UnsafeMutableRawPointer(target)
    for index in indices {
      let start = Int(places[index].slot) * bytes
      files[Int(places[index].file)].withUnsafeBytes { file in
        UnsafeMutableRawBufferPointer(start: next, count: bytes)
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: file[start..<(start + bytes)]))
      }
      next += bytes
    }
  }
}
