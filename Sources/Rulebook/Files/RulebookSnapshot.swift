package import Core
internal import Cryptography

/// The files of a rulebook at one moment: an immutable value.
package struct RulebookSnapshot: Sendable, Hashable {
  /// Path relative to the rulebook (`plugins/tiers/plugin.lua`) → content.
  package let files: [ExactText: [UInt8]]
  /// `sha256:` and 64 hexadecimal digits: what names the rulebook.
  ///
  /// The SHA-256 of a text with one line for each file, sorted by the bytes of the paths, in the form of
  /// `sha256sum`: the 64 hexadecimal digits of the file's SHA-256, two spaces, the path, a line feed.
  package let digest: String

  /// A snapshot of these files. O(bytes + files · log files).
  package init(files: [ExactText: [UInt8]]) {
    self.files = files
    var list: [UInt8] = []
    for path in files.keys.sorted() {
      list += Hexadecimal.text(SHA256.hash(files[path] ?? [])).utf8
      list += "  \(path)\n".utf8
    }
    digest = "sha256:" + Hexadecimal.text(SHA256.hash(list))
  }

  /// The same with paths that Swift already tells apart. O(bytes + files · log files).
  package init(files: [String: [UInt8]]) {
    self.init(files: Dictionary(files.map { (ExactText($0), $1) }) { first, _ in first })
  }

  /// The paths, sorted by their bytes. O(files · log files).
  package var paths: [String] { files.keys.sorted().map(\.text) }

  /// The names of the plugins, sorted. O(files · log files).
  package var plugins: [String] {
    Set(files.keys.compactMap { RulebookPath($0.text)?.plugin.map(ExactText.init) }).sorted().map(\.text)
  }

  static func sorted(_ names: some Sequence<String>) -> [String] {
    names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
