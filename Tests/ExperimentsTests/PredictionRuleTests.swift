import Experiments
import Foundation
import PythonTesting
import Testing

@Suite("The rule that makes probabilities a label") struct PredictionRuleTests {
  @Test("The threshold promotes and never demotes; of equal probabilities the first counts")
  func plain() {
    let rule = PredictionRule(.init(label: 1, threshold: 0.25))
    #expect(rule.label(of: [0.5, 0.25, 0.25]) == (1, true))
    #expect(rule.label(of: [0.5, 0.2, 0.3]) == (0, false))
    #expect(rule.label(of: [0.3, 0.4, 0.3]) == (1, false))
    let high = PredictionRule(.init(label: 1, threshold: 0.9))
    #expect(high.label(of: [0.3, 0.4, 0.3]) == (1, false))
    #expect(PredictionRule().label(of: [0.2, 0.4, 0.4]) == (1, false))
    #expect(PredictionRule().label(of: ArraySlice([9, 0.1, 0.9])[1...]) == (1, false))
  }

  /// NeatMS's two lines on random probabilities of NumPy, with thresholds that are just at, above and
  /// below a 32-bit probability.
  @Test("As NumPy compares and picks", .enabled(if: Python.isWanted, "\(Python.skipReason)"))
  func numPy() throws {
    let code = """
      import numpy
      random = numpy.random.default_rng(5)
      for number in range(600):
          p = random.dirichlet([0.7] * (2 + number % 4)).astype("float32")
          if number % 5 == 0: p[-1] = p[0]
          label = number % len(p)
          x = float(p[label])
          threshold = [0.22, x, numpy.nextafter(x, 2), float(str(p[label])), 0.01, 1.0][number % 6]
          chosen = label if p[label] >= threshold else int(numpy.argmax(p))
          print(label, repr(float(threshold)), chosen, *map(float, p))
      q = numpy.array([numpy.float32(0.22)])
      print(0, 0.22, 0 if q[0] >= 0.22 else 1, float(q[0]), 0.5)
      """
    let lines = try Python.run(.keras2, code: code).split(separator: "\n")
    #expect(lines.count == 601)
    for line in lines {
      let words = line.split(separator: " ")
      let label = try #require(Int(words[0]))
      let threshold = try #require(Double(words[1]))
      let probabilities = words[3...].compactMap { Float($0) }
      let rule = PredictionRule(.init(label: label, threshold: threshold))
      #expect(rule.label(of: probabilities[...]).label == Int(words[2]), "\(line)")
    }
  }
}
