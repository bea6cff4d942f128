import Support

extension XCMSRows {
  mutating func read(_ reader: inout CSVReader, poll: () throws -> Void) throws {
    while try reader.next() {
      try append(reader)
      try poll()
    }
  }

  func write(to writer: inout ByteWriter) {
    writer.write(peaks)
    writer.write(xcms)
    for names in [samples, ids, numbers] { names.write(to: &writer) }
    writer.write(featureOf)
    writer.write(numberOf)
    writer.write(sampleOfNumber)
  }

  mutating func add(from reader: inout ByteReader, behind rows: Int) throws {
    let first = peaks.count
    peaks += try reader.readArray()
    xcms += try reader.readArray()
    let samples = try self.samples.add(from: &reader)
    let ids = try self.ids.add(from: &reader)
    let numbers = try self.numbers.add(from: &reader)
    for index in first..<peaks.count {
      peaks[index].sample = Int(samples[peaks[index].sample])
      peaks[index].row += rows
    }
    featureOf += try reader.readArray(Int32.self).map { $0 < 0 ? $0 : ids[Int($0)] }
    let isNumbered = columns.sample != nil
    numberOf += try reader.readArray(Int32.self).map { (isNumbered ? numbers : samples)[Int($0)] }
    for (number, sample) in zip(numbers, try reader.readArray(Int.self)) {
      let owner = Int(samples[sample])
      if Int(number) == sampleOfNumber.count { sampleOfNumber.append(owner) }
      guard sampleOfNumber[Int(number)] == owner else {
        throw Failure(.badData, "one sample number has two names", found: self.samples.all[owner])
      }
    }
  }
}
