import Foundation

/// How much memory this process may still take: what the kernel says is available, or less where a
/// control group (of a container or a batch job) has a limit.
public enum HostMemory {
  /// In bytes; nil where nothing is known.
  /// - Parameter root: goes before the paths of the kernel's files; for tests.
  public static func available(root: String = "") -> Int? {
    ([memAvailable(root)] + groupsLeft(root)).compactMap { $0 }.min()
  }

  private static func memAvailable(_ root: String) -> Int? {
    for line in lines(root + "/proc/meminfo") where line.hasPrefix("MemAvailable:") {
      let words = line.split(separator: " ")
      return words.count > 1 ? Int(words[1]).map { $0 * 1024 } : nil
    }
    return nil
  }

  /// What is left under the limit of each control group that this process is in, v2 or v1.
  private static func groupsLeft(_ root: String) -> [Int?] {
    lines(root + "/proc/self/cgroup").flatMap { line -> [Int?] in
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { return [] }
      let path = String(fields[2])
      if fields[1].isEmpty {
        return chain(path).map {
          left(
            root + "/sys/fs/cgroup" + $0, limit: "memory.max", used: "memory.current",
            cache: "inactive_file")
        }
      }
      guard fields[1].split(separator: ",").contains("memory") else { return [] }
      return chain(path).map {
        left(
          root + "/sys/fs/cgroup/memory" + $0, limit: "memory.limit_in_bytes",
          used: "memory.usage_in_bytes", cache: "total_inactive_file")
      }
    }
  }

  /// A group's path and those of all groups around it: "/a/b", "/a", "".
  private static func chain(_ path: String) -> [String] {
    var parts = path.split(separator: "/")
    var chain = [""]
    var whole = ""
    while !parts.isEmpty {
      whole += "/" + parts.removeFirst()
      chain.append(whole)
    }
    return chain
  }

  /// Limit − used; files that are only cached (`cache` in memory.stat) give way and do not count.
  private static func left(
    _ folder: String, limit: String, used: String, cache: String
  ) -> Int? {
    guard let limit = lines("\(folder)/\(limit)").first.flatMap({ Int($0) }),
      let used = lines("\(folder)/\(used)").first.flatMap({ Int($0) })
    else { return nil }
    let cached = lines("\(folder)/memory.stat").first { $0.hasPrefix(cache + " ") }
      .flatMap { Int($0.dropFirst(cache.count + 1)) }
    return max(limit - used + (cached ?? 0), 0)
  }

  private static func lines(_ path: String) -> [Substring] {
    guard let data = FileManager.default.contents(atPath: path) else { return [] }
    return String(decoding: data, as: UTF8.self).split(separator: "\n")
  }
}
