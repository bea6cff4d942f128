import Foundation
import Support
import Testing

@Suite("Atomic files")
struct AtomicFileTests {
  private let folder: String

  init() throws {
    let url = FileManager.default.temporaryDirectory
      .appending(path: "atomic-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    folder = url.path
  }

  private func failure(_ body: () throws -> Void) -> Failure? {
    do {
      try body()
      return nil
    } catch {
      return error as? Failure
    }
  }

  private func mode(_ path: String) -> mode_t {
    var info = stat()
    return lstat(path, &info) == 0 ? info.st_mode & S_IFMT : 0
  }

  @Test("A pipe is refused and stays a pipe")
  func pipe() throws {
    let path = folder + "/pipe"
    #expect(mkfifo(path, 0o600) == 0)
    let failure = failure { try AtomicFile.write("text", to: path) }
    #expect(failure?.code == .cannotCreate && failure?.place == path)
    #expect(mode(path) == S_IFIFO)
  }

  @Test("A device is refused and stays a device")
  func device() throws {
    // The link stands for the device, so that a failing test replaces nothing of the machine.
    let path = folder + "/full"
    #expect(symlink("/dev/full", path) == 0)
    #expect(failure { try AtomicFile.write("text", to: path) }?.code == .cannotCreate)
    #expect(mode(path) == S_IFLNK && mode("/dev/full") == S_IFCHR)
  }

  @Test("Through a symbolic link, the file that it leads to is replaced")
  func link() throws {
    let (path, link) = (folder + "/file", folder + "/link")
    try Data("old".utf8).write(to: URL(filePath: path))
    #expect(symlink("file", link) == 0)
    try AtomicFile.write("new", to: link)
    #expect(mode(link) == S_IFLNK)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "new")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2)
  }

  @Test("What fails names the file, not its temporary name, and leaves the old one")
  func names() throws {
    let path = folder + "/file"
    try AtomicFile.write("old", to: path)
    let failure = failure {
      try AtomicFile.write(to: path) { throw Failure(.inputOutput, "no", at: "\($0), x") }
    }
    #expect(failure?.place == "\(path), x")
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
  }

  @Test("write(2) tells why it could not write")
  func full() {
    let descriptor = open("/dev/full", O_WRONLY)
    defer { close(descriptor) }
    #expect(writeAll("text", to: descriptor) == ENOSPC)
    #expect(writeAll("", to: descriptor) == 0)
    #expect(writeAll("text", to: -1) == EBADF)
  }
}
