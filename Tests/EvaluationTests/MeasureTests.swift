import Evaluation
import Testing

@Suite("Measures agree with Keras, NeatMS and scikit-learn")
struct MeasureTests {
  @Test("The fixture is whole")
  func fixtureIsWhole() {
    let all = EvaluationFixture.all
    #expect(all.count >= 8)
    #expect(all.flatMap(\.labelsMonitored).count { $0.neatms != nil } >= 15)
    #expect(all.flatMap(\.labelsMonitored).count { $0.auc != nil } >= 15)
  }

  @Test("Accuracy, loss and MAE are Keras's", arguments: EvaluationFixture.all)
  func keras(_ fixture: EvaluationFixture) throws {
    let report = ClassificationReport(try fixture.predictions)
    #expect(report.count == fixture.labels.count)
    #expect(abs((report.accuracy ?? -1) - fixture.keras.accuracy) < 1e-6)
    #expect(abs((report.meanAbsoluteError ?? -1) - fixture.keras.mae) < 1e-6)
    let tolerance = 1e-6 * max(1, fixture.keras.loss)
    #expect(abs((report.loss ?? -1) - fixture.keras.loss) < tolerance)
    let withPenalty = ClassificationReport(try fixture.predictions, regularizationLoss: 0.25)
    #expect(abs((withPenalty.loss ?? -1) - fixture.keras.loss - 0.25) < tolerance)
  }

  @Test("Confusion, precision and recall are scikit-learn's", arguments: EvaluationFixture.all)
  func confusion(_ fixture: EvaluationFixture) throws {
    let report = ClassificationReport(try fixture.predictions)
    #expect(report.confusion == fixture.sklearn.confusion)
    #expect(fixture.classes.indices.map(report.precision) == fixture.sklearn.precision)
    #expect(fixture.classes.indices.map(report.recall) == fixture.sklearn.recall)
  }

  @Test("The ROC curve and its area are scikit-learn's", arguments: EvaluationFixture.all)
  func roc(_ fixture: EvaluationFixture) throws {
    for (index, expected) in fixture.labelsMonitored.enumerated() {
      let curve = ROCCurve(try fixture.predictions, label: index)
      #expect((curve == nil) == (expected.auc == nil))
      guard let curve, let auc = expected.auc else { continue }
      #expect(curve.label == expected.label)
      #expect(abs(curve.area - auc) < 1e-12)
      #expect(agree(curve.points.map(\.falsePositiveRate), expected.fpr, within: 1e-6))
      #expect(agree(curve.points.map(\.truePositiveRate), expected.tpr, within: 1e-6))
      #expect(curve.points.first?.threshold == .infinity)
      #expect(curve.points.dropFirst().map(\.threshold) == expected.thresholds?.map(Float.init))
    }
  }

  @Test("Threshold and recall table are NeatMS's", arguments: EvaluationFixture.all)
  func threshold(_ fixture: EvaluationFixture) throws {
    for (index, expected) in fixture.labelsMonitored.enumerated() {
      guard let neatms = expected.neatms else { continue }
      let tuning = ThresholdTuning(try fixture.predictions, label: index)
      #expect(tuning.value == neatms.threshold, "\(expected.label)")
      #expect(agree(tuning.trueShare, neatms.true, within: 1e-6))
      #expect(agree(tuning.falseShare, neatms.false, within: 1e-6))
      let low = tuning.falseShareByClass.first { $0.label == "Low_quality" }
      #expect(agree(low?.share, neatms.falseLow, within: 1e-6))
      let rest = tuning.falseShareByClass.filter { $0.label != "Low_quality" }
      // NeatMS lumps all other classes together.
      if rest.count == 1 { #expect(agree(rest[0].share, neatms.falseNoise, within: 1e-6)) }
    }
  }

  @Test("Other class names than NeatMS's: as if they were called High_quality and Low_quality")
  func otherNames() throws {
    let fixture = try #require(EvaluationFixture.all.first { $0.name == "two classes" })
    let renamed = try LabelledPredictions(
      probabilities: fixture.probabilities.map(Float.init), labels: fixture.labels,
      classes: ["Artifact", "True_peak"])
    for index in 0..<2 {
      let tuning = ThresholdTuning(renamed, label: index)
      #expect(tuning.value == fixture.labelsMonitored[index].neatms?.threshold)
      #expect(tuning.falseShareByClass.map(\.label) == [renamed.classes[1 - index]])
    }
  }
}
