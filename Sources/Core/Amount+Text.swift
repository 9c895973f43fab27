extension Amount {
  /// Reads an amount as people write it, `97.50 USD/2`: digits, an optional point with at most as many decimals as the
  /// asset has, one space, the asset. Nil for any other text and for more than 2⁶³−1 minor units. O(length).
  package init?(text: some StringProtocol) {
    let words = text.pieces(at: " ")
    guard words.count == 2, let asset = Asset(words[1]) else { return nil }
    let parts = words[0].pieces(at: ".")
    let decimals = parts.count == 2 ? parts[1].utf8.count : 0
    guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }), decimals <= asset.scale else { return nil }
    var minor: Int64 = 0
    for digit in parts.flatMap(\.utf8) + [UInt8](repeating: 0x30, count: asset.scale - decimals) {
      guard (0x30...0x39).contains(digit) else { return nil }
      let (tenfold, overflows) = minor.multipliedReportingOverflow(by: 10)
      let (sum, carries) = tenfold.addingReportingOverflow(Int64(digit - 0x30))
      if overflows || carries { return nil }
      minor = sum
    }
    self.init(minor, asset)
  }
}
