import HDF5
import Model

/// An optimizer's state with which training cannot go on, though nothing in it is damaged: Keras
/// then starts the optimizer anew, and so does this program.
struct UnfitState: Error {
  /// A clause about the file.
  let reason: String

  /// Keras builds the state by the layers that were trained when the model was compiled.
  static let ofOtherLayers = UnfitState(
    reason: "holds the optimizer's state of other layers than it says are trained")
  static let unknownNames = UnfitState(
    reason: "names the parts of the optimizer's state in a way that is not known")
}

extension KerasModel {
  /// Takes over how the file says it was compiled, and the optimizer's state where training can go
  /// on from it; else, in `stateRemark`, why it cannot.
  /// - Parameters:
  ///   - description: a `training_config` or `compile_config`.
  ///   - place: the file and where it is in there.
  ///   - read: reads the state.
  /// - Throws: `Failure(.badData)` for settings that are not finite; what `read` throws, but
  ///   `UnfitState`.
  mutating func readTraining(
    _ description: JSON, at place: String, _ root: borrowing H5Group,
    _ read: (borrowing H5Group, OptimizerConfiguration, Architecture) throws -> OptimizerState?
  ) throws {
    (optimizer, stateRemark) = TrainingConfig.read(description)
    try KerasFile.checkNumbers(of: optimizer, place)
    guard let optimizer, stateRemark == nil else { return }
    do {
      optimizerState = try read(root, optimizer, architecture)
    } catch let unfit as UnfitState {
      stateRemark = unfit.reason
    }
  }
}
