import Foundation
import PeakData
import Support
import TestTools
import Testing

/// The columns of the table that `prepare` prints, by class.
private func printed(_ text: String) -> [String: [String: Int]] {
  // Columns are two spaces apart, names have single ones.
  func cells(_ line: Substring) -> [String] {
    line.split(separator: "  ").map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }
  }
  let lines = text.split(separator: "\n")
  guard let header = lines.first.map(cells) else { return [:] }
  let rows = lines.dropFirst().map(cells).map { row in
    let numbers = zip(header.dropFirst(), row.dropFirst()).map { ($0, Int($1) ?? -1) }
    return (row[0], Dictionary(uniqueKeysWithValues: numbers))
  }
  return Dictionary(uniqueKeysWithValues: rows)
}

@Suite("prepare on a simulated experiment") struct PrepareTests {
  @Test("Every labelled peak lands in one set, with its matrix, its label and where it came from")
  func whole() throws {
    let experiment = try SimulatedExperiment()
    let result = try experiment.prepare()
    try #require(result.status == 0, "\(result.stderr)")
    let table = printed(result.stdout)
    #expect(table["total"]?["labelled"] == 60 && table["total"]?["matched"] == 60)
    #expect(table["Bad"]?["labelled"] == 30)
    let file = try BatchesFile(path: experiment.folder.file("batches.h5"))
    #expect(file.header.classes == ["Bad", "Good"])
    #expect(file.header.margin == 1 && file.header.minScanNum == 5)
    #expect(file.count(.test) == 6 && file.count(.validation) == 6 && file.count(.train) == 48)
    var seen: Set<String> = []
    for split in Split.allCases {
      let columns = try file.readColumns(split)
      let (ids, labels) = (try file.readIDs(split), try file.readLabels(split))
      for index in ids.indices {
        let id = try #require(columns.featureID)[index]
        let feature = try #require(Int(id.dropFirst(2)))
        let sample = try #require(columns.sample)[index]
        let row = try #require(columns.row)[index]
        let (mz, rt) = (try #require(columns.mz)[index], try #require(columns.rt)[index])
        #expect(seen.insert(ids[index]).inserted)
        #expect(ids[index] == "features.csv:\(row):\(sample)")
        #expect(row == Int64(feature + 1 + (sample == "run2.mzML" ? 30 : 0)))
        #expect(labels[index] == (feature % 2 == 0 ? 1 : 0))
        #expect(abs(rt - experiment.centre(feature)) < 1e-12)
        #expect(mz == 100 + Double(feature))
      }
    }
    #expect(seen.count == 60)
  }

  @Test(
    "A matrix is NeatMS's: scaled signal, the window in the middle third, its top in the centre")
  func matrix() throws {
    let experiment = try SimulatedExperiment(samples: 1)
    try #require(try experiment.prepare("--validation-split", "0").status == 0)
    let file = try BatchesFile(path: experiment.folder.file("batches.h5"))
    var matrix = [Float](repeating: -1, count: 240)
    for index in 0..<file.count(.train) {
      try matrix.withUnsafeMutableBufferPointer {
        try file.readMatrices(.train, index..<(index + 1), into: #require($0.baseAddress))
      }
      #expect(Array(matrix[120..<240]) == (0..<120).map { (40...79).contains($0) ? 1 : 0 })
      let top = try #require(matrix[0..<120].enumerated().max { $0.1 < $1.1 })
      #expect(top.1 == 1 && (58...61).contains(top.0))
    }
  }

  @Test("One rank and many write the same bytes", arguments: [2, 3, 5])
  func rankCounts(ranks: Int) throws {
    let experiment = try SimulatedExperiment(samples: 4, features: 12)
    let alone = try experiment.prepare("--out", "alone.h5")
    let many = try experiment.prepare("--out", "many.h5", ranks: ranks)
    try #require(alone.status == 0 && many.status == 0, "\(alone.stderr)\(many.stderr)")
    let files = try ["alone.h5", "many.h5"].map {
      try Data(contentsOf: URL(filePath: experiment.folder.file($0)))
    }
    #expect(files[0] == files[1])
    #expect(alone.stdout == many.stdout)
  }

  @Test("Excluded labels are left out, merged ones are one class, balanced ones even")
  func classes() throws {
    let experiment = try SimulatedExperiment()
    let names = ["Good", "Bad", "Noise", "Unsure", "Noise"]
    try experiment.write(experiment.labels { names[$0 % 5] }, to: "labels.csv")
    let result = try experiment.prepare(
      "--exclude", " Unsure", "--merge", "Bad , Noise = Other", "--normalise-class")
    try #require(result.status == 0, "\(result.stderr)")
    let table = printed(result.stdout)
    #expect(table["Other"]?["labelled"] == 36 && table["Good"]?["labelled"] == 12)
    #expect(table["Other"]?["balanced out"] == 24)
    let file = try BatchesFile(path: experiment.folder.file("batches.h5"))
    #expect(file.header.classes == ["Good", "Other"])
    let labels = try Split.allCases.flatMap { try file.readLabels($0) }
    #expect(labels.count == 24 && labels.count { $0 == 0 } == 12)
  }

  @Test("Peaks without a matrix are counted by their reason")
  func dropped() throws {
    let experiment = try SimulatedExperiment(samples: 1)
    var rows = experiment.rows()
    // 3 scans wide; where nothing is; after the end of the run.
    rows += [
      "100,99.99,100.01,18,17.2,18.8,1,1,1,1,1,run1.mzML,short",
      "90,89.99,90.01,18,12,24,1,1,1,1,1,run1.mzML,empty",
      "100,99.99,100.01,6000,5994,6006,1,1,1,1,1,run1.mzML,late",
    ]
    try experiment.write(rows, to: "features.csv")
    let labels = experiment.labels { $0 % 2 == 0 ? "Good" : "Bad" }
    try experiment.write(
      labels + ["short", "empty", "late"].map { "run1.mzML,\($0),Bad" }, to: "labels.csv")
    let result = try experiment.prepare()
    try #require(result.status == 0, "\(result.stderr)")
    let bad = try #require(printed(result.stdout)["Bad"])
    #expect(bad["labelled"] == 18 && bad["matched"] == 18)
    #expect(bad["too few scans"] == 1 && bad["empty"] == 1 && bad["outside the run"] == 1)
    #expect(result.stderr.contains("fewer than 500 peaks in Bad (15), Good (15)"))
  }

  @Test("A sample of the table that has no peak needs no raw file")
  func sampleWithoutPeaks() throws {
    let experiment = try SimulatedExperiment(samples: 1, features: 20)
    let names = ["run1.mzML", "absent.mzML"].map { sample in
      [
        "Peak m/z", "Peak RT", "Peak RT start", "Peak RT end", "Peak height", "Peak area",
        "Peak m/z min", "Peak m/z max",
      ].map { "\(sample) \($0)" }.joined(separator: ",")
    }
    let rows = (0..<20).map { feature -> String in
      let (mz, rt) = (100 + Double(feature), experiment.centre(feature))
      let peak = "\(mz),\(rt),\(rt - 0.1),\(rt + 0.1),100,1000,\(mz - 0.01),\(mz + 0.01)"
      return "\(mz),\(rt),\(peak),0,0,0,0,0,0,0,0"
    }
    try experiment.write(
      ["row m/z,row retention time,\(names[0]),\(names[1])"] + rows, to: "features.csv")
    try experiment.write(
      ["sample,mz,rt,label"]
        + (0..<20).map {
          "run1,\(100 + $0),\(experiment.centre($0)),\($0 % 2 == 0 ? "Good" : "Bad")"
        }, to: "labels.csv")
    let result = try experiment.prepare("--format", "mzmine")
    try #require(result.status == 0, "\(result.stderr)")
    #expect(printed(result.stdout)["total"]?["matched"] == 20)
  }

  @Test("Labels that name no single peak are listed with their lines")
  func unmatched() throws {
    let experiment = try SimulatedExperiment(samples: 1)
    try experiment.write(
      experiment.labels { $0 % 2 == 0 ? "Good" : "Bad" } + ["run1,FT999,Good", "run9,FT1,Bad"],
      to: "labels.csv")
    let result = try experiment.prepare("--unmatched", "unmatched.csv")
    try #require(result.status == 0, "\(result.stderr)")
    #expect(result.stderr.contains("2 of 32 labels without a peak"))
    #expect(result.stderr.contains("labels.csv, line 32: "))
    #expect(result.stderr.contains("FT999"))
    let list = try String(contentsOfFile: experiment.folder.file("unmatched.csv"), encoding: .utf8)
    #expect(list.split(separator: "\n").count == 3)
    #expect(list.contains("FT999") && list.contains("run9"))
  }
}

@Suite("prepare on bad input") struct PrepareBadInputTests {
  /// Nothing may be left where `prepare` fails.
  private func expectFailure(
    _ experiment: SimulatedExperiment, _ result: RunResult, _ code: Int32, _ texts: String...,
    at location: SourceLocation = #_sourceLocation
  ) {
    #expect(result.status == code, "\(result.stderr)", sourceLocation: location)
    for text in texts {
      #expect(result.stderr.contains(text), "\(result.stderr)", sourceLocation: location)
    }
    let files = (try? FileManager.default.contentsOfDirectory(atPath: experiment.folder.path)) ?? []
    #expect(!files.contains { $0.contains("batches") }, sourceLocation: location)
  }

  @Test("A split that leaves a class out of the training set is refused")
  func classMissing() throws {
    let experiment = try SimulatedExperiment(samples: 1, features: 6)
    try experiment.write(
      experiment.labels { $0 == 0 ? "Good" : "Bad" }, to: "labels.csv")
    // 6 peaks, 2 a set: for one of these seeds the only good peak is not in the training set.
    let results = try (0..<8).map { seed in
      try experiment.prepare(
        "--validation-split", "0.33", "--seed", "\(seed)", "--out", "s\(seed).h5")
    }
    let refused = results.filter { $0.status == 65 }
    #expect(!refused.isEmpty && refused.count < 8)
    for result in refused {
      let lines = result.stderr.split(separator: "\n")
      let place = try #require(lines.firstIndex { $0.contains("labels.csv: the training set") })
      #expect(lines[place].contains("has no peak of class Good: expected at least one"))
      // What to do, after the table.
      #expect(place + 2 == lines.count && lines[place - 1].hasPrefix("total"), "\(result.stderr)")
    }
    #expect(
      results.allSatisfy { $0.stderr.contains("NeatMS advises at most 0.2") || $0.status == 65 })
  }

  @Test("Options out of range, and labels nobody has, are usage errors")
  func usage() throws {
    let experiment = try SimulatedExperiment(samples: 1)
    for arguments in [
      ["--matrix-size", "7"], ["--margin", "-1"], ["--validation-split", "0.5"],
      ["--exclude", "Nobody"], ["--merge", "Good"], ["--merge", "Good,Nobody=X"],
    ] {
      let result = try experiment.prepare(arguments[0], arguments[1])
      expectFailure(experiment, result, 64, arguments[0])
    }
  }

  /// The smallest file is the last to be read. Which rank meets it depends on which is free: with five
  /// there are others than rank 0.
  @Test("The rank that met a bad raw file is named")
  func badFilesRank() throws {
    let experiment = try SimulatedExperiment(samples: 9, features: 10)
    try Data("no mzML".utf8).write(to: URL(filePath: experiment.folder.file("raw/run9.mzML")))
    var isNamed = false
    for _ in 0..<20 where !isNamed {
      let result = try experiment.prepare(ranks: 5)
      #expect(result.status == 65)
      let line = try #require(
        result.stderr.split(separator: "\n").first { $0.hasPrefix("neatms-dist: ") })
      isNamed = try line.prefixMatch(of: Regex("neatms-dist: rank [1-4], raw/run9.mzML")) != nil
      #expect(isNamed || line.hasPrefix("neatms-dist: raw/run9.mzML"), "\(line)")
    }
    #expect(isNamed)
  }

  @Test("Where too few scans leave a class without a peak, that is said")
  func tooFewScans() throws {
    let experiment = try SimulatedExperiment(samples: 1)
    let result = try experiment.prepare("--min-scan-num", "100000")
    expectFailure(experiment, result, 65, "Lower --min-scan-num (")
  }

  @Test("Missing tables, labels and raw files are named")
  func missing() throws {
    let experiment = try SimulatedExperiment(samples: 2)
    expectFailure(
      experiment, try experiment.prepare("--labels", "none.csv"), 66, "none.csv")
    expectFailure(
      experiment, try experiment.prepare("--features", "none.csv"), 66, "none.csv")
    expectFailure(experiment, try experiment.prepare("--raw", "none"), 66, "none")
    try FileManager.default.removeItem(atPath: experiment.folder.file("raw/run2.mzML"))
    let result = try experiment.prepare()
    #expect(result.status != 0 && result.stderr.contains("run2.mzML"))
  }

  @Test(
    "A raw file that is cut short stops the job, or is left out and counted", arguments: [1, 3])
  func badFile(ranks: Int) throws {
    let experiment = try SimulatedExperiment(samples: 3, features: 10)
    let path = experiment.folder.file("raw/run2.mzML")
    let whole = try Data(contentsOf: URL(filePath: path))
    try whole.prefix(whole.count / 2).write(to: URL(filePath: path))
    let stopped = try experiment.prepare(ranks: ranks)
    expectFailure(experiment, stopped, 65, "run2.mzML", "cut short")
    let skipped = try experiment.prepare("--skip-bad-files", ranks: ranks)
    try #require(skipped.status == 0, "\(skipped.stderr)")
    #expect(skipped.stderr.contains("run2.mzML"))
    let total = try #require(printed(skipped.stdout)["total"])
    #expect(total["in skipped files"] == 10 && total["matched"] == 30)
  }

  @Test("An output that exists is replaced only when asked to")
  func exists() throws {
    let experiment = try SimulatedExperiment(samples: 1)
    try #require(try experiment.prepare().status == 0)
    let again = try experiment.prepare("--seed", "1")
    #expect(again.status == 73 && again.stderr.contains("--overwrite"))
    #expect(try experiment.prepare("--seed", "1", "--overwrite").status == 0)
    let nowhere = try experiment.prepare("--out", "no/such/folder/batches.h5")
    #expect(nowhere.status == 73, "\(nowhere.stderr)")
  }

  @Test(
    "No output replaces what the command reads, and the list of labels replaces nothing unasked")
  func inputsAreKept() throws {
    let experiment = try SimulatedExperiment(samples: 1)
    func text(_ name: String) throws -> String {
      try String(contentsOfFile: experiment.folder.file(name), encoding: .utf8)
    }
    let (labels, features) = (try text("labels.csv"), try text("features.csv"))
    for (option, file) in [
      ("--unmatched", "labels.csv"), ("--out", "labels.csv"), ("--out", "./features.csv"),
    ] {
      let result = try experiment.prepare(option, file, "--overwrite")
      expectFailure(experiment, result, 73, "is an input of this command")
    }
    try experiment.write(["mine"], to: "list.csv")
    expectFailure(
      experiment, try experiment.prepare("--unmatched", "list.csv"), 73, "exists already")
    #expect(try text("labels.csv") == labels)
    #expect(try text("features.csv") == features)
    #expect(try text("list.csv") == "mine\n")
  }

  @Test("Labels that become one class, or take no part, do not contradict each other")
  func settledByClasses() throws {
    let experiment = try SimulatedExperiment(samples: 1)
    let labels = experiment.labels { $0 % 2 == 0 ? "Good" : "Bad" }
    try experiment.write(
      labels + ["run1,FT1,Noise", "run1,FT3,Noise", "run1,FT0,Noise"], to: "labels.csv")
    let plain = try experiment.prepare("--out", "plain.h5")
    #expect(plain.stderr.contains("contradict each other"), "\(plain.stderr)")
    let merged = try experiment.prepare("--merge", "Bad,Noise=Poor", "--out", "merged.h5")
    try #require(merged.status == 0, "\(merged.stderr)")
    #expect(printed(merged.stdout)["Poor"]?["matched"] == 15)
    #expect(merged.stderr.contains("2 of 33 labels that contradict each other"))
    let excluded = try experiment.prepare("--exclude", "Noise", "--out", "excluded.h5")
    try #require(excluded.status == 0, "\(excluded.stderr)")
    #expect(printed(excluded.stdout)["total"]?["matched"] == 30)
    #expect(!excluded.stderr.contains("contradict"))
  }

  @Test("Labels with commas can be named") func labelsWithCommas() throws {
    let experiment = try SimulatedExperiment(samples: 2)
    let labels = experiment.labels { ["Good", "\"A, B\"", "C", "D"][$0 % 4] }
    try experiment.write(labels, to: "labels.csv")
    let named = try experiment.prepare("--exclude", "\"A, B\",C")
    try #require(named.status == 0, "\(named.stderr)")
    #expect(printed(named.stdout).keys.sorted() == ["D", "Good", "total"])
    let unquoted = try experiment.prepare("--exclude", "A, B", "--overwrite")
    #expect(unquoted.status == 64 && unquoted.stderr.contains("\"A, B\""), "\(unquoted.stderr)")
    #expect(try experiment.prepare("--exclude", "\"A", "--overwrite").status == 64)
  }

  @Test("A class's name that cannot be written is told first, and --merge gives another")
  func labelsWithControls() throws {
    let experiment = try SimulatedExperiment(samples: 1)
    try experiment.write(
      experiment.labels { $0 % 2 == 0 ? "Good\u{1B}[2J" : "Bad" }, to: "labels.csv")
    let raw = experiment.folder.file("raw/run1.mzML")
    let whole = try Data(contentsOf: URL(filePath: raw))
    try Data("<html>".utf8).write(to: URL(filePath: raw))
    expectFailure(
      experiment, try experiment.prepare(), 65, "labels.csv", "cannot be shown: found Good?[2J")
    try whole.write(to: URL(filePath: raw))
    let renamed = try experiment.prepare(
      "--merge", "Good\u{1B}[2J=True_peak", "--merge", "Bad=Artifact")
    try #require(renamed.status == 0, "\(renamed.stderr)")
    #expect(printed(renamed.stdout).keys.sorted() == ["Artifact", "True_peak", "total"])
  }

  @Test("Raw files of samples without a label are not needed")
  func unlabelledSample() throws {
    let experiment = try SimulatedExperiment(samples: 2)
    let labels = experiment.labels { $0 % 2 == 0 ? "Good" : "Bad" }
    try experiment.write(labels.filter { !$0.hasPrefix("run2") }, to: "labels.csv")
    try FileManager.default.removeItem(atPath: experiment.folder.file("raw/run2.mzML"))
    let result = try experiment.prepare()
    try #require(result.status == 0, "\(result.stderr)")
    #expect(printed(result.stdout)["total"]?["matched"] == 30)
  }

  @Test("An experiment of which no raw file can be read is an error that says so")
  func allBad() throws {
    let experiment = try SimulatedExperiment(samples: 2)
    for sample in experiment.samples { try experiment.write(["<html>"], to: "raw/\(sample)") }
    let result = try experiment.prepare("--skip-bad-files")
    expectFailure(experiment, result, 65, "no raw file could be read", "2 bad files")
  }

  @Test("Numbers below their range are told with it; a class's name has no comma")
  func ranges() throws {
    let experiment = try SimulatedExperiment(samples: 1)
    for (option, value, text) in [
      ("--margin", "-1", "expected 0"), ("--min-scan-num", "-2", "expected at least 0"),
      ("--mz-tolerance", "-1", "at least 0"), ("--merge", "Good=a,b", "--merge"),
    ] {
      expectFailure(experiment, try experiment.prepare(option, value), 64, text)
    }
  }

  @Test("No label that belongs to a peak is an error, not an empty file")
  func nothingMatches() throws {
    let experiment = try SimulatedExperiment(samples: 1)
    try experiment.write(
      ["sample,mz,rt,label", "run1,700,18,Good", "run1,701,18,Bad"], to: "labels.csv")
    expectFailure(experiment, try experiment.prepare(), 65, "no label belongs to a peak")
  }
}
