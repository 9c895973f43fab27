internal import Core

/// The elements of a list in which proxies pass their clients on, taken from its end.
///
/// From the end, because only the end is a proxy's own: a quote that a client leaves open further left must not swallow
/// what the proxy appended.
struct ForwardedElements {
  private var rest: ArraySlice<UInt8>
  private var isEmpty = false

  /// The elements of a field's value.
  init(_ value: String) { rest = Array(value.utf8)[...] }

  /// The last element that isn't taken, without white space round it; nil when there is none. O(its length).
  mutating func removeLast() -> String? {
    if isEmpty { return nil }
    var (start, isQuoted) = (rest.endIndex, false)
    while start > rest.startIndex, isQuoted || rest[start - 1] != UInt8(ascii: ",") {
      start -= 1
      if rest[start] == UInt8(ascii: "\"") { isQuoted.toggle() }
    }
    let element = String(decoding: rest[start...], as: UTF8.self)
    isEmpty = start == rest.startIndex
    if !isEmpty { rest = rest[..<(start - 1)] }
    return String(element.trimmed)
  }

  /// The address that `for` names in `for=…;proto=…`; nil where it names none, names two, or can't be read.
  static func client(ofPairs element: String) -> ClientAddress? {
    var client: ClientAddress?
    for pair in element.pieces(at: ";") {
      let parts = pair.trimmed.pieces(at: "=")
      guard parts.count == 2 else { return nil }
      guard parts[0].lowercased() == "for" else { continue }
      guard client == nil, let address = node(unquoted(String(parts[1]))) else { return nil }
      client = address
    }
    return client
  }

  /// What stands between quotes; a text that isn't quoted as it is. What is escaped in quotes is no address.
  private static func unquoted(_ text: String) -> String {
    let isQuoted = text.utf8.count >= 2 && text.begins(with: "\"") && text.utf8.last == UInt8(ascii: "\"")
    return isQuoted ? String(text.dropFirst().dropLast()) : text
  }

  /// `192.0.2.1`, `192.0.2.1:8080`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:8080`; nil for anything else, as
  /// `unknown`, a name or an obfuscated one (RFC 7239, section 6).
  static func node(_ text: String) -> ClientAddress? {
    if let plain = ClientAddress(digits: text) { return plain }
    guard let authority = Authority(text), authority.name.isAddress else { return nil }
    let digits = text.begins(with: "[") ? text.dropFirst().prefix { $0 != "]" } : text.prefix { $0 != ":" }
    return ClientAddress(digits: String(digits))
  }
}
