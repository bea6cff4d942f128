import Support

/// Labels of peaks, as people gave them.
///
/// A CSV file with a header: `sample_name` or `sample` (the raw file's name, with or without its
/// suffix), `label`, and `feature_id`, or m/z and retention time, or both. Rows without a label are
/// passed over; so are columns with other names.
public struct LabelTable: Sendable {
  /// What the columns of m/z and retention time say.
  public enum Position: Sendable, Equatable {
    /// `mz`, `rt`: as in the feature table, so that XCMS's times are seconds.
    case asInTable
    /// `peak_mz`, `peak_rt` of NeatMS's `export_csv`: the peak's, in minutes.
    case peak
    /// `m/z`, `retention time` of NeatMS's `export_csv`: the feature's, in minutes.
    case feature
  }

  /// A number and how exactly it is written: half a unit of its last decimal.
  public struct Written: Sendable, Equatable {
    public var value: Double
    public var rounding: Double

    public init(_ value: Double, rounding: Double = 0) {
      self.value = value
      self.rounding = rounding
    }
  }

  /// A row with a label.
  public struct Entry: Sendable, Equatable {
    /// The line of the file, from 1: the header's is 1.
    public var line: Int
    public var sample: String
    public var label: String
    /// The feature table's own id.
    public var featureID: String?
    /// Th; nil where the cell is empty.
    public var mz: Written?
    /// In the unit that the file has (`Position`).
    public var rt: Written?
  }

  public var path: String
  /// Nil when the file has neither pair of columns.
  public var position: Position?
  /// Rows passed over, because they have no label.
  public var unlabelled = 0

  /// A label's row in names' indices: a table holds few names, and many rows.
  struct Row {
    var line: Int
    /// Index into `samples`.
    var sample: Int32
    /// Index into `labels`.
    var label: Int32
    /// Index into `featureIDs`; -1 where there is none.
    var featureID: Int32 = -1
  }

  /// m/z and retention time of a row.
  struct Place {
    var mz: Written?
    var rt: Written?
  }

  var samples = NameTable()
  var labels = NameTable()
  var featureIDs = NameTable()
  var rows: [Row] = []
  /// By row; none without a `position`.
  var places: [Place] = []

  private init(path: String, position: Position?) {
    self.path = path
    self.position = position
  }

  /// How many rows have a label.
  public var count: Int { rows.count }

  /// The rows that have a label, made anew.
  public var entries: [Entry] {
    rows.indices.map { index in
      let row = rows[index]
      let place = places.isEmpty ? Place() : places[index]
      return Entry(
        line: row.line, sample: samples.all[Int(row.sample)], label: labels.all[Int(row.label)],
        featureID: row.featureID < 0 ? nil : featureIDs.all[Int(row.featureID)], mz: place.mz,
        rt: place.rt)
    }
  }

  /// The labels that there are, in the order of their first rows, and how many rows have each.
  public var labelCounts: [(label: String, count: Int)] {
    var counts = [Int](repeating: 0, count: labels.count)
    for row in rows { counts[Int(row.label)] += 1 }
    return zip(labels.all, counts).map { ($0, $1) }
  }

  /// Reads a file of labels.
  /// - Parameter poll: called every few kilobytes.
  /// - Throws: `Failure`: no such file (66); columns that are missing or there twice, a malformed row,
  ///   a cell that is no number, no label at all (65); what `poll` throws.
  public static func read(
    _ path: String, poll: () throws -> Void = {}
  ) throws -> LabelTable {
    var reader = try CSVReader.open(path)
    let columns = try LabelColumns(TableHeader(reader))
    var table = LabelTable(path: path, position: columns.position)
    var polling = PollByBytes()
    while try reader.next() {
      try polling.callAfterRow(reader, poll)
      guard !reader.isMissing(columns.label) else {
        table.unlabelled += 1
        continue
      }
      try columns.append(reader, to: &table)
    }
    guard table.count > 0 else {
      throw Failure(
        .badData, "no row has a label", at: path, expected: "a text in the column \"label\"",
        found: "\(table.unlabelled) rows without")
    }
    return table
  }
}
