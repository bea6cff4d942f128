import Support

/// What is read in a child process and handed over to its parent.
///
/// A new field of a conforming type travels by itself, as JSON, if it is `Codable`; only long arrays
/// of numbers need to be named here.
public protocol IsolatedResult: Codable, Sendable {
  /// Takes the long arrays out, leaving empty ones, always in the same order.
  mutating func detachArrays() -> [[Float]]

  /// Puts back what `detachArrays` took.
  /// - Throws: `Failure` when the arrays do not fit in number. The child may have been taken over by
  ///   what it read: nothing may be presumed.
  mutating func attach(_ arrays: [[Float]]) throws

  /// Checks everything that a user of the value relies on.
  /// - Parameter path: the file, for messages.
  /// - Throws: `Failure(.badData)`.
  func check(at path: String) throws
}

/// What a child is asked to read.
public struct IsolatedRequest: Codable, Sendable, Equatable {
  /// The `IsolatedTask` that reads it.
  public var task: String
  public var path: String
  /// For files of weights only: the matrix size of the data at hand.
  public var matrixSize: Int?
  /// The most bytes that the file may have.
  public var largestFile: Int
  /// Seconds of processor time that are given beyond those for the file's size.
  public var spareSeconds: Int

  public init(
    _ task: String, path: String, matrixSize: Int? = nil,
    largestFile: Int = IsolationLimits.largestFile, spareSeconds: Int = 0
  ) {
    self.task = task
    self.path = path
    self.matrixSize = matrixSize
    self.largestFile = largestFile
    self.spareSeconds = spareSeconds
  }
}

/// One kind of file that children of this program can read.
public struct IsolatedTask: Sendable {
  public let name: String
  /// Does once what every child would do again: what libraries set up at their first use. It reads
  /// nothing from outside.
  let warmUp: @Sendable () -> Void
  /// Reads in the child, and gives the message for its parent.
  let run: @Sendable (IsolatedRequest) -> [UInt8]

  public init<Result: IsolatedResult>(
    _ name: String, warmUp: @escaping @Sendable () -> Void = {},
    _ read: @escaping @Sendable (IsolatedRequest) throws -> Result
  ) {
    self.name = name
    self.warmUp = warmUp
    run = { request in
      do {
        return try IsolatedMessage.encode(read(request))
      } catch is EncodingError {
        // JSON has no infinity: what `read` lets through must be finite.
        let failure = Failure(
          .badData, "is damaged or hostile: holds a number that is not finite", at: request.path)
        return IsolatedMessage<Result>.encode(failure: failure, request)
      } catch {
        return IsolatedMessage<Result>.encode(failure: error, request)
      }
    }
  }
}
