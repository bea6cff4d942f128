import ArgumentParser
import DistTrainer

/// Which part of a model is trained on, and which is made anew: see docs/transfer-learning.md.
struct TransferOptions: ParsableArguments {
  @OptionGroup var layers: LayerOptions

  @Flag(
    help: """
      Make the model's last layer anew for the data's classes, and every layer whose shapes do not \
      agree with the data; keep the rest.
      """)
  var newClassifier = false

  @Option(
    help: ArgumentHelp(
      """
      Memory of a host for the output of a frozen conv base, which is then computed only once a \
      peak: auto (half of what is available), off, or so many MB. The results are the same.
      """, valueName: "auto|off|MB"))
  var featureCache = FeatureCacheArgument(value: .automatic, text: "auto")

  func apply(to request: inout TrainingRequest) {
    request.layers = layers.choice
    request.newClassifier = newClassifier
    request.featureCache = featureCache.value
  }
}
