import Foundation
import PeakData
import PythonTesting
import Support
import TestTools
import Testing

@Suite("predict on a simulated experiment") struct PredictTests {
  private static let neatMS = ["High_quality", "Low_quality", "Noise"]

  @Test("Every valid peak is a row, with its feature's id, its row, and numbers of the table")
  func whole() throws {
    let experiment = try SimulatedExperiment()
    try experiment.writeModel(classes: Self.neatMS, margin: 1, minScanNum: 5)
    let result = try experiment.predict()
    try #require(result.status == 0, "\(result.stderr)")
    let table = try experiment.read("labelled.csv")
    #expect(
      table.names == [
        "", "feature ID", "sample", "m/z", "retention time", "peak_mz", "peak_rt",
        "peak_rt_start", "peak_rt_end", "peak_mz_min", "peak_mz_max", "label", "height", "area",
        "area_bc", "sn", "rt_adjusted", "rt_start_adjusted", "rt_end_adjusted", "feature_id",
        "row", "probability_High_quality", "probability_Low_quality", "probability_Noise",
      ])
    #expect(table.rowCount == 60)
    #expect(table[""] == (0..<60).map { "\($0)" })
    for row in 0..<table.rowCount {
      let feature = try #require(Int(table["feature_id"][row].dropFirst(2)))
      let isSecond = table["sample"][row] == "run2"
      #expect(isSecond || table["sample"][row] == "run1")
      #expect(table["row"][row] == "\(feature + 1 + (isSecond ? 30 : 0))")
      #expect(table["peak_mz"][row] == "\(100 + feature).0")
      #expect(table["rt_adjusted"][row] == "")
      #expect(abs((Double(table["peak_rt"][row]) ?? 0) - experiment.centre(feature)) < 1e-12)
      #expect(abs(table.probabilities(row).map(\.value).reduce(0, +) - 1) < 1e-6)
      #expect(table["label"][row] == table.expectedLabel(row, "High_quality", 0.22))
    }
    #expect(result.stderr.contains("labelled.csv: 60 of 60 peaks labelled\n"))
    #expect(result.stderr.contains("High_quality from a probability of 0.22"))
    let counts = result.stdout.split(separator: "\n").map {
      $0.split(separator: " ").prefix(2).map(String.init)
    }
    for label in Self.neatMS {
      #expect(counts.contains([label, "\(table["label"].count { $0 == label })"]))
    }
    #expect(counts.last == ["total", "60"])
  }

  @Test("One rank and many write the same bytes", arguments: [2, 3, 5])
  func rankCounts(ranks: Int) throws {
    let experiment = try SimulatedExperiment(samples: 4, features: 12)
    try experiment.writeModel(classes: Self.neatMS)
    let alone = try experiment.predict("--out", "alone.csv")
    let many = try experiment.predict("--out", "many.csv", ranks: ranks)
    try #require(alone.status == 0 && many.status == 0, "\(alone.stderr)\(many.stderr)")
    let files = try ["alone.csv", "many.csv"].map {
      try Data(contentsOf: URL(filePath: experiment.folder.file($0)))
    }
    #expect(files[0].count > 5000)
    #expect(files[0] == files[1])
    #expect(alone.stdout == many.stdout)
  }

  @Test("A peak's probabilities do not depend on the other peaks of the table")
  func otherPeaks() throws {
    let experiment = try SimulatedExperiment(samples: 1, features: 75)
    try experiment.writeModel(classes: Self.neatMS)
    try #require(try experiment.predict("--out", "all.csv").status == 0)
    let rows = experiment.rows()
    let some = [rows[0]] + stride(from: 1, through: 75, by: 3).map { rows[$0] }
    try experiment.write(some, to: "features.csv")
    try #require(try experiment.predict("--out", "some.csv").status == 0)
    let (all, few) = (try experiment.read("all.csv"), try experiment.read("some.csv"))
    #expect(all.rowCount == 75 && few.rowCount == 25)
    for row in 0..<few.rowCount {
      let same = try #require(all["feature_id"].firstIndex(of: few["feature_id"][row]))
      for name in Self.neatMS.map({ "probability_\($0)" }) {
        #expect(few[name][row] == all[name][same])
      }
    }
  }

  @Test(
    "--label and --threshold are NeatMS's rule; without the class, the most probable one decides")
  func rule() throws {
    let experiment = try SimulatedExperiment(samples: 1)
    try experiment.writeModel(classes: Self.neatMS)
    try #require(try experiment.predict("--threshold", "1", "--out", "plain.csv").status == 0)
    let plain = try experiment.read("plain.csv")
    #expect((0..<30).allSatisfy { plain["label"][$0] == plain.expectedLabel($0, nil, 1) })
    // The class that is the most probable one least often, and a threshold that half of the peaks
    // reach: it decides.
    let counts = Self.neatMS.map { name in plain["label"].count { $0 == name } }
    let rarest = try #require(zip(Self.neatMS, counts).min { $0.1 < $1.1 })
    let sorted = plain.numbers("probability_\(rarest.0)").compactMap { $0 }.sorted()
    let median = try #require(sorted.count == 30 ? sorted[15] : nil)
    let result = try experiment.predict("--label", rarest.0, "--threshold", "\(median)")
    try #require(result.status == 0, "\(result.stderr)")
    let table = try experiment.read("labelled.csv")
    #expect(
      (0..<30).allSatisfy { table["label"][$0] == table.expectedLabel($0, rarest.0, median) })
    let promoted = (0..<30).count { table["label"][$0] != plain["label"][$0] }
    #expect(promoted > 0 && result.stdout.contains("by threshold"))
    let row = result.stdout.split(separator: "\n").first { $0.hasPrefix(rarest.0) }
    let numbers = row?.split(separator: " ").dropFirst().compactMap { Int($0) }
    #expect(numbers == [table["label"].count { $0 == rarest.0 }, promoted])

    try experiment.writeModel(classes: ["Bad", "Good"], outputs: 2)
    let other = try experiment.predict("--out", "two.csv")
    try #require(other.status == 0, "\(other.stderr)")
    #expect(other.stderr.contains("the most probable class of Bad, Good"))
    let two = try experiment.read("two.csv")
    #expect((0..<30).allSatisfy { two["label"][$0] == two.expectedLabel($0, nil, 1) })
  }

  @Test("Peaks without a matrix are no rows, and are counted by their reason")
  func leftOut() throws {
    let experiment = try SimulatedExperiment(samples: 1)
    try experiment.writeModel(classes: Self.neatMS, minScanNum: 5)
    let odd = [
      "100,99.99,100.01,18,17.2,18.8,1,1,1,1,1,run1.mzML,short",
      "90,89.99,90.01,18,12,24,1,1,1,1,1,run1.mzML,empty",
      "100,99.99,100.01,6000,5994,6006,1,1,1,1,1,run1.mzML,late",
    ]
    try experiment.write(experiment.rows() + odd, to: "features.csv")
    let result = try experiment.predict()
    try #require(result.status == 0, "\(result.stderr)")
    #expect(
      result.stderr.contains(
        "30 of 33 peaks labelled; left out: 1 no signal, 1 too few scans, 1 outside the run"))
    #expect(try experiment.read("labelled.csv").rowCount == 30)
    let lenient = try experiment.predict("--min-scan-num", "2", "--out", "lenient.csv")
    #expect(lenient.stderr.contains("--min-scan-num 2, but the model was trained with 5"))
    #expect(try experiment.read("lenient.csv")["feature_id"].contains("short"))
  }

  @Test("What predict writes is a file of labels for prepare: the same peaks come back")
  func asLabels() throws {
    let experiment = try SimulatedExperiment()
    try experiment.writeModel(classes: ["Bad", "Good"], outputs: 2)
    try #require(try experiment.predict().status == 0)
    let table = try experiment.read("labelled.csv")
    // Where the random network sees one class only, the labels are made by turns.
    let labels = (0..<table.rowCount).map { $0 % 2 == 0 ? "Good" : "Bad" }
    var lines = [table.names.joined(separator: ",")]
    for row in 0..<table.rowCount {
      lines.append(
        table.names.map { $0 == "label" ? labels[row] : table[$0][row] }.joined(separator: ","))
    }
    try experiment.write(lines, to: "labels.csv")
    let prepared = try experiment.prepare("--validation-split", "0")
    try #require(prepared.status == 0, "\(prepared.stderr)")
    let file = try BatchesFile(path: experiment.folder.file("batches.h5"))
    let columns = try file.readColumns(.train)
    let found = try file.readLabels(.train).map { file.header.classes[Int($0)] }
    #expect(found.count == 60)
    let (rows, samples) = (try #require(columns.row), try #require(columns.sample))
    for index in found.indices {
      let row = try #require(
        (0..<60).first {
          table["row"][$0] == "\(rows[index])" && table["sample"][$0] + ".mzML" == samples[index]
        })
      #expect(found[index] == labels[row])
    }
  }

  @Test("A gzipped raw file, and a table without feature ids")
  func gzipAndNoIDs() throws {
    let experiment = try SimulatedExperiment(samples: 1)
    try experiment.writeModel(classes: nil)
    let gzip = try findProgram("gzip", hint: "apt-get install gzip")
    try #require(try run(gzip, [experiment.folder.file("raw/run1.mzML")]).status == 0)
    let rows = experiment.rows().map { line in
      line.split(separator: ",").dropLast().joined(separator: ",")
    }
    try experiment.write(rows, to: "features.csv")
    let result = try experiment.predict()
    try #require(result.status == 0, "\(result.stderr)")
    #expect(result.stderr.contains("taken to be NeatMS's, High_quality, Low_quality, Noise"))
    let table = try experiment.read("labelled.csv")
    #expect(!table.names.contains("feature_id"))
    #expect(table["sample"] == [String](repeating: "run1", count: 30))
    #expect(table["row"] == (1...30).map { "\($0)" })
  }

  @Test(
    "Cells are what Python writes and reads: numbers of every size, quoted names",
    .enabled(if: Python.isWanted, "\(Python.skipReason)"))
  func cells() throws {
    let experiment = try SimulatedExperiment(samples: 1, features: 12)
    try experiment.writeModel(classes: ["A, or \"a\"", "B"], outputs: 2)
    let areas = [
      "9007199254740993", "9990000000000000", "9999999999999998", "1e16", "1e300", "5e-324",
      "0.0001", "0.00001", "123456789012345680", "-9.5e15", "0.1", "NA",
    ]
    let rows = experiment.rows().enumerated().map { index, line in
      index == 0 ? line : line.replacing(",1000,900,", with: ",\(areas[index - 1]),900,")
    }
    try experiment.write(rows, to: "features.csv")
    let result = try experiment.predict()
    try #require(result.status == 0, "\(result.stderr)")
    let code = """
      import csv, sys
      rows = list(csv.DictReader(open(sys.argv[1], newline="")))
      texts = {"sample", "label", "feature_id", "feature ID", "row", ""}
      for row in rows:
          assert row["label"] in ('A, or "a"', "B"), row
          assert 'probability_A, or "a"' in row
          for name, cell in row.items():
              assert name in texts or cell == "" or repr(float(cell)) == cell, (name, cell)
      expected = [float(x) if x != "NA" else None for x in sys.argv[2].split()]
      found = [float(row["area"]) if row["area"] else None for row in rows]
      assert sorted(map(str, found)) == sorted(map(str, expected)), found
      """
    let path = experiment.folder.file("labelled.csv")
    try Python.run(.keras2, code: code, [path, areas.joined(separator: " ")])
  }
}
