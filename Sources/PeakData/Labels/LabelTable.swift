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

    public init(
      line: Int, sample: String, label: String, featureID: String? = nil, mz: Written? = nil,
      rt: Written? = nil
    ) {
      self.line = line
      self.sample = sample
      self.label = label
      self.featureID = featureID
      self.mz = mz
      self.rt = rt
    }
  }

  public var path: String
  /// Nil when the file has neither pair of columns.
  public var position: Position?
  public var entries: [Entry]
  /// Rows passed over, because they have no label.
  public var unlabelled: Int

  public init(path: String, position: Position?, entries: [Entry], unlabelled: Int = 0) {
    self.path = path
    self.position = position
    self.entries = entries
    self.unlabelled = unlabelled
  }

  /// Reads a file of labels.
  /// - Throws: `Failure`: no such file (66); columns that are missing or there twice, a malformed row,
  ///   a cell that is no number, no label at all (65).
  public static func read(_ path: String) throws -> LabelTable {
    var reader = try CSVReader.open(path)
    let columns = try LabelColumns(TableHeader(reader))
    var table = LabelTable(path: path, position: columns.position, entries: [])
    while try reader.next() {
      guard !reader.isMissing(columns.label) else {
        table.unlabelled += 1
        continue
      }
      table.entries.append(try columns.entry(reader))
    }
    guard !table.entries.isEmpty else {
      throw Failure(
        .badData, "no row has a label", at: path, expected: "a text in the column \"label\"",
        found: "\(table.unlabelled) rows without")
    }
    return table
  }
}
