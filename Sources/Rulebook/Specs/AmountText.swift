internal import Core

extension Amount {
  /// Reads `97.50 USD/2`: at most as many decimals as the asset has; nil for any other text. O(length).
  init?(text: String) {
    let parts = text.pieces(at: " ")
    guard parts.count == 2, let asset = Asset(parts[1]) else { return nil }
    let isNegative = parts[0].begins(with: "-")
    let number = (isNegative ? parts[0].dropFirst() : parts[0]).pieces(at: ".")
    let fraction = number.count == 2 ? number[1] : ""
    guard (1...2).contains(number.count), !number[0].isEmpty, number.count == 1 || !fraction.isEmpty,
      fraction.utf8.count <= asset.scale, (number[0] + fraction).utf8.allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    let digits = number[0] + fraction + String(repeating: "0", count: asset.scale - fraction.utf8.count)
    guard let minor = Int64((isNegative ? "-" : "") + digits) else { return nil }
    self.init(minor, asset)
  }
}
