import Evaluation
import Foundation
import Support
import Testing

@Suite("Measures of few peaks, and reports")
struct EdgeCaseTests {
  private static let classes = ["High_quality", "Low_quality", "Noise"]

  private static func predictions(_ probabilities: [Float], _ labels: [Int32]) throws
    -> LabelledPredictions
  {
    try LabelledPredictions(probabilities: probabilities, labels: labels, classes: classes)
  }

  @Test("No peaks: nothing is defined, nothing fails")
  func noPeaks() throws {
    let none = try Self.predictions([], [])
    let report = ClassificationReport(none, regularizationLoss: 1)
    #expect(report.count == 0 && report.accuracy == nil && report.loss == nil)
    #expect(
      report.meanAbsoluteError == nil && report.confusion == [[0, 0, 0], [0, 0, 0], [0, 0, 0]])
    let tuning = ThresholdTuning(none, label: 0)
    #expect(tuning.value == nil && tuning.trueShare == nil)
    #expect(ROCCurve(none, label: 0) == nil)
  }

  @Test("Peaks of the monitored label only: any threshold does, so the lowest")
  func onlyTheLabel() throws {
    let all = try Self.predictions([0.7, 0.2, 0.1, 0.3, 0.3, 0.4], [0, 0])
    let tuning = ThresholdTuning(all, label: 0)
    #expect(tuning.value == 0 && tuning.falseShare.allSatisfy { $0 == 0 })
    #expect(tuning.falseShareByClass.allSatisfy { $0.share == nil })
    #expect(ROCCurve(all, label: 0) == nil)
    #expect(ThresholdTuning(all, label: 1).value == nil)
  }

  @Test("A probability of 0 for the true class has a finite loss")
  func impossible() throws {
    let report = ClassificationReport(try Self.predictions([0, 1, 0], [0]))
    #expect((report.loss ?? 0).isFinite && (report.loss ?? 0) > 87)
  }

  @Test("Of equal probabilities the first class is the most probable")
  func ties() throws {
    let report = ClassificationReport(
      try Self.predictions([0.2, 0.4, 0.4, 0.4, 0.2, 0.4], [1, 2]))
    #expect(report.confusion == [[0, 0, 0], [0, 1, 0], [1, 0, 0]])
  }

  @Test("Probabilities that are no numbers are refused")
  func notANumber() throws {
    let failure = #expect(throws: Failure.self) {
      try Self.predictions([0.2, 0.4, 0.4, 0.4, .nan, 0.4], [1, 2])
    }
    #expect(failure?.code == .badData && failure?.place == "peak 1")
  }

  private struct Decoded: Decodable {
    struct Measures: Decodable {
      let count: Int
      let accuracy: Double?
      let loss: Double?
      let mae: Double?
      let confusion: [[Int]]
    }
    struct Threshold: Decodable {
      let label: String
      let value: Double?
      let auc: Double?
    }
    let model: String
    let classes: [String]
    let test: Measures
    let validation: Measures
    let threshold: Threshold?
  }

  private static func report(validationIsEmpty: Bool, label: Int?) throws -> EvaluationReport {
    let fixture = try #require(EvaluationFixture.all.first { $0.name == "three classes" })
    let some = try fixture.predictions
    return EvaluationReport(
      model: "a \"quoted\\\n\u{1}\" näme.h5", data: "batches.h5", test: some,
      validation: validationIsEmpty ? try Self.predictions([], []) : some,
      regularizationLoss: 0.5, label: label)
  }

  @Test("JSON holds the same numbers")
  func json() throws {
    let report = try Self.report(validationIsEmpty: false, label: 2)
    let decoded = try JSONDecoder().decode(Decoded.self, from: Data(report.json.utf8))
    #expect(decoded.model == report.model && decoded.classes == Self.classes)
    #expect(decoded.test.count == report.test.count)
    #expect(decoded.test.accuracy == report.test.accuracy)
    #expect(decoded.test.loss == report.test.loss)
    #expect(decoded.validation.mae == report.validation.meanAbsoluteError)
    #expect(decoded.validation.confusion == report.validation.confusion)
    #expect(decoded.threshold?.label == "Noise")
    #expect(decoded.threshold?.value == report.threshold?.tuning.value)
    #expect(decoded.threshold?.auc == report.threshold?.roc?.area)
    let keys = ["model", "classes", "test", "validation", "threshold"].map {
      report.json.range(of: "\"\($0)\": ")?.lowerBound
    }
    #expect(keys.allSatisfy { $0 != nil } && keys.compactMap(\.self).sorted() == keys)
  }

  @Test("JSON of an empty validation set has count 0 and nulls")
  func jsonOfNothing() throws {
    let report = try Self.report(validationIsEmpty: true, label: 0)
    let decoded = try JSONDecoder().decode(Decoded.self, from: Data(report.json.utf8))
    #expect(decoded.validation.count == 0 && decoded.validation.accuracy == nil)
    #expect(decoded.validation.loss == nil && decoded.validation.mae == nil)
    #expect(decoded.threshold?.value == nil && decoded.threshold?.auc == nil)
    #expect(report.json.contains("\"accuracy\": null"))
    let without = try Self.report(validationIsEmpty: true, label: nil)
    #expect(without.json.contains("\"threshold\": null"))
  }

  @Test("Text columns are aligned, and the table has a row for each hundredth")
  func text() throws {
    let text = try Self.report(validationIsEmpty: false, label: 0).text
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let header = try #require(lines.first { $0.hasPrefix("threshold ") })
    let rows = lines.filter { $0.wholeMatch(of: /\d\.\d\d  .*/) != nil }
    #expect(rows.count == 100 && rows[0].hasPrefix("0.00") && rows[99].hasPrefix("0.99"))
    #expect(rows.allSatisfy { $0.count == header.count })
    #expect(text.contains("precision"))
    let empty = try Self.report(validationIsEmpty: true, label: 0).text
    #expect(empty.contains("Validation set: no peaks") && empty.contains("undefined"))
  }
}
