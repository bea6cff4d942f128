import Model

/// What the names in `optimizer_weights` mean, in the manner of: Keras 2.11 to 2.15
/// (`Adam/m/dense_1/kernel:0`), TensorFlow's Keras before that and legacy optimizers
/// (`Adam/dense_1/kernel/m:0`, `SGD/dense_1/kernel/momentum:0`), Keras 3
/// (`adam/dense_1_kernel_velocity`), and Keras 2.3, which counts the tensors that are trained
/// (`training/Adam/m_4_1:0`).
///
/// Names of layers may have slashes: in a network with the layers `conv` and `block/conv` both ends
/// of `Adam/block/conv/kernel/m:0` are names of a moment; the longest is meant.
struct OptimizerNames {
  /// A slot by its position in `OptimizerConfiguration.slotNames`, a tensor by its position in
  /// `ParameterLayout.tensors`.
  struct Moment: Hashable {
    var slot: Int
    var tensor: Int
  }

  private let names: [String]
  private let slots: [String]
  private let tensors: [ParameterTensor]

  init(_ names: [String], _ optimizer: OptimizerConfiguration, _ layout: ParameterLayout) {
    self.names = names
    slots = optimizer.slotNames
    tensors = layout.tensors
  }

  /// The step count's name.
  var stepCount: String? { names.first(where: Self.isStepCount) }

  /// Whether there is anything besides the step count and the learning rate: a model that was not
  /// trained yet has no moments.
  var hasMoments: Bool { !names.allSatisfy { Self.isStepCount($0) || Self.isRate($0) } }

  static func isStepCount(_ name: String) -> Bool {
    ["iter:0", "iteration:0", "iterations:0", "iteration"].contains(String(last(name)))
  }

  private static func isRate(_ name: String) -> Bool {
    ["learning_rate:0", "current_learning_rate:0", "learning_rate"].contains(String(last(name)))
  }

  private static func last(_ name: String) -> Substring { name.split(separator: "/").last ?? "" }

  /// The name of every moment by which it is known; nil for one with two names.
  /// - Parameter model: of a network whose tensors are named with it: a Sequential that was built
  ///   when it saw data (`Adam/m/sequential/dense/kernel:0`, `adam/sequential_dense_kernel_velocity`).
  func moments(inside model: String? = nil) -> [Moment: String]? {
    let known = tails(model)
    var found: [Moment: String] = [:]
    for name in names {
      guard let moment = Self.ends(of: name).lazy.compactMap({ known[$0] }).first else { continue }
      if found.updateValue(name, forKey: moment) != nil { return nil }
    }
    return found
  }

  /// The names of one slot's moments by the position among the tensors that are trained.
  func counted(slot: Int) -> [Int: String] {
    let words = slots[slot] == "m" ? ["m", "moment"] : [slots[slot]]
    var found: [Int: String] = [:]
    for name in names {
      let last = Self.last(name)
      let parts = (last.hasSuffix(":0") ? last.dropLast(2) : last).split(separator: "_")
      guard parts.count >= 2, words.contains(String(parts[0])),
        parts.dropFirst().allSatisfy({ $0.allSatisfy(\.isWholeNumber) }),
        let position = Int(parts[1]), found[position] == nil
      else { continue }
      found[position] = name
    }
    return found
  }

  /// Ends of names and what they mean.
  private func tails(_ model: String?) -> [Substring: Moment] {
    let (path, prefix) = (model.map { "\($0)/" } ?? "", model.map { "\($0)_" } ?? "")
    var known: [Substring: Moment] = [:]
    for (position, tensor) in tensors.enumerated() {
      let (layer, role) = (tensor.layer, tensor.role)
      for (index, slot) in slots.enumerated() {
        let moment = Moment(slot: index, tensor: position)
        known["\(slot)/\(path)\(layer)/\(role):0"] = moment
        for word in slot == "m" ? ["m", "momentum"] : [slot] {
          known["\(path)\(layer)/\(role)/\(word):0"] = moment
        }
        known["\(prefix)\(layer)_\(role)_\(slot == "m" ? "momentum" : "velocity")"] = moment
      }
    }
    return known
  }

  /// What follows the first slash of a name, the second, …: the longest end first.
  private static func ends(of name: String) -> [Substring] {
    name.indices.filter { name[$0] == "/" }.map { name[name.index(after: $0)...] }
  }
}
