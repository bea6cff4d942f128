/// Orders by whole numbers from 0 in one pass: there are about as many numbers as things to order.
public enum CountingOrder {
  /// Puts values in an order where they are, without memory for a second array of them.
  /// - Parameter order: by new place, the old one: each place once.
  public static func arrange<Value: BitwiseCopyable>(_ values: inout [Value], in order: [Int32]) {
    precondition(values.count == order.count)
    var isDone = [Bool](repeating: false, count: order.count)
    values.withUnsafeMutableBufferPointer { values in
      for start in order.indices where !isDone[start] {
        // The value that stood here moves last, to where the round ends.
        let first = values[start]
        var place = start
        while true {
          isDone[place] = true
          let source = Int(order[place])
          if source == start { break }
          values[place] = values[source]
          place = source
        }
        values[place] = first
      }
    }
  }

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
