import DistTrainer
import Foundation
import Model
import TestTools
import Testing

/// `plan`'s model: how it counts, and what other counters say of the same steps.
@Suite("What plan foretells") struct ScalingModelTests {
  let sizes = StepSizes(.neatMS())

  /// Rabenseifner's algorithm sends 2 (n − 1)/n of a vector (Thakur et al. 2005, table 1).
  @Test func dataSendsAllGradients() {
    #expect(sizes.trained == 1_002_883)
    #expect(sizes.data(ranks: 1) == StepTraffic(bytes: 0, messages: 0))
    #expect(sizes.data(ranks: 2) == StepTraffic(bytes: 4 * 1_002_883, messages: 4))
    #expect(sizes.data(ranks: 8) == StepTraffic(bytes: 7 * 1_002_883, messages: 12))
  }

  /// 4,096 products, and 19,328 of the conv base's gradients, to each other rank. Two ranks own a strip each, and
  /// need no more. Of four ranks two share a strip: two passes of the other's half of the strip's 3,840 features
  /// of 16 samples, the part of them that is not zero and a bit each to say so once.
  @Test func shardedSendsFeatures() throws {
    #expect(sizes.convBase == 19_328)
    let sums = Double(4 * ((32 * 128 + 2) + 19_328))
    let two = try #require(sizes.sharded(ranks: 2, batch: 32, lanes: 8))
    #expect(two == StepTraffic(bytes: sums, messages: 2))
    let four = try #require(sizes.sharded(ranks: 4, batch: 32, lanes: 8))
    #expect(abs(four.bytes - 16 * 1920 * (2 * 4 * 0.57 + 0.125) - 3 * sums) < 1e-6)
    #expect(four.messages == 2 * 2 + 3 + 3)
  }

  /// Two lanes do not make two strips of an image of two rows, and this one has not as many points: then it is
  /// (batch / n) (n − 1) / n features of 7,680 floats.
  @Test(arguments: [2, 8]) func wholeSamplesSendAllFeatures(lanes: Int) throws {
    let whole = lanes == 2 ? sizes : StepSizes(.neatMS(matrixSize: 20))
    let two = try #require(whole.sharded(ranks: 2, batch: 32, lanes: lanes))
    let sums = Double(4 * ((32 * 128 + 2) + 19_328))
    let features = lanes == 2 ? 3840.0 : 640
    #expect(abs(two.bytes - 16 * features * (2 * 4 * 0.57 + 0.125) - sums) < 1e-6)
    #expect(two.messages == Double(lanes + 2))
  }

  /// What is frozen is computed of whole samples.
  @Test func frozenFeaturesAreSentWhole() throws {
    var frozen = Architecture.neatMS()
    for index in 0..<frozen.flattenIndex { frozen.layers[index].trainable = false }
    let two = try #require(StepSizes(frozen).sharded(ranks: 2, batch: 32, lanes: 8))
    #expect(abs(two.bytes - 16 * 3840 * (4 * 0.57 + 0.125) - 4 * (32 * 128 + 2)) < 1e-6)
  }

  /// Open MPI's own counter of messages (its component "monitoring") over ten more steps.
  @Test(.enabled(if: ScalingModelTests.hasMonitoring, "Open MPI here has no monitoring"))
  func dataSendsWhatOpenMPICounts() throws {
    let folder = try TestTools.TemporaryFolder()
    func counted(_ steps: Int) throws -> (bytes: Int, messages: Int) {
      let file = folder.file("steps-\(steps)")
      let result = try runMPI(
        ranks: 2, builtProduct("neatms-dist"),
        ["bench", "--parallel", "data", "--steps", "\(steps)"],
        environment: [
          "OMPI_MCA_pml": "ob1,monitoring", "OMPI_MCA_pml_monitoring_enable": "2",
          "OMPI_MCA_pml_monitoring_enable_output": "3",
          "OMPI_MCA_pml_monitoring_filename": file,
        ])
      #expect(result.status == 0, "\(result.stderr)")
      let text = try String(contentsOfFile: file + ".0.prof", encoding: .utf8)
      let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("I\t0\t1") })
      let words = line.split { $0 == "\t" || $0 == " " }
      return (try #require(Int(words[3])), try #require(Int(words[5])))
    }
    let (few, many) = (try counted(10), try counted(20))
    // The step's sums, 64 bytes, go along with the conv base's gradients.
    #expect(many.bytes - few.bytes == 10 * (Int(sizes.data(ranks: 2).bytes) + 64))
    #expect(many.messages - few.messages == 10 * Int(sizes.data(ranks: 2).messages))
  }

  static let hasMonitoring =
    (try? run(findProgram("ompi_info", hint: ""), []).stdout.contains("pml: monitoring")) ?? false

  /// The kernel's counter of the loopback device, over which the ranks are made to send. Other tests may use it
  /// meanwhile: so the least of three. The share of features that are not zero moves with more steps.
  @Test func shardedSendsWhatTheKernelCounts() throws {
    func counted(_ steps: Int) throws -> Int {
      let before = try Self.loopbackBytes()
      let result = try runMPI(
        ranks: 4, builtProduct("neatms-dist"),
        ["bench", "--parallel", "sharded", "--steps", "\(steps)"],
        environment: [
          "OMPI_MCA_btl": "self,tcp", "OMPI_MCA_btl_tcp_if_include": "lo",
          "NEATMS_EXCHANGE_MESSAGES": "1",
        ])
      #expect(result.status == 0, "\(result.stderr)")
      return try Self.loopbackBytes() - before
    }
    let differences = try (0..<3).map { _ in try Double(counted(60) - counted(10)) }
    let difference = try #require(differences.min())
    let traffic = try #require(sizes.sharded(ranks: 4, batch: 32, lanes: 8))
    let foretold = 50 * 4 * traffic.bytes
    #expect(abs(difference / foretold - 1) < 0.05, "\(difference) bytes for \(foretold)")
  }

  private static func loopbackBytes() throws -> Int {
    let text = try String(contentsOfFile: "/sys/class/net/lo/statistics/tx_bytes", encoding: .utf8)
    return try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
  }

  @Test func linksAreKnownByNameOrNumbers() throws {
    #expect(Link("1G")?.bandwidth == 1e9 / 8 * 1448 / 1538)
    let own = try #require(Link("40:5"))
    #expect(own.bandwidth == 5e9 && abs(own.latency - 5e-6) < 1e-12)
    for text in ["", "fast", "40", "40:", "0:5", "-1:5", "40:-1", "inf:1", "40:5:6"] {
      #expect(Link(text) == nil, "\(text)")
    }
  }

  /// A network that sends at once makes n ranks n times as fast, less what each does alone.
  @Test func withoutACostOfSendingRanksAddUp() throws {
    let cost = ComputeCost(fixed: 0, weights: 1e-3, sample: 1e-4)
    let model = ScalingModel(
      sizes: sizes, data: cost, sharded: cost,
      link: Link(name: "none", latency: 0, bandwidth: .infinity))
    let one = model.data(ranks: 1, batch: 32).samplesPerSecond
    let sharded = try #require(model.sharded(ranks: 8, batch: 32)).samplesPerSecond
    #expect(abs(sharded / one - 8) < 1e-9)
    // (1 + 3.2) ms against 1 + 0.4.
    #expect(abs(model.data(ranks: 8, batch: 32).samplesPerSecond / one - 3) < 1e-9)
  }

  /// A rank's conv base works on whole pieces of samples, however many ranks there are.
  @Test func samplesAreWhole() throws {
    let cost = ComputeCost(fixed: 0, weights: 0, sample: 1e-4)
    let model = ScalingModel(
      sizes: sizes, data: cost, sharded: cost,
      link: Link(name: "none", latency: 0, bandwidth: .infinity))
    let seconds = try #require(model.sharded(ranks: 1024, batch: 32)).seconds
    // Half a sample's conv base, and a thirty-second of a sample's rows.
    #expect(abs(seconds - 1e-4 * (0.45 / 2 + 0.55 / 32)) < 1e-9)
  }

  /// Only the classifier's all-reduce starts before the backward pass that hides it.
  @Test func theConvBasesGradientsAreNotHidden() {
    let slow = ComputeCost(fixed: 0, weights: 0, sample: 1)
    let link = Link(name: "slow", latency: 0, bandwidth: 1e7)
    let model = ScalingModel(sizes: sizes, data: slow, sharded: slow, link: link)
    // 8 samples a rank; 2 · 19,328 · 4 bytes · 3/4 over the link.
    let seconds = model.data(ranks: 4, batch: 32).seconds
    #expect(abs(seconds - 8 - 1.5 * 4 * 19_328 * 1e-7) < 1e-6)
  }

  /// Four ranks have two lanes each: a lane's features travel while the next lane's are computed.
  @Test func lanesTravelWhileTheNextIsComputed() throws {
    func seconds(_ sample: Double, _ bandwidth: Double) throws -> Double {
      let cost = ComputeCost(fixed: 0, weights: 0, sample: sample)
      let link = Link(name: "some", latency: 0, bandwidth: bandwidth)
      let model = ScalingModel(sizes: sizes, data: cost, sharded: cost, link: link)
      return try #require(model.sharded(ranks: 4, batch: 32)).seconds
    }
    let features = 16.0 * 1920
    let (forward, back) = (features * (4 * 0.57 + 0.125), features * 4 * 0.57)
    let (products, gradients) = (3 * 4.0 * (32 * 128 + 2), 3 * 4.0 * 19_328)
    // Much computing hides all but the last lane's features and the products.
    let slow = try seconds(1, 1e6)
    #expect(abs(slow - 8 - (forward / 2 + products) / 1e6) < 1e-6)
    // Little computing hides as much as it lasts: the conv base's passes of 8 samples but for a half of
    // each, and the kernel's gradient.
    let (conv, rows) = (0.45 * 8 * 1e-6, 0.55 * 8 * 1e-6)
    let hidden = conv / 2 + rows / 3
    let fast = try seconds(1e-6, 1e6)
    let sent = (forward + back + products + gradients) / 1e6
    #expect(abs(fast - (conv + rows) - (sent - hidden)) < 1e-9)
  }

  @Test func aHostsRanksShareItsLink() throws {
    let cost = ComputeCost(fixed: 0, weights: 1e-9, sample: 1e-9)
    let link = Link(name: "slow", latency: 0, bandwidth: 1e6)
    func seconds(_ ranksPerHost: Int) -> Double? {
      ScalingModel(
        sizes: sizes, data: cost, sharded: cost, link: link, ranksPerHost: ranksPerHost
      ).sharded(ranks: 8, batch: 32)?.seconds
    }
    let (alone, shared) = (try #require(seconds(1)), try #require(seconds(4)))
    #expect(abs(shared / alone - 4) < 0.01)
  }
}
