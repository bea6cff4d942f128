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
    if profilesWithoutPeaks > 0 {
      remarks.append(
        "\(profilesWithoutPeaks) of \(ms1Spectra) MS1 spectra are marked as profile and have points "
          + "but no peak: perhaps they are centroided already")
    }
    return remarks.isEmpty ? nil : remarks.joined(separator: "; ")
  }
}
