/// The unit of an amount, with its scale: `USD/2` counts cents, `DUC/2` hundredths of a ducat.
package struct Asset: Sendable, Hashable {
  /// The name with its scale, as written.
  package let name: String
  /// The number of decimals, 0 to 99: 10^scale minor units make one unit.
  package let scale: Int

  /// The asset of this name: `[A-Z][A-Z0-9]{0,16}(/[0-9]{1,2})?`; nil for any other text. O(length).
  package init?(_ name: some StringProtocol) { self.init(String(name)) }

  /// Reads a `String` in the same way. O(length).
  package init?(_ name: String) {
    var (symbol, digits, scale, hasScale) = (0, 0, 0, false)
    for byte in name.utf8 {
      switch byte {
      case 0x41...0x5A where !hasScale: symbol += 1
      case 0x30...0x39 where hasScale:
        digits += 1
        if digits > 2 { return nil }
        scale = scale * 10 + Int(byte - 0x30)
      case 0x30...0x39 where symbol > 0: symbol += 1
      case UInt8(ascii: "/") where !hasScale: hasScale = true
      default: return nil
      }
    }
    guard (1...17).contains(symbol), hasScale == (digits > 0) else { return nil }
    self.scale = scale
    self.name = name
  }
}

extension Asset: CustomStringConvertible {
  package var description: String { name }
}
