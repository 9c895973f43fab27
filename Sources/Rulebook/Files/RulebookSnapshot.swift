package import Core
package import Governance

/// The files of a rulebook at one moment: an immutable value.
package struct RulebookSnapshot: Sendable, Equatable {
  /// Path relative to the rulebook (`plugins/tiers/plugin.lua`) → content.
  package let files: [ExactText: [UInt8]]
  /// Names, sizes and hashes of the files: what holders sign.
  package let manifest: FileManifest

  /// `sha256:` and 64 hexadecimal digits: what names the rulebook; see ``FileManifest/digest``.
  package var digest: String { manifest.digest }

  /// A snapshot of these files. O(bytes + files · log files).
  package init(files: [ExactText: [UInt8]]) {
    self.files = files
    manifest = FileManifest(contents: files)
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
