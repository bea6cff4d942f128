/// What a file is by its first bytes, to name what is no mzML.
struct FileKind: Equatable {
  var name: String
  var hint: String

  static let convert = "Convert raw files to mzML, for example with msconvert (ProteoWizard)."
  static let download = "Download the raw file itself instead of the page that shows it."

  static let xml = FileKind(name: "XML", hint: convert)

  init(name: String, hint: String = FileKind.convert) {
    self.name = name
    self.hint = hint
  }

  init(_ bytes: [UInt8]) {
    func begins(_ start: [UInt8]) -> Bool { bytes.starts(with: start) }
    let text = String(decoding: bytes, as: UTF8.self).drop { $0.isWhitespace || $0 == "\u{FEFF}" }
    let lowercased = text.lowercased()
    if begins([0x89, 0x48, 0x44, 0x46]) {
      self.init(name: "HDF5 (mz5, mzMLb or batches.h5)")
    } else if begins([0x50, 0x4B, 0x03, 0x04]) {
      self.init(name: "a zip archive", hint: "Unpack it first.")
    } else if begins([0x42, 0x5A, 0x68]) || begins([0xFD, 0x37, 0x7A]) {
      self.init(name: "a bzip2 or xz file", hint: "Unpack it first, or pack it with gzip.")
    } else if begins([0x28, 0xB5, 0x2F, 0xFD]) {
      self.init(name: "a zstd file", hint: "Unpack it first, or pack it with gzip.")
    } else if begins([0x01, 0xA1, 0x46, 0x00]) {
      self.init(name: "a Thermo raw file")
    } else if begins(Array("SQLite format".utf8)) {
      self.init(name: "an SQLite database")
    } else if begins([0x43, 0x44, 0x46, 0x01]) || begins([0x43, 0x44, 0x46, 0x02]) {
      self.init(name: "netCDF")
    } else if lowercased.hasPrefix("<!doctype html") || lowercased.hasPrefix("<html") {
      self.init(name: "a web page", hint: FileKind.download)
    } else if text.hasPrefix("version https://git-lfs") {
      self.init(name: "a Git LFS pointer", hint: "Fetch the file itself with: git lfs pull")
    } else if text.hasPrefix("<") {
      self = .xml
    } else if bytes.allSatisfy({ $0 >= 32 || (9...13).contains($0) }) {
      self.init(name: "text that is no XML")
    } else {
      self.init(name: "binary data of another kind")
    }
  }
}
