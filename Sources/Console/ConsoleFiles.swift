internal import CConsole
internal import Core
internal import Cryptography

/// The console's pages, scripts and styles, as they were when the program was built.
package enum ConsoleFiles {
  /// A file as it is sent.
  package struct File: Sendable {
    /// What kind of file it is, with its character set.
    package let mediaType: String
    /// What is in it.
    package let bytes: [UInt8]
    /// Tells this content from any other, quoted as `ETag` has it.
    package let entityTag: String

    fileprivate init(_ name: String, _ bytes: [UInt8]) {
      mediaType = ConsoleFiles.mediaType(name)
      self.bytes = bytes
      entityTag = "\"\(Hexadecimal.text(Array(SHA256.hash(bytes).prefix(16))))\""
    }
  }

  /// The names of the pages, in the order of the navigation; the first is the one that opens.
  package static let pages = ["now", "decision", "rules", "changes", "money", "trust", "self", "settings"]

  /// The file of this name, such as `now.html`; nil when there is none. O(1).
  package static func file(_ name: String) -> File? { all[ExactText(name)] }

  /// The names of all files, sorted. O(files · log files).
  package static var names: [String] { all.keys.sorted().map(\.text) }

  private static let all: [ExactText: File] = {
    var count = 0
    guard let files = unsafe cconsole_files(&count) else { return [:] }
    var all: [ExactText: File] = [:]
    for index in 0..<count {
      let file = unsafe files[index]
      let name = unsafe String(cString: file.name)
      let bytes = unsafe [UInt8](UnsafeBufferPointer(start: file.bytes, count: file.count))
      all[ExactText(name)] = File(name, bytes)
    }
    guard let frame = all.removeValue(forKey: "frame.html")?.bytes else { return [:] }
    for name in pages.map({ $0 + ".html" }) {
      let written = all.removeValue(forKey: ExactText(name)).map { String(decoding: $0.bytes, as: UTF8.self) }
      let page = written.flatMap { ConsolePage($0) }?.filled(into: String(decoding: frame, as: UTF8.self))
      all[ExactText(name)] = page.map { File(name, Array($0.utf8)) }
    }
    return all
  }()

  fileprivate static func mediaType(_ name: String) -> String {
    if name.ends(with: ".html") { return "text/html; charset=utf-8" }
    if name.ends(with: ".css") { return "text/css; charset=utf-8" }
    if name.ends(with: ".svg") { return "image/svg+xml" }
    return "text/javascript; charset=utf-8"
  }

  /// Only files of this port run, style and are asked; nothing stands in a page itself, no other page frames it, and no
  /// text ever becomes markup (CSP level 3, Trusted Types).
  private static let policy = [
    "default-src 'none'", "connect-src 'self'", "script-src 'self'", "style-src 'self'", "img-src 'self'",
    "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].joined(separator: "; ")

  /// The header fields that go with every page and file.
  package static let headers = [
    ("content-security-policy", policy), ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"), ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
  ]
}
