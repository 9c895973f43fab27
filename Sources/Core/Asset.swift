/// What an amount counts, with its scale: `USD/2` counts cents, `DUC/2` hundredths of a ducat.
package struct Asset: Sendable, Hashable {
  /// The name with its scale, as written.
  package let name: String
  /// Digits after the point: 10^scale minor units are one. 0…99.
  package let scale: Int

  /// The asset of this name: `[A-Z][A-Z0-9]{0,16}(/[0-9]{1,2})?`; nil for any other text. O(length).
  package init?(_ name: some StringProtocol) {
    let bytes = Array(name.utf8)
    let symbol = bytes.prefix { (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) }
    guard let first = symbol.first, (0x41...0x5A).contains(first), symbol.count <= 17 else { return nil }
    let rest = bytes[symbol.endIndex...]
    if rest.isEmpty {
      scale = 0
    } else {
      let digits = rest.dropFirst()
      guard rest.first == UInt8(ascii: "/"), (1...2).contains(digits.count),
        digits.allSatisfy({ (0x30...0x39).contains($0) })
      else { return nil }
      scale = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }
    self.name = String(name)
  }
}

extension Asset: CustomStringConvertible {
  /// The name.
  package var description: String { name }
}
