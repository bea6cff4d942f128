/// NeatMS's three labels, in the order of the network's outputs (sorted).
enum SimulatedQuality: String, CaseIterable, Sendable {
  case high = "High_quality"
  case low = "Low_quality"
  case noise = "Noise"

  var label: Int32 {
    switch self {
    case .high: 0
    case .low: 1
    case .noise: 2
    }
  }
}
