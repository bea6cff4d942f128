// The collectives' checks as a program for mpirun, and programs that fail in every way a rank can.
//
//     mpirun -n 4 mpi-suite                 all checks
//     mpirun -n 4 mpi-suite --chunk 5000    the same with every call split into pieces
//     mpirun -n 4 mpi-suite SCENARIO [RANK] see Scenario
//     mpirun -n 2 mpi-suite bench           times of reductions

import CMPI
import Collectives
import CollectivesSuite
import Foundation
import Support

func runChecks(_ world: any Communicator) throws {
  let suite = CollectivesSuite(world: world)
  for check in CollectivesSuite.checks { try suite.run(check) }
  for failure in suite.failures {
    FileHandle.standardError.write(Data("FAILED \(failure)\n".utf8))
  }
  var counts = [Int64(suite.passed), Int64(suite.failures.count)]
  try counts.withUnsafeMutableBufferPointer { try world.allReduce($0, .sum) }
  if world.rank == 0 {
    let backend = world is SoloCommunicator ? "no MPI" : MPIEnvironment.libraryVersion
    print("\(counts[0]) checks passed, \(counts[1]) failed on \(world.size) ranks (\(backend))")
  }
  if counts[1] > 0 {
    throw AgreedFailure(Failure(.internalError, "\(counts[1]) checks failed"))
  }
}

let arguments = Array(CommandLine.arguments.dropFirst())
let limit = arguments.first.flatMap(Scenario.init)?.stallLimit
MPIEnvironment.withWorld(stallLimit: limit) { world in
  switch arguments.first {
  case nil:
    try runChecks(world)
  case "--chunk":
    cmpi_set_chunk(Int64(arguments.dropFirst().first ?? "") ?? 5_000)
    try runChecks(world)
  case "bench":
    try benchmark(world)
  case let name?:
    guard let scenario = Scenario(rawValue: name) else {
      throw AgreedFailure(Failure(.usage, "no such scenario", found: name))
    }
    try scenario.run(world, rank: arguments.dropFirst().first.flatMap { Int($0) } ?? 0)
  }
}
