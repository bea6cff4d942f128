import Foundation
import HDF5
import PeakData
import PythonTesting
import Support
import Testing

@Suite("Bad batches.h5: what, where and the exit code")
struct BatchesFileBadInputTests {
  /// Parts of a file that a test may spoil.
  struct Parts {
    var format: String? = "neatms-batches"
    var version: Int64? = 1
    var matrixSize: Int64? = 4
    var classes: [String]? = ["A", "B"]
    var groups = ["train", "test", "validation"]
    var count = 3
    var shape = [3, 2, 4]
    var labels: [Int32] = [0, 1, 0]
    var ids = ["a", "b", "c"]
    var bad: (index: Int, value: Float)?
  }

  /// Writes a file, opens it and reads everything.
  func outcome(_ parts: Parts) throws -> Failure? {
    let folder = try TemporaryFolder()
    try H5File.create(folder.path("b.h5")) { root in
      if let format = parts.format { try root.set(attribute: "format", format) }
      if let version = parts.version { try root.set(attribute: "version", version) }
      if let size = parts.matrixSize { try root.set(attribute: "matrix_size", size) }
      if let classes = parts.classes { try root.set(attribute: "classes", classes) }
      for name in parts.groups {
        let group = try root.createGroup(name)
        var values = [Float](repeating: 0.5, count: parts.shape.reduce(1, *))
        if let bad = parts.bad, name == "test" { values[bad.index] = bad.value }
        try group.write("x", values, shape: parts.shape)
        try group.write("y", parts.labels)
        try group.write("id", parts.ids)
      }
    }
    var found = failure {
      let file = try BatchesFile(path: folder.path("b.h5"))
      for split in Split.allCases {
        var values = [Float](repeating: 0, count: file.count(split) * 8)
        try file.readMatrices(split, 0..<file.count(split), into: &values)
        _ = try file.readLabels(split)
        _ = try file.readIDs(split)
      }
    }
    if let place = found?.place {
      found?.place = place.replacingOccurrences(of: folder.path("b.h5"), with: "b.h5")
    }
    return found
  }

  @Test("A whole file is fine") func fine() throws { #expect(try outcome(Parts()) == nil) }

  static let cases: [(String, @Sendable (inout Parts) -> Void, place: String, text: String)] = [
    ("foreign", { $0.format = nil }, "b.h5", "not a batches file"),
    ("format", { $0.format = "other" }, "b.h5", "found \"other\""),
    ("no version", { $0.version = nil }, "b.h5", "version is missing"),
    ("version", { $0.version = 2 }, "b.h5, attribute version", "expected 1, found 2"),
    ("no size", { $0.matrixSize = nil }, "b.h5", "matrix_size is missing"),
    ("size", { $0.matrixSize = 5 }, "b.h5, train/x", "(3, 2, 5), found (3, 2, 4)"),
    ("size 0", { $0.matrixSize = 0 }, "b.h5, attribute matrix_size", "found 0"),
    ("no classes", { $0.classes = nil }, "b.h5", "classes is missing"),
    ("one class", { $0.classes = ["A"] }, "b.h5, attribute classes", "at least 2"),
    ("twice", { $0.classes = ["A", "A"] }, "b.h5, attribute classes", "listed twice"),
    ("unsorted", { $0.classes = ["B", "A"] }, "b.h5, attribute classes", "expected A, B"),
    ("unnamed", { $0.classes = ["", "A"] }, "b.h5, attribute classes", "class 0 has no name"),
    ("no group", { $0.groups.removeLast() }, "b.h5, validation", "is missing"),
    ("axes", { $0.shape = [3, 8] }, "b.h5, train/x", "found (3, 8)"),
    ("rows", { $0.shape = [3, 4, 2] }, "b.h5, train/x", "found (3, 4, 2)"),
    ("fewer y", { $0.labels = [0, 1] }, "b.h5, train/y", "shape (3,), found shape (2,)"),
    ("fewer id", { $0.ids = ["a"] }, "b.h5, train/id", "shape (3,), found shape (1,)"),
    ("NaN", { $0.bad = (9, .nan) }, "b.h5, test/x, row 1, intensity, point 1", "found nan"),
    ("inf", { $0.bad = (23, .infinity) }, "b.h5, test/x, row 2, window, point 3", "found inf"),
    ("class", { $0.labels = [0, 1, 2] }, "b.h5, train/y, row 2", "expected 0 … 1 (A, B), found 2"),
    ("negative", { $0.labels = [-1, 1, 0] }, "b.h5, train/y, row 0", "found -1"),
    ("empty", { ($0.shape, $0.labels, $0.ids) = ([0, 2, 4], [], []) }, "b.h5, train", "is empty"),
  ]

  @Test("Each fault is named with its place", arguments: cases.indices)
  func fault(_ index: Int) throws {
    let (name, spoil, place, text) = Self.cases[index]
    var parts = Parts()
    spoil(&parts)
    let found = try outcome(parts)
    #expect(found?.code == .badData, "\(name)")
    #expect(found?.place == place, "\(name)")
    #expect(found?.description.contains(text) == true, "\(name): \(found?.description ?? "fine")")
  }

  @Test("Missing, a folder, not HDF5, cut short")
  func unreadable() throws {
    let folder = try TemporaryFolder()
    func open(_ name: String) -> Failure? {
      failure { _ = try BatchesFile(path: folder.path(name)) }
    }
    #expect(open("none.h5")?.code == .missingInput)
    #expect(open("none.h5")?.what == "no such file")
    #expect(open("")?.code == .missingInput)
    try Data("sample,label\n".utf8).write(to: folder.url.appendingPathComponent("text.h5"))
    #expect(open("text.h5")?.code == .badData)
    #expect(open("text.h5")?.what == "is not an HDF5 file")
    let path = folder.path("whole.h5")
    try BatchesWriter.write(BatchesFileTests.Memory(), to: path)
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    for part in [1000, whole.count / 2, whole.count - 1] {
      try whole.prefix(part).write(to: folder.url.appendingPathComponent("cut.h5"))
      #expect(open("cut.h5")?.code == .badData, "\(part)")
      #expect(open("cut.h5")?.what == "is damaged or cut short", "\(part)")
    }
  }
}
