import Collectives
import Foundation
import PeakData
import Support

/// A raw file and what is wanted of it.
public struct RawFileTask: Sendable {
  public var sample: String
  public var path: String
  public var windows: [PeakWindow]

  public init(sample: String, path: String, windows: [PeakWindow]) {
    self.sample = sample
    self.path = path
    self.windows = windows
  }

  /// The file's name without its folder.
  var name: String { path.split(separator: "/").last.map(String.init) ?? path }
}

/// A raw file that could not be read and was left out.
public struct SkippedFile: Sendable, Equatable {
  /// Index of the task.
  public var task: Int
  public var failure: Failure

  public init(task: Int, failure: Failure) {
    self.task = task
    self.failure = failure
  }
}

extension [SkippedFile] {
  /// Nothing comes of an experiment of which no file can be read.
  /// - Throws: `Failure(.badData)` where all of `tasks` were left out.
  func refuse(ifAllOf tasks: [RawFileTask], in folder: String) throws {
    guard let first, count == tasks.count else { return }
    throw Failure(
      .badData, "no raw file could be read", at: folder,
      found: "\(count) bad file\(count == 1 ? "" : "s"), the first \(first.failure)")
  }
}

/// Reads many raw files, each on whichever rank is free, largest first. What comes out does not
/// depend on the number of ranks.
public struct RawFilePass {
  let world: any Communicator
  let console: Console
  let skipBadFiles: Bool

  /// - Parameter skipBadFiles: a file that cannot be read is named in a warning and left out; else
  ///   it ends the job.
  public init(world: any Communicator, console: Console, skipBadFiles: Bool) {
    self.world = world
    self.console = console
    self.skipBadFiles = skipBadFiles
  }

  /// Collective.
  ///
  /// - Parameters:
  ///   - tasks: looked at on rank 0 only.
  ///   - rule: the same on every rank.
  ///   - work: on the rank that read a file, makes the bytes that rank 0 gets. It calls `poll` every
  ///     few milliseconds, so that rank 0 serves the others meanwhile, and lets what that throws
  ///     pass.
  ///   - collect: on rank 0, takes each file's bytes, in the order in which the files are done. What
  ///     it keeps of them is not copied.
  /// - Returns: on rank 0, the files left out, by task; nothing on the others.
  /// - Throws: the same `AgreedFailure` on every rank: for a file that cannot be read, unless such
  ///   files are skipped, what the reader says; and what `work` or `collect` throw.
  public func run(
    _ tasks: [RawFileTask], rule: PeakMatrixRule,
    work: (SampleExtraction, _ poll: () throws -> Void) throws -> [UInt8],
    collect: (_ task: Int, _ result: ArraySlice<UInt8>) throws -> Void
  ) throws -> [SkippedFile] {
    let order = world.rank == 0 ? largestFirst(tasks) : []
    var progress = RawFileProgress(console, tasks)
    var skipped: [SkippedFile] = []
    try world.farm(
      count: order.count, task: { RawFileMessage.encode(tasks[order[$0]]) },
      work: { _, bytes, poll in
        let task = try RawFileMessage.decodeTask(bytes)
        let start = ContinuousClock.now
        var report = RawFileMessage.Report(rank: world.rank)
        var result = try self.result(task, rule, work, poll, &report)
        report.seconds = (ContinuousClock.now - start) / .seconds(1)
        RawFileMessage.append(report, to: &result)
        return result
      },
      collect: { index, bytes in
        let task = order[index]
        let (result, report) = try RawFileMessage.decode(bytes)
        if let failure = report.failure {
          guard skipBadFiles else { throw failure.of(rank: report.rank) }
          skipped.append(SkippedFile(task: task, failure: failure))
          progress.skipped(task, failure)
        } else {
          try collect(task, result)
          progress.done(task, report.seconds, report.remark)
        }
      })
    if world.rank == 0 { progress.end() }
    return skipped.sorted { $0.task < $1.task }
  }

  /// The same with work that is short, or cannot be interrupted.
  public func run(
    _ tasks: [RawFileTask], rule: PeakMatrixRule, work: (SampleExtraction) throws -> [UInt8],
    collect: (_ task: Int, _ result: ArraySlice<UInt8>) throws -> Void
  ) throws -> [SkippedFile] {
    try run(tasks, rule: rule, work: { extraction, _ in try work(extraction) }, collect: collect)
  }

  /// What `work` makes of a file; nothing where the file cannot be read, which the report says.
  private func result(
    _ task: RawFileTask, _ rule: PeakMatrixRule,
    _ work: (SampleExtraction, _ poll: () throws -> Void) throws -> [UInt8],
    _ poll: () throws -> Void, _ report: inout RawFileMessage.Report
  ) throws -> [UInt8] {
    let extraction: SampleExtraction
    do {
      extraction = try extractPeaks(
        from: task.path, windows: task.windows, rule: rule, poll: poll)
    } catch let failure as Failure where failure.code != .internalError {
      report.failure = failure
      return []
    }
    report.remark = extraction.remark
    return try withoutActuallyEscaping(work) { try $0(extraction, poll) }
  }

  /// Tasks by falling size of their files, so that no rank starts a large one while the others end.
  private func largestFirst(_ tasks: [RawFileTask]) -> [Int] {
    let sizes = tasks.map { task in
      var info = stat()
      return stat(task.path, &info) == 0 ? info.st_size : 0
    }
    return tasks.indices.sorted { (sizes[$1], $0) < (sizes[$0], $1) }
  }
}
