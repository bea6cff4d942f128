import Foundation
import Model
import Support

/// Times the training step on one process without communication or data: what the network's
/// arithmetic alone costs.
public enum StepTimer {
  /// - Returns: samples per second of forward, backward and Adam over batches of `batch` random
  ///   peaks, the best of the measured chunks.
  public static func run(batch: Int, seconds: Double) throws -> Double {
    let net = try PeakNet(architecture: .neatMS(), maxBatch: batch)
    net.initializeGlorotUniform(seed: 0)
    let optimizer = Optimizer(.adam(learningRate: 1e-5), count: net.layout.count)
    let gradients = AlignedBuffer(count: net.layout.count)
    var random = PhiloxSequence(seed: 1, stream: .simulation)
    let x = AlignedBuffer(copying: (0..<(batch * 240)).map { _ in random.nextUniform() })
    let labels = (0..<batch).map { Int32($0 % 3) }
    var best = 0.0
    let start = Date()
    var position = 0
    while Date().timeIntervalSince(start) < seconds {
      let chunk = Date()
      let steps = max(1, 640 / batch)
      for _ in 0..<steps {
        let key = DropoutKey(seed: 0, epoch: 0, firstPosition: position)
        position += batch
        _ = try net.trainStep(
          x.pointer, labels: labels, count: batch,
          context: StepContext(globalCount: batch, dropout: key), gradients: gradients.pointer)
        _ = optimizer.apply(
          weights: net.weights.pointer, gradients: gradients.pointer, segments: net.l2Segments)
      }
      best = max(best, Double(steps * batch) / Date().timeIntervalSince(chunk))
    }
    return best
  }
}
