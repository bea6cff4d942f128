import Support

extension FeatureTable {
  /// peakonly: one table a sample, named like the raw file; times in minutes; every row is a feature
  /// of one peak. The retention time is the middle of the bounds; there is no height. As in
  /// NeatMS, a row whose `rtmax` is 0 or empty is no peak, but takes a number.
  /// - Parameter rows: gets the number of rows read added.
  static func readPeakonly(_ files: [String], rows: inout Int) throws -> FeatureTable {
    var table = FeatureTable(format: .peakonly, files: files, samples: [])
    var names: Set<String> = []
    for (number, path) in files.enumerated() {
      let file = path.split(separator: "/").last ?? ""
      let stem = file.dropLast(file.lowercased().hasSuffix(".csv") ? 4 : 0)
      let name = stem.lowercased().hasSuffix(".mzml") ? String(stem) : stem + ".mzML"
      guard names.insert(name.lowercased()).inserted else {
        throw Failure(.badData, "a second table of the sample \(name)", at: path)
      }
      table.samples.append(name)
      var reader = try CSVReader.open(path)
      try table.appendPeakonly(&reader, file: number)
      rows += reader.filledRows
    }
    return table
  }

  private mutating func appendPeakonly(_ reader: inout CSVReader, file: Int) throws {
    let columns = try TableHeader(reader).required(
      ["mz", "mzmin", "mzmax", "rtmin", "rtmax", "intensity"], for: .peakonly)
    while try reader.next() {
      features.append(FeatureEntry())
      let start = try reader.number(columns[3])
      let end = try reader.number(columns[4])
      if end == 0 || end.isNaN { continue }
      let mz = try reader.number(columns[0])
      let rt = start.isNaN ? end : (start + end) / 2
      peaks.append(
        FeaturePeak(
          sample: file, feature: features.count - 1, file: file, row: reader.row, mz: mz, rt: rt,
          rtStart: start, rtEnd: end, mzMin: try reader.number(columns[1]),
          mzMax: try reader.number(columns[2]), height: .nan, area: try reader.number(columns[5])))
      featureMz.append(mz)
      featureRT.append(rt)
    }
  }
}
