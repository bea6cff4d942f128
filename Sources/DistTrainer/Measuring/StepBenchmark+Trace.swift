import Collectives
import PeakData

extension StepBenchmark {
  /// Collective. One epoch of warm-up and a traced one; then, where gradients are all-reduced, one whose
  /// all-reduce of the classifier's has nothing beside it, in `blocking`.
  public static func trace(
    world: any Communicator, batch: Int, peaks: Int = 4000, mode: ParallelMode = .data,
    lanes: Int? = nil, wire: Wire = .fp32
  ) throws -> (trace: CollectedTrace, blocking: CollectedTrace?) {
    let dataset = try SharedDataset(on: world) { DemoSet(peaks: peaks) }
    let trainer = try trainer(
      world: world, dataset: dataset, batch: batch, mode: mode, lanes: lanes, wire: wire)
    _ = try trainer.trainEpoch(of: 1)
    func traced() throws -> CollectedTrace {
      try world.barrier()
      let trace = StepTrace()
      trainer.trace = trace
      _ = try trainer.trainEpoch(of: 1)
      return try CollectedTrace(trace, on: world)
    }
    let trace = try traced()
    guard trainer.sharded == nil, world.size > 1 else { return (trace, nil) }
    trainer.overlaps = false
    return (trace, try traced())
  }
}
