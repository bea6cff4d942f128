// How many blocks of memory training steps ask for on each rank, for tests.
//
//     mpirun -n 2 step-suite MODE BATCH [LAYERS]    a line a rank: the most of any step, after some to warm up

import AllocationCount
import Collectives
import DistTrainer
import Model
import Support

let arguments = CommandLine.arguments
guard (3...4).contains(arguments.count), let mode = ParallelMode(rawValue: arguments[1]),
  let batch = Int(arguments[2])
else { fatalError("usage: step-suite MODE BATCH [LAYERS]") }
/// What is frozen, as `--freeze` takes it.
let frozen = arguments.count == 4 ? arguments[3] : nil
let (warmUp, watched) = (10, 20)
// Watched as `train` is.
MPIEnvironment.withWorld(stallLimit: StallLimit(seconds: 2, hint: "")) { world in
  var counts: [Int] = []
  counts.reserveCapacity(warmUp + watched + 1)
  try StepBenchmark.take(
    warmUp + watched, world: world, batch: batch, layers: LayerChoice(freeze: frozen), mode: mode
  ) { counts.append(allocation_count()) }
  let ofSteps = zip(counts.dropFirst(), counts).map { $0 - $1 }
  print("rank \(world.rank): \(ofSteps.suffix(watched).max() ?? -1)")
}
