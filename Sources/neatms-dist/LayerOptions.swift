import ArgumentParser
import DistTrainer

/// `--freeze` and `--train-only`: which layers are trained.
struct LayerOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Layers that are not trained, separated by commas: names, positions (3, 0..<4, 2...5; the \
      input is always 0, also of a sequential model, whose layers Keras counts from the first \
      behind it), conv-base or classifier; or none. (default: as the model says)
      """, valueName: "LIST"))
  var freeze: String?

  @Option(
    help: ArgumentHelp("Layers that alone are trained; or all.", valueName: "LIST"))
  var trainOnly: String?

  var choice: LayerChoice { LayerChoice(freeze: freeze, trainOnly: trainOnly) }

  func validate() throws {
    if freeze != nil && trainOnly != nil {
      throw ValidationError("--freeze and --train-only exclude each other.")
    }
  }
}

/// `--feature-cache auto|off|MB`.
struct FeatureCacheArgument: ExpressibleByArgument, CustomStringConvertible {
  let value: FeatureCacheLimit
  let description: String

  init(value: FeatureCacheLimit, text: String) { (self.value, description) = (value, text) }

  init?(argument: String) {
    switch argument {
    case "auto": value = .automatic
    case "off": value = .off
    default:
      guard let megabytes = Int(argument), megabytes >= 0 else { return nil }
      value = .megabytes(megabytes)
    }
    description = argument
  }

  var defaultValueDescription: String { description }
}
