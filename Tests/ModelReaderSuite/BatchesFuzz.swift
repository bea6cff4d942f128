import Foundation
import PeakData
import Support

/// Damaged copies of a `batches.h5`, opened as the tools open one: what comes through the rehearsal is
/// read by this process itself, which would not survive a crash.
struct BatchesFuzz {
  var seed: UInt64
  var bytes: [UInt8]

  func run(count: Int) throws -> Fuzz.Tally {
    var tally = Fuzz.Tally()
    let folder = FileManager.default.temporaryDirectory.path
    let path = "\(folder)/neatms-fuzz-\(getpid())-\(UUID().uuidString).h5"
    defer { unlink(path) }
    for number in 0..<count {
      var damage = ModelDamage(seed: seed, file: UInt32(number), bytes)
      try Data(damage.apply()).write(to: URL(filePath: path))
      let label = "seed \(seed), batches \(number) (\(damage))"
      let start = ContinuousClock.now
      tally.note(Result { try read(path) }, label)
      tally.addTimes(0, (ContinuousClock.now - start) / .seconds(1))
    }
    return tally
  }

  private func read(_ path: String) throws {
    let file = try BatchesFile.openRehearsed(path)
    let rows = BatchesFile.slab(matrixSize: file.header.matrixSize)
    let buffer = AlignedBuffer(count: rows * 2 * file.header.matrixSize)
    for split in Split.allCases {
      for start in stride(from: 0, to: file.count(split), by: rows) {
        let end = min(start + rows, file.count(split))
        try file.readMatrices(split, start..<end, into: buffer.pointer)
      }
      _ = try file.readLabels(split)
    }
  }
}
