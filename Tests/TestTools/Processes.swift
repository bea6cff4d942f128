import Foundation

/// Every process but this whose command line holds a text, in the order of their numbers: mpirun comes
/// before its ranks.
public func processes(naming text: String) -> [Int32] {
  let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
  let found = names.compactMap { Int32($0) }.filter { process in
    process != getpid() && contents("cmdline", of: process).contains(text)
  }
  return found.sorted()
}

/// Those of them that mpirun started as this rank.
public func processes(naming text: String, rank: Int) -> [Int32] {
  processes(naming: text).filter { process in
    contents("environ", of: process).split(separator: "\0").contains(
      "OMPI_COMM_WORLD_RANK=\(rank)")
  }
}

private func contents(_ file: String, of process: Int32) -> String {
  let data = FileManager.default.contents(atPath: "/proc/\(process)/\(file)") ?? Data()
  return String(decoding: data, as: UTF8.self)
}
