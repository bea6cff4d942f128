import Collectives
import Foundation
import Model
import PeakData
import Support

extension StepBenchmark {
  /// What the matrix products of steps take by themselves.
  public struct Products: Sendable {
    /// Seconds of a step, of its products alone, and of the same by BLIS: medians of the rounds.
    public var step: Double
    public var products: Double
    public var blis: Double
    /// Steps by products, and by BLIS's, medians of the rounds' ratios.
    public var ratio: Double
    public var ratioOfBLIS: Double
    /// Multiplications and additions of a step.
    public var operations: Double
  }

  /// Takes turns of ten steps, of their matrix products alone, in the same memory, and of these by BLIS,
  /// until `seconds` have passed. One rank.
  public static func products(
    batch: Int, seconds: Double, mode: ParallelMode = .data, lanes: Int? = nil
  ) throws -> Products {
    let world = SoloCommunicator()
    let steps = 10
    let dataset = try SharedDataset(on: world) { DemoSet(peaks: peaks(training: steps * batch)) }
    let trainer = try trainer(
      world: world, dataset: dataset, batch: batch, mode: mode, lanes: lanes)
    let recorded = try RecordedProducts { _ = try trainer.trainEpoch(of: 1) }
    guard recorded.isWhole else {
      throw Failure(
        .usage, "bench --products: too many products", expected: "smaller batches or fewer lanes")
    }
    var rounds: [(step: Double, products: Double, blis: Double)] = []
    let begin = DispatchTime.now().uptimeNanoseconds
    func since(_ start: UInt64) -> Double {
      Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
    }
    while rounds.count < 3 || since(begin) < seconds {
      let times = try [
        { _ = try trainer.trainEpoch(of: 1) }, { recorded.run() }, { recorded.run(byBLIS: true) },
      ].map { (work: () throws -> Void) in
        let start = DispatchTime.now().uptimeNanoseconds
        try work()
        return since(start) / Double(steps)
      }
      rounds.append((times[0], times[1], times[2]))
    }
    func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
    return Products(
      step: median(rounds.map(\.step)), products: median(rounds.map(\.products)),
      blis: median(rounds.map(\.blis)), ratio: median(rounds.map { $0.step / $0.products }),
      ratioOfBLIS: median(rounds.map { $0.step / $0.blis }),
      operations: recorded.operations / Double(steps))
  }
}
