import Model

/// Keras's `training_config`: loss, metrics and optimizer as JSON.
enum TrainingConfig {
  /// In the terms of Keras 2.3.1, which every later Keras reads, for `keras.optimizers.legacy`'s Adam
  /// or SGD where there is such. (The form of the newer optimizers, class "Custom>Adam", stops Keras
  /// before 2.11, and Keras 3 trains it with its default rate.) Keras 2.3.1 knows metrics by strings
  /// only; later ones call this one `mean_absolute_error`.
  static func json(_ optimizer: OptimizerConfiguration) -> JSON {
    .object([
      ("loss", .string("categorical_crossentropy")),
      ("metrics", .array([.string("accuracy"), .string("mae")])), ("weighted_metrics", .null),
      ("sample_weight_mode", .null), ("loss_weights", .null),
      (
        "optimizer_config",
        .object([
          ("class_name", .string(className(optimizer))), ("config", parameters(optimizer)),
        ])
      ),
    ])
  }

  /// The `compile_config` of a `.keras` file, as Keras 3 writes it for a model compiled with its Adam
  /// or SGD. Just-in-time compilation is left to whoever loads it.
  static func compileConfig(_ optimizer: OptimizerConfiguration) -> JSON {
    .object([
      (
        "optimizer",
        .object([
          ("module", .string("keras.optimizers")), ("class_name", .string(className(optimizer))),
          ("config", keras3Parameters(optimizer)), ("registered_name", .null),
        ])
      ), ("loss", .string("categorical_crossentropy")), ("loss_weights", .null),
      ("metrics", .array([.string("accuracy"), .string("mae")])), ("weighted_metrics", .null),
      ("run_eagerly", .bool(false)), ("steps_per_execution", .integer(1)),
      ("jit_compile", .string("auto")),
    ])
  }

  private static func keras3Parameters(_ optimizer: OptimizerConfiguration) -> JSON {
    switch optimizer {
    case .adam(let rate, let beta1, let beta2, let epsilon):
      .object([
        ("name", .string("adam")), ("learning_rate", .number(Double(rate))),
        ("beta_1", .short(beta1)), ("beta_2", .short(beta2)), ("epsilon", .short(epsilon)),
        ("amsgrad", .bool(false)),
      ])
    case .sgd(let rate, let momentum):
      .object([
        ("name", .string("SGD")), ("learning_rate", .number(Double(rate))),
        ("momentum", .short(momentum)), ("nesterov", .bool(false)),
      ])
    }
  }

  static func className(_ optimizer: OptimizerConfiguration) -> String {
    switch optimizer {
    case .adam: "Adam"
    case .sgd: "SGD"
    }
  }

  private static func parameters(_ optimizer: OptimizerConfiguration) -> JSON {
    // Without the optimizer's name, which Keras 2.3.1 refuses.
    switch optimizer {
    case .adam(let rate, let beta1, let beta2, let epsilon):
      .object([
        ("learning_rate", .number(Double(rate))), ("decay", .number(0)),
        ("beta_1", .number(Double(beta1))), ("beta_2", .number(Double(beta2))),
        ("epsilon", .short(epsilon)), ("amsgrad", .bool(false)),
      ])
    case .sgd(let rate, let momentum):
      .object([
        ("learning_rate", .number(Double(rate))), ("decay", .number(0)),
        ("momentum", .number(Double(momentum))), ("nesterov", .bool(false)),
      ])
    }
  }

  /// The optimizer of a `training_config` or `compile_config`; nil for one that this program does not
  /// have: another class, or Adam or SGD with AMSGrad, Nesterov momentum, weight decay, clipping,
  /// averaged weights, or a learning rate that follows a schedule.
  static func optimizer(_ json: JSON) -> OptimizerConfiguration? {
    // The latter is the name in a `compile_config`, of `.keras` files.
    guard let description = json["optimizer_config"] ?? json["optimizer"],
      let config = description["config"],
      let rate = (config["learning_rate"] ?? config["lr"])?.number, isPlain(config)
    else { return nil }
    func value(_ key: String, _ missing: Float) -> Float? {
      guard let found = config[key], !found.isNull else { return missing }
      return found.number.map(Float.init)
    }
    // Keras 2.11 to 2.15 write "Custom>Adam".
    switch description["class_name"]?.string?.split(separator: ">").last?.lowercased() {
    case "adam":
      guard let beta1 = value("beta_1", 0.9), let beta2 = value("beta_2", 0.999),
        let epsilon = value("epsilon", 1e-7)
      else { return nil }
      return .adam(learningRate: Float(rate), beta1: beta1, beta2: beta2, epsilon: epsilon)
    case "sgd":
      guard let momentum = value("momentum", 0) else { return nil }
      return .sgd(learningRate: Float(rate), momentum: momentum)
    default: return nil
    }
  }

  private static func isPlain(_ config: JSON) -> Bool {
    for key in ["amsgrad", "nesterov", "use_ema"] where config[key]?.bool == true { return false }
    for key in [
      "weight_decay", "clipnorm", "global_clipnorm", "clipvalue", "decay",
      "gradient_accumulation_steps", "loss_scale_factor",
    ] {
      if let value = config[key], !value.isNull, value.number != 0 { return false }
    }
    return true
  }
}
