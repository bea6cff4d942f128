extension RunSummary {
  /// What a user should know about a file that could be read to its end; nil where it is as usual.
  public var remark: String? {
    let spectra = ms1Spectra + otherSpectra
    var remarks: [String] = []
    if spectra == 0 {
      remarks.append(chromatograms > 0 ? "\(chromatograms) chromatograms and no spectrum" : "empty")
    } else if ms1Spectra == 0 {
      remarks.append("no MS1 spectrum")
    }
    if let announcedSpectra, announcedSpectra != spectra {
      remarks.append("announces \(announcedSpectra) spectra and holds \(spectra)")
    }
    let marked = "of \(ms1Spectra) MS1 spectra marked as profile"
    if misnamedProfiles > 0 {
      remarks.append("\(misnamedProfiles) \(marked) hold centroids, which are taken as they are")
    }
    if profilesWithoutPeaks > 0 {
      remarks.append("\(profilesWithoutPeaks) \(marked) have points but no peak")
    }
    return remarks.isEmpty ? nil : remarks.joined(separator: "; ")
  }
}
