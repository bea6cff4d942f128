import ArgumentParser
import Collectives
import DistTrainer

extension ParallelMode: ExpressibleByArgument {}
extension Wire: ExpressibleByArgument {}

/// How the ranks of `train` work together.
struct SharingOptions: ParsableArguments {
  @Option(
    help: """
      data: every gradient is all-reduced in each step. sharded: the classifier's first layer is \
      split over the ranks, and the weights have the same bits on any number of ranks. auto: what \
      sends less. (default: auto)
      """)
  var parallel: ParallelMode?

  @Option(
    help: ArgumentHelp(
      """
      Parts that a sharded batch is cut into, whatever the number of ranks: a power of two, at \
      least that number. (default: 8, or more where there are more ranks)
      """, valueName: "L"))
  var lanes: Int?

  @Option(
    help: """
      The numbers in which a sharded step sends features between hosts: bf16 is half as much as fp32, \
      and rounds them. (default: fp32)
      """)
  var wire: Wire?

  @Option(
    help: ArgumentHelp(
      """
      Seconds that ranks wait for one that hangs before they end the run, whose newest checkpoint \
      stays: 0 for ever.
      """, valueName: "SECONDS"))
  var stallTimeout = 300

  func validate() throws {
    guard (0...1_000_000).contains(stallTimeout) else {
      throw ValidationError(
        "--stall-timeout needs a whole number from 1 to 1000000, or 0 for no limit.")
    }
  }

  var stallLimit: StallLimit? {
    guard stallTimeout > 0 else { return nil }
    return StallLimit(
      seconds: Double(stallTimeout),
      hint: "Only what was trained since the newest checkpoint is lost: run again with --resume. "
        + "Where ranks may need longer for each other, give --stall-timeout SECONDS.")
  }
}
