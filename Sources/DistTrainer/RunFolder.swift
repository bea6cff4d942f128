import Foundation
import Support

/// The files of a run: see docs/formats.md.
public struct RunFolder: Sendable {
  public let path: String

  public init(_ path: String) { self.path = path }

  public var model: String { path + "/model.h5" }
  public var best: String { path + "/best.h5" }
  public var history: String { path + "/history.csv" }
  public var record: String { path + "/run.json" }
  public var checkpointFolder: String { path + "/checkpoints" }
  /// TensorBoard's event files of the training and of the test set, as Keras names their folders.
  public var trainEvents: String { path + "/train" }
  public var validationEvents: String { path + "/validation" }

  /// - Parameter epoch: epochs completed.
  public func checkpoint(epoch: Int) -> String {
    let digits = String(epoch)
    let zeros = String(repeating: "0", count: max(0, 6 - digits.count))
    return "\(checkpointFolder)/epoch-\(zeros)\(digits).h5"
  }

  /// The checkpoints there are, newest first.
  public func checkpoints() -> [(epoch: Int, path: String)] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: checkpointFolder)) ?? []
    let found = names.compactMap { name -> (epoch: Int, path: String)? in
      guard name.hasPrefix("epoch-"), name.hasSuffix(".h5"),
        let epoch = Int(name.dropFirst(6).dropLast(3))
      else { return nil }
      return (epoch, checkpointFolder + "/" + name)
    }
    return found.sorted { $0.epoch > $1.epoch }
  }

  /// Whether the folder holds anything that a run wrote.
  public var holdsRun: Bool {
    [model, best, history, record].contains { FileManager.default.fileExists(atPath: $0) }
      || !checkpoints().isEmpty
  }

  /// Refuses a folder that holds a run, before anything is read or computed.
  /// - Throws: `Failure(.cannotCreate)`.
  public func refuseExistingRun() throws {
    guard holdsRun else { return }
    throw Failure(
      .cannotCreate, "the folder holds a run already", at: path,
      hint: "--resume goes on with it, --overwrite starts it anew, --out names another folder")
  }

  /// Refuses to start from the beginning where that would destroy models: checkpoints that cannot
  /// be read (each has been named), or models without checkpoints.
  /// - Throws: `Failure(.badData)`.
  func refuseUnreadableRun() throws {
    let models = [model, best].filter { FileManager.default.fileExists(atPath: $0) }
    guard let kept = checkpoints().first?.path ?? models.first else { return }
    throw Failure(
      .badData, "the folder holds a run that cannot be resumed", at: path,
      expected: "a whole checkpoint in \(checkpointFolder)", found: "only \(kept)",
      hint: "--overwrite starts the run anew, --model starts from one of its models with --out DIR")
  }

  /// Makes the folders, and removes what an earlier run wrote (those files only).
  /// - Throws: `Failure(.cannotCreate)` where the place cannot be written.
  public func prepare(removingRun: Bool) throws -> FolderLock {
    var info = stat()
    if stat(path, &info) == 0, info.st_mode & S_IFMT != S_IFDIR {
      throw Failure(
        .cannotCreate, "is not a folder", at: path, hint: "choose another place with --out")
    }
    do {
      try FileManager.default.createDirectory(
        atPath: checkpointFolder, withIntermediateDirectories: true)
    } catch {
      throw Failure(
        .cannotCreate, "cannot create the run folder", at: path,
        hint: "choose a folder you may write to with --out")
    }
    let lock = try FolderLock(path)
    if removingRun {
      let events = [trainEvents, validationEvents].flatMap(EventFile.files)
      for file in [model, best, history, record] + checkpoints().map(\.path) + events {
        if unlink(file) != 0 && errno != ENOENT {
          throw Failure(
            .cannotCreate, "cannot remove the earlier run's file", at: file,
            found: String(cString: strerror(errno)))
        }
      }
      // Fails, as it should, where there is anything else in them.
      for folder in [trainEvents, validationEvents] { rmdir(folder) }
    }
    removeUnfinishedFiles()
    guard access(checkpointFolder, W_OK) == 0, access(path, W_OK) == 0 else {
      throw Failure(
        .cannotCreate, "cannot write to the run folder", at: path,
        found: String(cString: strerror(errno)),
        hint: "choose a folder you may write to with --out")
    }
    return lock
  }

  /// Removes all but the newest `keep` checkpoints. Ones of later epochs (of a run that was resumed
  /// from before them) go too: they are not this run's.
  func prune(newest epoch: Int, keep: Int) {
    let all = checkpoints()
    let mine = all.filter { $0.epoch <= epoch }
    for stale in all.filter({ $0.epoch > epoch }) + mine.dropFirst(keep) { unlink(stale.path) }
  }

  /// What a killed run was writing: `AtomicFile`'s temporary files.
  func removeUnfinishedFiles() {
    for folder in [path, checkpointFolder] {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      for name in names where name.hasPrefix(".") && name.hasSuffix(".part") {
        unlink(folder + "/" + name)
      }
    }
  }
}
