internal import Core

/// What a request asks for, as its first line says it (RFC 9112, section 3.2).
struct RequestTarget {
  /// The path as it was sent, percent-encoded; `*` for the host as a whole.
  let path: Substring
  /// What stands behind the path, from the question mark on; empty when nothing does.
  let query: Substring
  /// The host that a target in absolute form names; nil where it is only a path.
  let authority: String?

  /// Reads the target of a request; nil when it is neither a path, nor `http://host/path`, nor `*`, or has a fragment,
  /// or isn't percent-encoded UTF-8. O(length).
  init?(_ text: String) {
    var rest = text[...]
    if rest.utf8.first == UInt8(ascii: "/") || rest.isSame(as: "*") {
      authority = nil
    } else {
      guard
        let scheme = ["http://", "https://"].first(where: { text.prefix($0.utf8.count).lowercased().isSame(as: $0) })
      else { return nil }
      rest = Substring(rest.utf8.dropFirst(scheme.utf8.count))
      let end = rest.utf8.firstIndex { [UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#")].contains($0) }
      let host = rest[..<(end ?? rest.endIndex)]
      if host.isEmpty { return nil }
      authority = String(host)
      rest = rest[host.endIndex...]
    }
    let end = rest.utf8.firstIndex { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ?? rest.endIndex
    query = rest[end...]
    if query.has("#") { return nil }
    path = end == rest.startIndex ? "/" : rest[..<end]
    if path.has("%"), PercentDecoding.text(path) == nil { return nil }
  }

  /// Whether a path lacks a name between two of its slashes, or behind the last: `/a//b`, `/a/`. No route has such a
  /// path, and what finds its routes by names alone must not take it for another. O(length).
  static func lacksName(_ path: some StringProtocol) -> Bool {
    var isBehindSlash = false
    for byte in path.utf8.dropFirst() {
      if byte == UInt8(ascii: "/"), isBehindSlash { return true }
      isBehindSlash = byte == UInt8(ascii: "/")
    }
    return isBehindSlash || path.begins(with: "//")
  }
}
