import Collectives
import Foundation
import PeakData
import Support

/// `prepare`: raw files, feature table and labels in, `batches.h5` out. NeatMS's batch creation.
///
/// Rank 0 reads and joins the labels and writes the file; the feature table is read by all ranks, a
/// part each at a time, and so are the raw files, each by whichever is free. The file does not depend
/// on the number of ranks.
public struct Preparation {
  let request: PreparationRequest
  let world: any Communicator
  let console: Console

  public init(_ request: PreparationRequest, world: any Communicator, console: Console) {
    self.request = request
    self.world = world
    self.console = console
  }

  /// Collective.
  /// - Returns: on rank 0, the table of what became of every class's labels.
  /// - Throws: `AgreedFailure` where rank 0 finds something wrong with tables, labels or the output;
  ///   `Failure` for a raw file that cannot be read, unless bad files are skipped.
  public func run() throws -> String? {
    var labels: Labels?
    let features = try FeatureTable.read(
      request.features, format: request.format, keepsXCMS: false, world: world,
      first: { labels = try readLabels(poll: $0) })
    var plan: Plan?
    try world.agree { if let labels, let features { plan = try makePlan(labels, features) } }
    let (tasks, owners) = plan.map { $0.experiment.tasks(for: $0.peaks) } ?? ([], [])
    var extractions = [ReceivedExtraction?](repeating: nil, count: tasks.count)
    let pass = RawFilePass(world: world, console: console, skipBadFiles: request.skipBadFiles)
    let skipped = try pass.run(
      tasks, rule: request.rule, work: { $0.encoded() },
      collect: { task, bytes in extractions[task] = try ReceivedExtraction(bytes) })
    return try world.agree {
      guard let plan else { return nil }
      try skipped.refuse(ifAllOf: tasks, in: request.raw)
      let found = Extracted(plan, owners, extractions, matrixSize: request.rule.matrixSize)
      return try finish(plan, found)
    }
  }

  /// What rank 0 knows before a raw file is read.
  struct Plan {
    var experiment: Experiment
    var classes: [String]
    /// Indices of the labelled peaks into the feature table, ascending, and the class of each.
    var peaks: [Int]
    var labels: [Int32]
    var counts: PreparationCounts
  }

  /// The label table and the classes that take part.
  private struct Labels {
    var table: LabelTable
    var classes: [String]
  }

  private func readLabels(poll: () throws -> Void) throws -> Labels {
    let inputs = [request.labels, request.features]
    try OutputFile.check(request.out, overwrite: request.overwrite, inputs: inputs)
    if let list = request.unmatched {
      try OutputFile.check(list, overwrite: request.overwrite, inputs: inputs + [request.out])
    }
    let table = try LabelTable.read(request.labels, poll: poll)
    let names = table.labelCounts.map(\.label)
    try request.classes.check(against: names.sorted())
    return Labels(table: table, classes: try classNames(names))
  }

  private func makePlan(_ given: Labels, _ features: FeatureTable) throws -> Plan {
    let (table, classes) = (given.table, given.classes)
    let join = try LabelJoin(
      table, features, tolerance: request.tolerance, className: request.classes.className(of:))
    try LabelReport(request, console).tell(join, of: table)
    var counts = PreparationCounts(classes: classes)
    let index = Dictionary(uniqueKeysWithValues: zip(classes, classes.indices))
    for (label, count) in table.labelCounts {
      if let row = request.classes.className(of: label).flatMap({ index[$0] }) {
        counts.rows[row].labelled += count
      }
    }
    let rows = join.classes.map { index[$0] ?? 0 }
    let labels = join.peakClasses.map { Int32(rows[Int($0)]) }
    for label in labels { counts.rows[Int(label)].matched += 1 }
    let experiment = try Experiment(
      table: features, raw: request.raw, features: request.features, peaks: join.peaks)
    return Plan(
      experiment: experiment, classes: classes, peaks: join.peaks, labels: labels,
      counts: counts)
  }

  /// The classes that take part, sorted as Python sorts: the order of the network's outputs.
  private func classNames(_ labels: [String]) throws -> [String] {
    let names = Set(labels.compactMap(request.classes.className(of:)))
    let classes = names.sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
    if classes.count < 2 {
      throw Failure(
        .badData, "there is nothing to tell apart", at: request.labels,
        expected: "labels of at least 2 classes",
        found: classes.isEmpty ? "none" : "1 (\(classes[0]))")
    }
    // The file is written last: what it refuses is told before the work.
    try BatchesFile.checkClasses(classes, request.labels)
    return classes
  }
}
