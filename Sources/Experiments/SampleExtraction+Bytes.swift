import PeakData
import Support

extension SampleExtraction {
  /// As bytes for another rank.
  public func encoded() -> [UInt8] {
    var writer = ByteWriter()
    writer.reserve(4 * matrices.count + 8 * outcomes.count + 1024)
    writer.write(outcomes.map(PackedOutcome.init))
    writer.write(matrices)
    run.write(to: &writer)
    return writer.bytes
  }

  /// - Throws: `Failure(.internalError)` for bytes that `encoded` did not make.
  public init(decoding bytes: [UInt8]) throws { try self.init(decoding: bytes[...]) }

  public init(decoding bytes: ArraySlice<UInt8>) throws {
    let received = try ReceivedExtraction(bytes)
    let count = received.matrices.count / MemoryLayout<Float>.stride
    let matrices = [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      received.matrices.withUnsafeBytes {
        UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0)
      }
      filled = count
    }
    self.init(outcomes: received.outcomes, matrices: matrices, run: received.run)
  }
}

/// A raw file's extraction as it came back, with its matrices left where they are: those of a whole
/// experiment are not copied.
struct ReceivedExtraction {
  let outcomes: [PeakMatrixOutcome]
  /// Floats.
  let matrices: ArraySlice<UInt8>
  let run: RunSummary

  /// - Throws: `Failure(.internalError)` for bytes that `SampleExtraction.encoded` did not make.
  init(_ bytes: ArraySlice<UInt8>) throws {
    var reader = ByteReader(bytes)
    outcomes = try reader.readArray(PackedOutcome.self).map { try $0.outcome() }
    matrices = try reader.readBytes(of: Float.self)
    run = try RunSummary(from: &reader)
  }
}

extension RunSummary {
  fileprivate static var counts: [WritableKeyPath<RunSummary, Int>] {
    [
      \.ms1Spectra, \.otherSpectra, \.chromatograms, \.profilesWithoutPeaks, \.misnamedProfiles,
    ]
  }

  fileprivate func write(to writer: inout ByteWriter) {
    for count in Self.counts { writer.write(Int64(self[keyPath: count])) }
    writer.write(Int64(announcedSpectra ?? -1))
    writer.write(times.map { [$0.lowerBound, $0.upperBound] } ?? [])
  }

  fileprivate init(from reader: inout ByteReader) throws {
    self.init()
    for count in Self.counts { self[keyPath: count] = Int(try reader.read(Int64.self)) }
    let announced = Int(try reader.read(Int64.self))
    announcedSpectra = announced < 0 ? nil : announced
    let bounds = try reader.readArray(Double.self)
    if bounds.count == 2, bounds[0] <= bounds[1] { times = bounds[0]...bounds[1] }
  }
}

/// An outcome in two numbers.
private struct PackedOutcome: BitwiseCopyable {
  /// 0 for a valid peak, else 1 + the fault's place among all.
  var fault: Int32
  /// −1 where there is no scan number.
  var scans: Int32

  init(_ outcome: PeakMatrixOutcome) {
    switch outcome {
    case .valid(let scans): (fault, self.scans) = (0, Int32(scans))
    case .invalid(let fault, let scans):
      self.fault = 1 + Int32(PeakMatrixFault.allCases.firstIndex(of: fault) ?? 0)
      self.scans = scans.map(Int32.init) ?? -1
    }
  }

  func outcome() throws -> PeakMatrixOutcome {
    if fault == 0 { return .valid(scans: Int(scans)) }
    let faults = PeakMatrixFault.allCases
    guard (1...faults.count).contains(Int(fault)) else {
      throw Failure(.internalError, "bytes from another rank hold no outcome", found: "\(fault)")
    }
    return .invalid(faults[Int(fault) - 1], scans: scans < 0 ? nil : Int(scans))
  }
}
