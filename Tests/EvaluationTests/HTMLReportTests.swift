import Evaluation
import Foundation
import Testing

@Suite("The HTML report")
struct HTMLReportTests {
  private static func page(_ fixtureName: String, history: String? = nil) throws -> String {
    let fixture = try #require(EvaluationFixture.all.first { $0.name == fixtureName })
    let some = try fixture.predictions
    let report = EvaluationReport(
      model: "a <b> & \"c\".h5", data: "batches.h5", test: some, validation: some,
      regularizationLoss: 0.5, label: 0)
    return HTMLReport(
      report, validation: some, history: history.flatMap(TrainingHistory.init(csv:))
    ).html
  }

  /// The charts, parsed: a chart that is not well-formed XML fails here.
  private static func charts(_ page: String) throws -> [XMLFacts] {
    try page.matches(of: /(?s)<svg.*?<\/svg>/).map { try XMLFacts(String($0.output)) }
  }

  @Test("One page, nothing loaded from elsewhere, names escaped")
  func selfContained() throws {
    let page = try Self.page("three classes")
    #expect(page.contains("a &lt;b&gt; &amp; &quot;c&quot;.h5") && !page.contains("a <b>"))
    for outside in ["http:", "https:", "<script", "<link", "src=", "@import", "url("] {
      #expect(!page.contains(outside), "\(outside)")
    }
  }

  @Test("Charts show what was measured")
  func charts() throws {
    let page = try Self.page("three classes")
    let fixture = try #require(EvaluationFixture.all.first { $0.name == "three classes" })
    let charts = try Self.charts(page)
    #expect(charts.count == 4)
    let counts = fixture.sklearn.confusion.flatMap { $0 }.map(String.init)
    #expect(counts.allSatisfy(charts[0].texts.contains))
    #expect(charts[0].count["rect"] == 9)
    // Three curves and the diagonal.
    #expect(charts[2].count["polyline"] == 4)
    for monitored in fixture.labelsMonitored {
      let area = String(format: "%@ %.3f", monitored.label, monitored.auc ?? -1)
      #expect(charts[2].texts.contains(area), "\(area)")
    }
    let threshold = try #require(fixture.labelsMonitored[0].neatms?.threshold)
    #expect(charts[3].texts.contains(String(format: "best: %.2f", threshold)))
  }

  @Test("The history beside the model becomes two charts")
  func history() throws {
    let csv = """
      epoch,accuracy,loss,mae,val_accuracy,val_loss,val_mae
      0,0.5,1.5,0.3,0.6,1.2,0.3
      1,0.6,1.25,0.3,0.7,NA,0.3
      2,0.7,1.0,0.3,0.7,1.0,0.3

      """
    let history = try #require(TrainingHistory(csv: csv))
    #expect(history.epochs == [0, 1, 2] && history.columns["loss"] == [1.5, 1.25, 1.0])
    #expect(history.columns["val_loss"]?[1].isNaN == true)
    let charts = try Self.charts(Self.page("three classes", history: csv))
    #expect(charts.count == 6)
    #expect(charts[4].texts.contains("Loss") && charts[5].texts.contains("Accuracy"))
    #expect(charts[4].count["polyline"] == 2)
    #expect(TrainingHistory(csv: "mz,rt\n1,2\n") == nil && TrainingHistory(csv: "") == nil)
  }

  @Test(
    "More classes than colours, one without peaks",
    arguments: [
      "four classes", "a class without peaks", "separable",
    ])
  func otherShapes(_ name: String) throws {
    let charts = try Self.charts(Self.page(name))
    #expect(charts.count == 4)
    // No coordinate is undefined.
    #expect(try !Self.page(name).contains(/\bnan\b|\binf\b/.ignoresCase()))
  }
}

/// The elements and texts of an XML document.
private struct XMLFacts {
  var count: [String: Int] = [:]
  var texts: Set<String> = []

  init(_ text: String) throws {
    // A name for each text, so that no XML library is needed: tags must open and close in order.
    var open: [String] = []
    for match in text.matches(of: /<(\/?)([a-z]+)[^<>]*?(\/?)>([^<]*)/) {
      let (_, closing, name, alone, content) = match.output
      if !closing.isEmpty {
        try #require(open.popLast() == String(name), "</\(name)>")
      } else {
        count[String(name), default: 0] += 1
        if alone.isEmpty { open.append(String(name)) }
      }
      let trimmed = content.trimmingCharacters(in: .whitespacesAndNewlines)
      if !trimmed.isEmpty { texts.insert(trimmed) }
    }
    try #require(open.isEmpty)
  }
}
