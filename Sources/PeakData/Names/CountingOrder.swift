/// Orders by whole numbers from 0 in one pass: there are about as many numbers as things to order.
public enum CountingOrder {
  /// `order` by ascending `key`; those with the same key stay in their order.
  /// - Parameters:
  ///   - order: indices into `key`.
  ///   - keyCount: more than every key.
  public static func sorted(_ order: [Int32], by key: [Int32], keyCount: Int) -> [Int32] {
    var starts = [Int32](repeating: 0, count: keyCount + 1)
    for index in order { starts[Int(key[Int(index)]) + 1] += 1 }
    for value in 0..<keyCount { starts[value + 1] += starts[value] }
    return [Int32](unsafeUninitializedCapacity: order.count) { sorted, filled in
      for index in order {
        let value = Int(key[Int(index)])
        sorted.initializeElement(at: Int(starts[value]), to: index)
        starts[value] += 1
      }
      filled = order.count
    }
  }
}
