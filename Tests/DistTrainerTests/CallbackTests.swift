import DistTrainer
import Foundation
import TestTools
import Testing

/// Our callbacks on the histories that Keras's own were driven with.
@Suite struct CallbackTests {
  /// Feeds the epochs to the callback, through a captured and restored copy half-way, until it
  /// stops; returns the control as it is then.
  private func drive(
    _ records: [EpochRecord], _ make: () -> any TrainingCallback, start: Float = 0.001,
    each: (RecordingControl, EpochRecord, any TrainingCallback) -> Void = { _, _, _ in }
  ) throws -> RecordingControl {
    let control = RecordingControl()
    control.learningRate = start
    var callback = make()
    for record in records {
      if record.epoch == records.count / 2, let state = try callback.captureState() {
        callback = make()
        try callback.restoreState(state)
      }
      control.history.append(record)
      try callback.epochEnded(record, control)
      each(control, record, callback)
      if control.stopReason != nil { break }
    }
    return control
  }

  @Test func earlyStoppingStopsWhereKerasDoes() throws {
    let fixtures = try CallbackFixtures.load()
    #expect(fixtures.earlyStopping.count > 100)
    for expected in fixtures.earlyStopping {
      let monitor = try #require(Monitor(rawValue: expected.monitor))
      let control = try drive(fixtures.records(expected.history)) {
        EarlyStopping(monitor: monitor, patience: expected.patience, minDelta: expected.minDelta)
      }
      let stopped = control.stopReason == nil ? nil : control.history.count - 1
      #expect(stopped == expected.stoppedEpoch, "\(expected)")
    }
  }

  @Test func learningRatesAreReducedAsKerasDoes() throws {
    let fixtures = try CallbackFixtures.load()
    #expect(fixtures.reduceLr.count > 100)
    for expected in fixtures.reduceLr {
      let monitor = try #require(Monitor(rawValue: expected.monitor))
      var rates: [Float] = []
      let make = {
        ReduceLROnPlateau(
          monitor: monitor, factor: expected.factor, patience: expected.patience,
          minDelta: expected.minDelta)
      }
      _ = try drive(
        fixtures.records(expected.history), make, start: expected.start,
        each: { control, _, _ in rates.append(control.learningRate) })
      #expect(rates == expected.rates, "\(expected)")
    }
  }

  @Test func bestModelKeepsTheEpochsThatModelCheckpointSaves() throws {
    let fixtures = try CallbackFixtures.load()
    #expect(fixtures.best.count > 50)
    for expected in fixtures.best {
      let monitor = try #require(Monitor(rawValue: expected.monitor))
      var saved: [Int] = []
      var kept = 0
      let make = { BestModel(monitor: monitor) }
      _ = try drive(fixtures.records(expected.history), make) { control, record, callback in
        if control.modelsKept > kept { saved.append(record.epoch) }
        kept = control.modelsKept
        if let best = (callback as? BestModel)?.best { #expect(best.epoch == saved.last) }
      }
      #expect(saved == expected.saved, "\(expected)")
    }
  }

  @Test func historyHasCSVLoggersColumnsFirst() throws {
    let fixtures = try CallbackFixtures.load()
    for expected in fixtures.csv {
      let folder = try TemporaryFolder()
      let writer = HistoryWriter(path: folder.file("history.csv"))
      let control = RecordingControl()
      try writer.trainingBegan(control)
      for record in fixtures.records(expected.history) { try writer.epochEnded(record, control) }
      let ours = try String(contentsOfFile: writer.path, encoding: .utf8).split(separator: "\n")
        .map { $0.split(separator: ",").prefix(7).joined(separator: ",") }
      let keras = expected.text.split(whereSeparator: \.isNewline).map(String.init)
      #expect(ours == keras, "\(expected.history)")
    }
  }

  @Test func resumingRewritesTheHistoryFromTheState() throws {
    let folder = try TemporaryFolder()
    let writer = HistoryWriter(path: folder.file("history.csv"))
    let control = RecordingControl()
    let records = (0..<5).map { EpochRecord(epoch: $0, accuracy: 0.5, loss: 1, mae: 0, lr: 0.1) }
    try writer.trainingBegan(control)
    for record in records { try writer.epochEnded(record, control) }
    control.history = Array(records.prefix(3))
    try writer.trainingBegan(control)
    try writer.epochEnded(records[3], control)
    let lines = try String(contentsOfFile: writer.path, encoding: .utf8).split(separator: "\n")
    #expect(lines.map { $0.prefix { $0 != "," } } == ["epoch", "0", "1", "2", "3"])
  }
}
