/// Takes texts apart by bytes. A `Character` is what a reader sees: CR LF is one, and so is a quote with an accent
/// behind it, so `split`, `firstIndex(of:)` and `hasPrefix` pass over separators that every other program finds.
extension StringProtocol {
  /// Whether both have the same bytes. O(length).
  package func isSame(as other: some StringProtocol) -> Bool {
    let same = utf8.withContiguousStorageIfAvailable { left in
      other.utf8.withContiguousStorageIfAvailable { right in left.count == right.count && left.elementsEqual(right) }
    }
    return (same ?? nil) ?? utf8.elementsEqual(other.utf8)
  }

  /// Whether the text begins with the bytes of `prefix`. O(prefix).
  package func begins(with prefix: some StringProtocol) -> Bool { utf8.starts(with: prefix.utf8) }

  /// What stands behind `prefix`; nil when the text doesn't begin with its bytes. O(prefix).
  package func rest(behind prefix: some StringProtocol) -> Substring? {
    begins(with: prefix) ? Substring(Substring(self).utf8.dropFirst(prefix.utf8.count)) : nil
  }

  /// Whether it is of the digits 0 to 9 alone. O(bytes).
  package var isDigits: Bool { utf8.allSatisfy { (0x30...0x39).contains($0) } }

  /// The text with as many zeros before it as make it `width` bytes long: `7` is `007`. O(width).
  package func zeroPadded(to width: Int) -> String {
    String(repeating: "0", count: Swift.max(0, width - utf8.count)) + self
  }

  /// Whether the text ends with the bytes of `suffix`. O(suffix).
  package func ends(with suffix: some StringProtocol) -> Bool {
    Substring(self).utf8.reversed().starts(with: Substring(suffix).utf8.reversed())
  }

  /// Whether the text has this ASCII character anywhere. O(length).
  package func has(_ character: Unicode.Scalar) -> Bool { place(of: character) != nil }

  /// Where this ASCII character stands first; nil when it is nowhere. O(length).
  package func place(of character: Unicode.Scalar) -> String.Index? {
    utf8.firstIndex { UInt32($0) == character.value }
  }

  /// Where this ASCII character stands last; nil when it is nowhere. O(length).
  package func lastPlace(of character: Unicode.Scalar) -> String.Index? {
    Substring(self).utf8.lastIndex { UInt32($0) == character.value }
  }

  /// What stands between the ASCII characters `separator`, of which the first `most` part the text; empty pieces count.
  /// O(length).
  package func pieces(at separator: Unicode.Scalar, most: Int = .max) -> [Substring] {
    Substring(self).utf8.split(maxSplits: most, omittingEmptySubsequences: false) { UInt32($0) == separator.value }
      .map { Substring($0) }
  }

  /// The pieces that aren't empty, see ``pieces(at:most:)``. O(length).
  package func words(at separator: Unicode.Scalar = " ") -> [Substring] {
    Substring(self).utf8.split { UInt32($0) == separator.value }.map { Substring($0) }
  }

  /// The lines, which end with LF or CR LF; what stands behind the last one counts, too. O(length).
  package var byteLines: [Substring] {
    let pieces = pieces(at: "\n")
    let ended = pieces.dropLast().map { line in
      line.utf8.last == UInt8(ascii: "\r") ? line[..<line.utf8.index(before: line.endIndex)] : line
    }
    return ended + pieces.suffix(1)
  }

  /// The text without white space of ASCII around it. O(length).
  package var trimmed: Substring {
    let isSpace = { (byte: UInt8) in byte == 0x20 || (0x09...0x0D).contains(byte) }
    var rest = Substring(self).utf8.drop(while: isSpace)
    while rest.last.map(isSpace) ?? false { rest.removeLast() }
    return Substring(rest)
  }
}
