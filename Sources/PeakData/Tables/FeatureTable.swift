/// The programs whose tables NeatMS reads.
public enum FeatureTableFormat: String, Sendable, CaseIterable {
  case mzmine, xcms, peakonly
}

/// One chromatographic peak of one sample: NeatMS's `Peak`. Times are in minutes, m/z in Th.
public struct FeaturePeak: Sendable, Equatable, BitwiseCopyable {
  // A table of 200 samples holds millions of peaks: indices take four bytes each.
  private var storedSample: Int32
  private var storedFeature: Int32
  private var storedFile: Int32
  private var storedRow: Int32

  /// Index into `FeatureTable.samples`.
  public var sample: Int {
    get { Int(storedSample) }
    set { storedSample = Int32(newValue) }
  }
  /// NeatMS's `feature ID`: the number of the feature collection, from 0 in NeatMS's order.
  public var feature: Int {
    get { Int(storedFeature) }
    set { storedFeature = Int32(newValue) }
  }
  /// Index into `FeatureTable.files`.
  public var file: Int {
    get { Int(storedFile) }
    set { storedFile = Int32(newValue) }
  }
  /// The row of that file the peak stands in, from 1, the header not counted.
  public var row: Int {
    get { Int(storedRow) }
    set { storedRow = Int32(newValue) }
  }
  public var mz: Double
  public var rt: Double
  public var rtStart: Double
  public var rtEnd: Double
  public var mzMin: Double
  public var mzMax: Double
  /// NaN where the table has none.
  public var height: Double
  public var area: Double

  public init(
    sample: Int, feature: Int, file: Int, row: Int, mz: Double, rt: Double, rtStart: Double,
    rtEnd: Double, mzMin: Double, mzMax: Double, height: Double, area: Double
  ) {
    storedSample = Int32(sample)
    storedFeature = Int32(feature)
    storedFile = Int32(file)
    storedRow = Int32(row)
    self.mz = mz
    self.rt = rt
    self.rtStart = rtStart
    self.rtEnd = rtEnd
    self.mzMin = mzMin
    self.mzMax = mzMax
    self.height = height
    self.area = area
  }
}

/// Columns that only XCMS has, NaN where a cell is empty; times in minutes.
public struct XCMSColumns: Sendable, Equatable, BitwiseCopyable {
  /// `intb`, the area above the baseline: NeatMS's `area_bc`.
  public var areaBaselineCorrected: Double
  /// `sn`, signal to noise.
  public var signalToNoise: Double
  public var rtAdjusted: Double
  public var rtStartAdjusted: Double
  public var rtEndAdjusted: Double

  public init(
    areaBaselineCorrected: Double, signalToNoise: Double, rtAdjusted: Double,
    rtStartAdjusted: Double, rtEndAdjusted: Double
  ) {
    self.areaBaselineCorrected = areaBaselineCorrected
    self.signalToNoise = signalToNoise
    self.rtAdjusted = rtAdjusted
    self.rtStartAdjusted = rtStartAdjusted
    self.rtEndAdjusted = rtEndAdjusted
  }
}

/// A feature: what NeatMS exports as `m/z` and `retention time`, and the table's own id.
public struct FeatureEntry: Sendable, Equatable {
  /// The id in the table, where it has one (XCMS: `feature_id`; mzMine: `row ID`).
  public var id: String?

  public init(id: String? = nil) { self.id = id }
}

/// Every peak of an experiment, in NeatMS's order.
public struct FeatureTable: Sendable {
  public var format: FeatureTableFormat
  /// The table, or the tables of the folder, sorted by name.
  public var files: [String]
  /// Raw file names as the table has them (`LB12HL_AB.mzML`).
  public var samples: [String]
  /// In the order in which NeatMS exports them.
  public var peaks: [FeaturePeak]
  /// By `FeaturePeak.feature`.
  public var features: [FeatureEntry]
  /// m/z and retention time (minutes) of the feature a peak belongs to, by peak: NeatMS's
  /// `feature.mz` and `feature.RT`.
  public var featureMz: [Double]
  public var featureRT: [Double]
  /// By peak; empty unless the format is XCMS and they are asked for.
  public var xcms: [XCMSColumns]

  public init(
    format: FeatureTableFormat, files: [String], samples: [String], peaks: [FeaturePeak] = [],
    features: [FeatureEntry] = [], featureMz: [Double] = [], featureRT: [Double] = [],
    xcms: [XCMSColumns] = []
  ) {
    self.format = format
    self.files = files
    self.samples = samples
    self.peaks = peaks
    self.features = features
    self.featureMz = featureMz
    self.featureRT = featureRT
    self.xcms = xcms
  }
}
