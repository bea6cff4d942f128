import Foundation
import HDF5
import KerasFile
import Model
import Support
import Testing

/// A device that is always full. Nothing may crash, neither here nor when the tests end.
@Suite("HDF5 files on a full disk")
struct FullDiskTests {
  @Test("A file made in memory")
  func inMemory() throws {
    let failure = failure {
      try H5File.create("/dev/full") { try $0.write("x", [Float](repeating: 1, count: 100_000)) }
    }
    #expect(failure?.code == .inputOutput && failure?.place == "/dev/full")
    #expect(failure?.found == "No space left on device")
  }

  @Test("A file made in place")
  func inPlace() throws {
    let failure = failure {
      try H5File.createInPlace("/dev/full") {
        try $0.write("x", [Float](repeating: 1, count: 100_000))
      }
    }
    // The library writes the file's head at once.
    #expect(failure?.code == .cannotCreate)
    #expect(failure?.place?.hasPrefix("/dev/full") == true)
    #expect(failure?.found == "No space left on device")
  }

  @Test("Both ways give a file with the same values")
  func same() throws {
    let folder = FileManager.default.temporaryDirectory.path
    let paths = (0..<2).map { _ in "\(folder)/same-\(UUID().uuidString).h5" }
    defer { for path in paths { try? FileManager.default.removeItem(atPath: path) } }
    let values = (0..<3_000_000).map(Float.init)
    try H5File.create(paths[0]) { try $0.write("x", values) }
    try H5File.createInPlace(paths[1]) { try $0.write("x", values) }
    for path in paths {
      #expect(try H5File(reading: path).root.dataset("x").values(as: Float.self) == values)
    }
  }
}
