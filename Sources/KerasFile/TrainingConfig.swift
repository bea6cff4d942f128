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
}
