import Isolation
import Model

extension TrainingConfig {
  /// The optimizer of a `training_config` or `compile_config`, and why training cannot go on as the
  /// file was compiled: an optimizer, setting or loss that this program does not have. Neither for a
  /// model that was not compiled.
  static func read(_ json: JSON) -> (optimizer: OptimizerConfiguration?, remark: String?) {
    // The latter is the name in a `compile_config`, of `.keras` files.
    guard let description = json["optimizer_config"] ?? json["optimizer"] else { return (nil, nil) }
    let (optimizer, unknown) = optimizer(description)
    if let unknown { return (nil, "was compiled with \(unknown), which neatms-dist does not have") }
    if let other = otherLoss(json["loss"]) {
      return (
        optimizer,
        "was compiled with the loss \(other); neatms-dist trains by categorical cross-entropy"
      )
    }
    return (optimizer, nil)
  }

  /// The optimizer; or what of it this program does not have.
  private static func optimizer(
    _ description: JSON
  ) -> (optimizer: OptimizerConfiguration?, unknown: String?) {
    let className = description["class_name"]?.string ?? "?"
    // Keras 2.11 to 2.15 write "Custom>Adam".
    let shortName = className.split(separator: ">").last.map(String.init) ?? className
    let name = shortName.lowercased()
    guard let config = description["config"], name == "adam" || name == "sgd" else {
      return (nil, "the optimizer \(shown(shortName))")
    }
    if let special = special(config) { return (nil, special) }
    guard let rate = (config["learning_rate"] ?? config["lr"])?.number else {
      return (nil, "a learning rate that follows a schedule")
    }
    /// A setting, or how a wrong one reads.
    func value(_ key: String, _ missing: Float, _ fits: (Float) -> Bool) -> (Float, String?) {
      guard let found = config[key], !found.isNull else { return (missing, nil) }
      if let value = found.number.map(Float.init), fits(value) { return (value, nil) }
      return (missing, "\(key) \(shown(found.text))")
    }
    let isShare = { (value: Float) in value >= 0 && value < 1 }
    if name == "sgd" {
      let (momentum, wrong) = value("momentum", 0, isShare)
      return wrong.map { (nil, $0) }
        ?? (.sgd(learningRate: Float(rate), momentum: momentum), nil)
    }
    let (beta1, wrong1) = value("beta_1", 0.9, isShare)
    let (beta2, wrong2) = value("beta_2", 0.999, isShare)
    let (epsilon, wrong3) = value("epsilon", 1e-7) { $0 > 0 && $0.isFinite }
    if let wrong = wrong1 ?? wrong2 ?? wrong3 { return (nil, wrong) }
    return (
      .adam(learningRate: Float(rate), beta1: beta1, beta2: beta2, epsilon: epsilon), nil
    )
  }

  /// What goes beyond plain Adam and SGD.
  private static func special(_ config: JSON) -> String? {
    let switches = [
      ("amsgrad", "AMSGrad"), ("nesterov", "Nesterov momentum"), ("use_ema", "averaged weights"),
    ]
    if let (_, name) = switches.first(where: { config[$0.0]?.bool == true }) { return name }
    let numbers = [
      ("weight_decay", "weight decay"), ("clipnorm", "gradient clipping"),
      ("global_clipnorm", "gradient clipping"), ("clipvalue", "gradient clipping"),
      ("decay", "a learning rate that decays"),
      ("gradient_accumulation_steps", "gradient accumulation"),
      ("loss_scale_factor", "loss scaling"),
    ]
    return numbers.first { key, _ in
      config[key].map { !$0.isNull && $0.number != 0 } ?? false
    }?.1
  }

  /// A loss other than the categorical cross-entropy of probabilities, sparse or not; nil for that,
  /// and for none. Keras writes a name, an object, or one of these for the one output.
  private static func otherLoss(_ loss: JSON?) -> String? {
    guard let loss, !loss.isNull else { return nil }
    if case .array(let losses) = loss, losses.count == 1 { return otherLoss(losses[0]) }
    if case .object(let members) = loss, members.count == 1 { return otherLoss(members[0].value) }
    let config = loss["config"]
    // A function's name is its "config" in Keras 3.
    let name = config?.string ?? loss["class_name"]?.string ?? loss.string ?? loss.text
    let plain = name.lowercased().filter { $0 != "_" }
    guard ["categoricalcrossentropy", "sparsecategoricalcrossentropy"].contains(plain) else {
      return shown(name)
    }
    if config?["from_logits"]?.bool == true { return "\(shown(name)) of logits" }
    if let smoothing = config?["label_smoothing"]?.number, smoothing != 0 {
      return "\(shown(name)) with label smoothing"
    }
    return nil
  }

  /// What a file says, in a message.
  private static func shown(_ text: String) -> String { String(text.prefix(40)).forTerminal() }
}
