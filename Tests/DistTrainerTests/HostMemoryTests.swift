import DistTrainer
import Foundation
import TestTools
import Testing

/// The memory that may be taken, from files like the kernel's.
@Suite struct HostMemoryTests {
  /// The root folder of a machine with these files.
  private func available(_ files: [String: String]) throws -> Int? {
    try withTemporaryDirectory { root in
      for (path, text) in files {
        let file = root.appending(path: path)
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
      }
      return HostMemory.available(root: root.path)
    }
  }

  private let machine = "MemTotal:       16000 kB\nMemFree:  10 kB\nMemAvailable:   8000 kB\n"

  @Test func aMachineWithoutLimits() throws {
    #expect(try available(["proc/meminfo": machine]) == 8_192_000)
    #expect(try available([:]) == nil)
    let unlimited = [
      "proc/meminfo": machine, "proc/self/cgroup": "0::/user\n",
      "sys/fs/cgroup/user/memory.max": "max\n", "sys/fs/cgroup/user/memory.current": "1000\n",
    ]
    #expect(try available(unlimited) == 8_192_000)
  }

  /// A batch job's limit may be set on a group around the process's own.
  @Test func aLimitOfAnyGroupAround() throws {
    var files = [
      "proc/meminfo": machine, "proc/self/cgroup": "0::/job_7/step_0\n",
      "sys/fs/cgroup/job_7/memory.max": "3000000\n",
      "sys/fs/cgroup/job_7/memory.current": "1000000\n",
      "sys/fs/cgroup/job_7/step_0/memory.max": "max\n",
    ]
    #expect(try available(files) == 2_000_000)
    // Files that are only cached give way.
    files["sys/fs/cgroup/job_7/memory.stat"] = "anon 5\ninactive_file 400000\n"
    #expect(try available(files) == 2_400_000)
    // A container sees its own group as the root.
    files["sys/fs/cgroup/memory.max"] = "900000\n"
    files["sys/fs/cgroup/memory.current"] = "1000000\n"
    #expect(try available(files) == 0)
  }

  @Test func controlGroupsOfTheFirstVersion() throws {
    let files = [
      "proc/meminfo": machine, "proc/self/cgroup": "9:cpu,cpuacct:/a\n4:memory:/slurm/job\n",
      "sys/fs/cgroup/memory/slurm/memory.limit_in_bytes": "5000000\n",
      "sys/fs/cgroup/memory/slurm/memory.usage_in_bytes": "2000000\n",
      "sys/fs/cgroup/memory/slurm/memory.stat": "inactive_file 7\ntotal_inactive_file 500000\n",
      "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
      "sys/fs/cgroup/memory/memory.usage_in_bytes": "3000000\n",
    ]
    #expect(try available(files) == 3_500_000)
  }

  @Test func thisMachine() throws {
    let bytes = try #require(HostMemory.available())
    #expect(bytes > 1_000_000 && bytes < 1 << 50)
  }
}
