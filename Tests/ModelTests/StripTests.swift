import Model
import Support
import Testing

/// Samples cut along the points give what whole ones give.
@Suite struct StripTests {
  /// A chain over two rows: convolutions of these kernel widths, each with a pool of this width after it.
  private static func chain(
    _ matrixSize: Int, _ layers: [(width: Int, pool: Int, filters: Int)]
  ) -> Architecture {
    var architecture = Architecture.neatMS(matrixSize: matrixSize)
    let base: [[Layer]] = layers.enumerated().map { index, layer in
      let conv = Layer(
        "c\(index)",
        .conv2D(
          filters: layer.filters, kernelHeight: 3, kernelWidth: layer.width, activation: .relu))
      return layer.pool == 1
        ? [conv] : [conv, Layer("p\(index)", .maxPooling2D(poolWidth: layer.pool))]
    }
    architecture.layers = base.flatMap { $0 } + architecture.layers[architecture.flattenIndex...]
    return architecture
  }

  /// Kernels of even width have one point more on the right; a pool drops what does not fill it.
  static let architectures: [(String, Architecture, Int)] = [
    ("NeatMS", .neatMS(), 2),
    ("NeatMS of 4 strips", .neatMS(matrixSize: 480), 4),
    ("NeatMS of 121 points", .neatMS(matrixSize: 121), 2),
    ("even kernels", chain(200, [(4, 2, 8), (2, 1, 5)]), 2),
    ("three convolutions", chain(240, [(7, 3, 4), (3, 2, 6), (5, 1, 7)]), 2),
    ("kernels of one point", chain(63, [(1, 3, 4), (1, 1, 3)]), 3),
  ]

  private struct Cut {
    let net: PeakNet
    let strips: BaseStrips
    let samples = 5
    let x: [Float]
    let pieces: AlignedBuffer

    init(_ architecture: Architecture, strips count: Int) throws {
      net = try PeakNet(architecture: architecture, maxBatch: samples)
      net.initializeGlorotUniform(seed: 7)
      let plan = try #require(StripPlan(architecture, strips: count))
      net.cutBase(plan, capacity: samples)
      strips = try #require(net.strips)
      x = FixtureRule.inputs(samples: samples, width: architecture.matrixSize)
      pieces = AlignedBuffer(count: strips.layout.pieceCount * strips.inputCount)
      for strip in 0..<count {
        for sample in 0..<samples {
          x.withUnsafeBufferPointer {
            strips.cut(
              $0.baseAddress.unsafelyUnwrapped + sample * architecture.input.count, strip: strip,
              into: pieces.pointer + (strip * samples + sample) * strips.inputCount)
          }
        }
      }
      net.prepareStep()
      net.forwardBase(
        pieces.pointer, samples: 0..<strips.layout.pieceCount, dropout: nil, into: net.ownPieces)
    }

    /// Rows of the kernel that neighbour each other in the layout, of all strips in order.
    func runs(_ plan: StripPlan) -> [Range<Int>] { plan.rows.flatMap { $0 } }
  }

  @Test(arguments: architectures.indices)
  func featuresAreThoseOfWholeSamples(index: Int) throws {
    let (name, architecture, count) = Self.architectures[index]
    let cut = try Cut(architecture, strips: count)
    let expected = cut.net.features(cut.x, count: cut.samples)
    let plan = try #require(StripPlan(architecture, strips: count))
    let batch = cut.net.ownPieces
    var seen = 0
    var error: Float = 0
    for rows in cut.runs(plan) {
      let (strip, columns) = batch.layout.place(of: rows)
      for sample in 0..<cut.samples {
        let piece = batch.values + (strip * cut.samples + sample) * batch.layout.row
        for (row, column) in zip(rows, columns) {
          error = max(error, abs(piece[column] - expected[sample * cut.net.featureCount + row]))
        }
      }
      seen += rows.count
    }
    #expect(seen == cut.net.featureCount)
    let largest = expected.map(abs).max() ?? 0
    #expect(largest > 0 && error < 1e-5 * largest, "\(name): \(error) of \(largest)")
  }

  @Test(arguments: architectures.indices)
  func gradientsAddUpToThoseOfWholeSamples(index: Int) throws {
    let (name, architecture, count) = Self.architectures[index]
    let cut = try Cut(architecture, strips: count)
    let net = cut.net
    let features = net.featureCount
    // Any gradient will do.
    let gradient = FixtureRule.inputs(samples: cut.samples, width: features).map { $0 - 0.5 }
    let whole = AlignedBuffer(count: net.convBaseRange.count)
    let uncut = try PeakNet(architecture: architecture, maxBatch: cut.samples)
    uncut.weights.pointer.update(from: net.weights.pointer, count: net.weights.count)
    uncut.prepareStep()
    let batch = uncut.ownBatchFeatures
    uncut.forwardBase(cut.x, samples: 0..<cut.samples, dropout: nil, into: batch)
    for place in 0..<(cut.samples * features) { batch.gradient[place] = gradient[place] }
    uncut.backwardBase(
      cut.x, samples: 0..<cut.samples, of: batch, dropped: false, gradients: whole.pointer)
    let pieces = net.ownPieces
    let plan = try #require(StripPlan(architecture, strips: count))
    for rows in cut.runs(plan) {
      let (strip, columns) = pieces.layout.place(of: rows)
      for sample in 0..<cut.samples {
        let target = pieces.gradient + (strip * cut.samples + sample) * pieces.layout.row
        for (row, column) in zip(rows, columns) {
          target[column] = gradient[sample * features + row]
        }
      }
    }
    let sum = AlignedBuffer(count: whole.count)
    let part = AlignedBuffer(count: whole.count)
    for strip in 0..<count {
      net.backwardBase(
        cut.pieces.pointer, samples: pieces.layout.pieces(0..<cut.samples, strip: strip),
        of: pieces, dropped: false, gradients: part.pointer)
      addVector(part.pointer, to: sum.pointer, count: sum.count)
    }
    for tensor in net.layout.tensors where tensor.range.upperBound <= whole.count {
      let largest = tensor.range.map { abs(whole.pointer[$0]) }.max() ?? 0
      let error = tensor.range.map { abs(whole.pointer[$0] - sum.pointer[$0]) }.max() ?? 0
      #expect(
        largest > 0 && error < 1e-4 * largest,
        "\(name), \(tensor.kerasName): \(error) of \(largest)")
    }
  }

  /// Samples too short to be cut with profit, Dropout over features, and chains that `ConvBase` does not compute.
  @Test func otherChainsAreNotCut() {
    #expect(StripPlan(.neatMS(), strips: 2) != nil)
    #expect(StripPlan(.neatMS(), strips: 1) == nil)
    #expect(StripPlan(.neatMS(), strips: 7) == nil)
    #expect(StripPlan(.neatMS(matrixSize: 20), strips: 2) == nil)
    var drops = Architecture.neatMS()
    drops.layers.insert(Layer("drop", .dropout(rate: 0.25)), at: drops.flattenIndex + 1)
    #expect(StripPlan(drops, strips: 2) == nil)
    drops = drops.withDropout(rate: 0)
    #expect(StripPlan(drops, strips: 2) != nil)
    var bent = Architecture.neatMS()
    bent.layers.insert(Layer("bend", .activation(.tanh)), at: bent.flattenIndex)
    #expect(StripPlan(bent, strips: 2) == nil)
  }
}
