import Support

/// How much memory of a host the frozen layers' output of every peak may take.
public enum FeatureCacheLimit: Sendable, Equatable {
  /// Half of what is available (`HostMemory`), on the host that has least.
  case automatic
  /// It is computed anew in every step.
  case off
  case megabytes(Int)
}

/// Whether to keep the frozen conv base's output, and how to tell of it; on every rank alike but
/// for the messages, which only rank 0 shows.
public struct FeaturePlan {
  public var limit = FeatureCacheLimit.automatic
  /// Gets a line that says what is done.
  public var tell: (String) -> Void = { _ in }
  /// Gets now and then the share of the peaks that is computed.
  public var progress: (Double) -> Void = { _ in }

  public init() {}
}
