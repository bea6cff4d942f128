import Foundation
import Support

/// The messages of TensorBoard's event files that a curve needs, encoded as TensorFlow 2 does: fields
/// of `Event` (tensorflow/core/util/event.proto) and `Summary` (tensorflow/core/framework/summary.proto).
enum BoardEvent {
  /// The first event of every file.
  static func version(at time: Double) -> ProtocolBuffer {
    event(at: time, step: 0) { event in
      event.add(3, "brain.Event:2")
      event.add(10, .message { $0.add(1, "neatms-dist") })
    }
  }

  /// SessionLog.START: what earlier files hold of this step and later ones counts no more. TensorBoard
  /// takes the first of a folder for the start of it all, so that every file needs one.
  static func start(at step: Int, time: Double) -> ProtocolBuffer {
    event(at: time, step: step) { event in
      event.add(7, .message { $0.add(1, 1) })
    }
  }

  /// One point of the curve `tag`: a tensor of no dimensions for the scalars plugin.
  static func scalar(_ tag: String, _ value: Float, step: Int, at time: Double) -> ProtocolBuffer {
    let tensor = ProtocolBuffer.message { tensor in
      tensor.add(1, 1)  // DT_FLOAT
      tensor.add(2, ProtocolBuffer())
      tensor.add(4, withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) })
    }
    let metadata = ProtocolBuffer.message { metadata in
      metadata.add(1, .message { $0.add(1, "scalars") })
    }
    let point = ProtocolBuffer.message { point in
      point.add(1, tag)
      point.add(8, tensor)
      point.add(9, metadata)
    }
    return event(at: time, step: step) { event in
      event.add(5, .message { $0.add(1, point) })
    }
  }

  /// - Parameter time: seconds since 1970.
  private static func event(
    at time: Double, step: Int, _ body: (inout ProtocolBuffer) -> Void
  ) -> ProtocolBuffer {
    .message { event in
      event.add(1, time)
      if step != 0 { event.add(2, step) }
      body(&event)
    }
  }
}
