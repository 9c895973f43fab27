internal import Core

/// A version of the host: numbers between dots, the most important one first.
package struct HostVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
  private let numbers: [Int64]
  /// As it was written.
  package let description: String

  /// Reads `0.1.0`: one to four numbers of at most nine digits; nil for any other form.
  package init?(_ text: String) {
    let parts = text.pieces(at: ".")
    guard (1...4).contains(parts.count) else { return nil }
    var numbers: [Int64] = []
    for part in parts {
      guard (1...9).contains(part.utf8.count), part.isDigits, let number = Int64(part)
      else { return nil }
      numbers.append(number)
    }
    // 1.2 is 1.2.0.
    while numbers.count > 1, numbers.last == 0 { numbers.removeLast() }
    self.numbers = numbers
    description = text
  }

  package static func == (left: HostVersion, right: HostVersion) -> Bool { left.numbers == right.numbers }

  package func hash(into hasher: inout Hasher) { hasher.combine(numbers) }

  package static func < (left: HostVersion, right: HostVersion) -> Bool {
    left.numbers.lexicographicallyPrecedes(right.numbers)
  }
}
