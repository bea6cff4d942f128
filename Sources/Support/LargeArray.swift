import Glibc

extension Array where Element: BitwiseCopyable {
  /// `reserveCapacity` for millions of elements: the kernel is asked for huge pages, of which it
  /// hands out hundreds of small ones at a time where it has any (`madvise`, which may do nothing).
  public mutating func reserveLarge(_ count: Int) {
    reserveCapacity(count)
    let bytes = capacity * MemoryLayout<Element>.stride
    withUnsafeMutableBytes { HugePages.ask(for: $0.baseAddress, bytes) }
  }
}

public enum HugePages {
  /// Asks for huge pages in so many bytes of this process's own.
  public static func ask(for start: UnsafeMutableRawPointer?, _ bytes: Int) {
    guard let start, bytes >= 4 << 20 else { return }
    let page = sysconf(Int32(_SC_PAGESIZE))
    let first = start.alignedUp(toMultipleOf: page)
    let end = (start + bytes).alignedDown(toMultipleOf: page)
    madvise(first, first.distance(to: end), MADV_HUGEPAGE)
  }
}
