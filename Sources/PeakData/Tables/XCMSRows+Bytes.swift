import Support

extension XCMSRows {
  mutating func read(_ reader: inout CSVReader, poll: () throws -> Void) throws {
    var polling = PollByBytes()
    while try reader.next() {
      try append(reader)
      try polling.callAfterRow(reader, poll)
    }
  }

  mutating func write(to writer: inout ByteWriter) {
    let row = MemoryLayout<FeaturePeak>.stride + MemoryLayout<XCMSColumns>.stride + 8
    writer.reserve(peaks.count * row + (1 << 16))
    writer.write(peaks)
    writer.write(xcms)
    writer.write(featureOf)
    writer.write(numberOf)
    samples.write(from: written.samples, to: &writer)
    ids.write(from: written.ids, to: &writer)
    numbers.write(from: written.numbers, to: &writer)
    writer.write(Array(sampleOfNumber[written.numbers...]))
    written = (samples.count, ids.count, numbers.count)
    peaks.removeAll(keepingCapacity: true)
    xcms.removeAll(keepingCapacity: true)
    featureOf.removeAll(keepingCapacity: true)
    numberOf.removeAll(keepingCapacity: true)
  }

  mutating func add(
    from reader: inout ByteReader, behind rows: Int, _ names: inout WriterNames
  ) throws {
    let peaks = try reader.readArray(FeaturePeak.self)
    xcms += try reader.readArray()
    let featureOf = try reader.readArray(Int32.self)
    let numberOf = try reader.readArray(Int32.self)
    names.samples += try samples.add(from: &reader)
    names.ids += try ids.add(from: &reader)
    let newNumbers = try numbers.add(from: &reader)
    names.numbers += newNumbers
    for var peak in peaks {
      peak.sample = Int(names.samples[peak.sample])
      peak.row += rows
      self.peaks.append(peak)
    }
    for feature in featureOf {
      self.featureOf.append(feature < 0 ? feature : names.ids[Int(feature)])
    }
    let numberNames = columns.sample == nil ? names.samples : names.numbers
    for number in numberOf { self.numberOf.append(numberNames[Int(number)]) }
    for (number, sample) in zip(newNumbers, try reader.readArray(Int.self)) {
      let owner = Int(names.samples[sample])
      if Int(number) == sampleOfNumber.count { sampleOfNumber.append(owner) }
      guard sampleOfNumber[Int(number)] == owner else {
        throw Failure(.badData, "one sample number has two names", found: samples.all[owner])
      }
    }
  }
}
