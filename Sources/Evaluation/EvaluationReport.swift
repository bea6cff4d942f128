/// Everything `neatms-evaluate` tells about a model and a data file.
public struct EvaluationReport: Sendable {
  /// The monitored label's threshold and ROC, on the validation set.
  public struct Threshold: Sendable {
    public var tuning: ThresholdTuning
    /// Nil where the validation set lacks the label's peaks, or all others.
    public var roc: ROCCurve?

    public init(_ validation: LabelledPredictions, label index: Int) {
      tuning = ThresholdTuning(validation, label: index)
      roc = ROCCurve(validation, label: index)
    }
  }

  /// The model's path and the data's, as given.
  public var model: String
  public var data: String
  public var classes: [String]
  public var test: ClassificationReport
  public var validation: ClassificationReport
  /// Where a label was asked for.
  public var threshold: Threshold?

  public init(
    model: String, data: String, test: LabelledPredictions, validation: LabelledPredictions,
    regularizationLoss: Double, label: Int? = nil
  ) {
    self.model = model
    self.data = data
    classes = test.classes
    self.test = ClassificationReport(test, regularizationLoss: regularizationLoss)
    self.validation = ClassificationReport(validation, regularizationLoss: regularizationLoss)
    threshold = label.map { Threshold(validation, label: $0) }
  }
}
