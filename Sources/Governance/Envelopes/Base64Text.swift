internal import Core

/// Base64 in both alphabets of RFC 4648, as envelopes have it.
package enum Base64Text {
  /// The bytes of `text`, in the standard or the URL-safe alphabet, with or without padding; nil for a mixture of both
  /// alphabets and for anything else. O(length).
  static func bytes(_ text: String) -> [UInt8]? {
    var letters: [UInt8] = []
    letters.reserveCapacity(text.utf8.count)
    var (isStandard, isSafe, padding) = (false, false, 0)
    for byte in text.utf8 {
      if byte == UInt8(ascii: "=") {
        padding += 1
        continue
      }
      if padding > 0 { return nil }
      switch byte {
      case UInt8(ascii: "+"):
        isStandard = true
        letters.append(UInt8(ascii: "-"))
      case UInt8(ascii: "/"):
        isStandard = true
        letters.append(UInt8(ascii: "_"))
      default:
        if byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") { isSafe = true }
        letters.append(byte)
      }
    }
    if isStandard && isSafe { return nil }
    if padding > 0, padding > 2 || !(letters.count + padding).isMultiple(of: 4) { return nil }
    return Base64URL.bytes(letters)
  }

  /// The text of `bytes` in the standard alphabet, padded. O(bytes).
  package static func text(_ bytes: [UInt8]) -> String {
    var letters = Array(Base64URL.text(bytes).utf8)
    for index in letters.indices {
      if letters[index] == UInt8(ascii: "-") { letters[index] = UInt8(ascii: "+") }
      if letters[index] == UInt8(ascii: "_") { letters[index] = UInt8(ascii: "/") }
    }
    while !letters.count.isMultiple(of: 4) { letters.append(UInt8(ascii: "=")) }
    return String(decoding: letters, as: UTF8.self)
  }
}
