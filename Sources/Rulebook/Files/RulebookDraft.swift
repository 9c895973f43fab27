package import Core
internal import Governance

/// Changed files of a rulebook, as an author sends them.
package struct RulebookDraft: Sendable, Equatable {
  /// The content of each file that is another one; nil where it is gone.
  package var files: [ExactText: [UInt8]?]

  /// A draft of these files. Throws what is wrong with a name or a size, by file; whether they are rules is told by
  /// loading them. O(bytes).
  package init(_ files: [ExactText: [UInt8]?], limits: RulebookLimits = RulebookLimits()) throws(RulebookRejected) {
    var errors: [RulebookError] = []
    for (path, content) in files.sorted(by: { $0.key < $1.key }) {
      let isNamed = !path.text.unicodeScalars.contains(where: VisibleText.isControl)
      if !isNamed || RulebookPath(path.text) == nil || path.text.pieces(at: "/").count > limits.depth + 2 {
        errors.append(
          RulebookError(
            .unreadable,
            message: "\(VisibleText.line(path.text)) is no file of a rulebook: plugins/NAME/….lua, "
              + "policies/….lua, or a table of cases under a plugin's spec/"))
      } else if let content, content.count > limits.sourceBytes {
        errors.append(
          RulebookError(
            .tooLarge, file: path.text, "over \(limits.sourceBytes >> 10) KiB of source; split the file"))
      }
    }
    if !errors.isEmpty { throw RulebookRejected(errors) }
    self.files = files
  }

  /// The rulebook with these files in it. Throws when it has too many, or too much in them. O(bytes).
  package func applied(
    to base: RulebookSnapshot, limits: RulebookLimits = RulebookLimits()
  ) throws(RulebookRejected) -> RulebookSnapshot {
    var all = base.files
    for (path, content) in files { all[path] = content }
    // Of a folder without this file nothing counts, so that the directory would hold another rulebook.
    for path in files.keys.sorted() {
      guard let plugin = RulebookPath(path.text)?.plugin, all["plugins/\(plugin)/plugin.lua"] == nil else { continue }
      let left = all.keys.filter { RulebookPath($0.text)?.plugin == plugin }.sorted()
      if let first = left.first {
        throw RulebookRejected([
          RulebookError(
            .neverRuns, file: first.text, "its plugin has no plugin.lua, so nothing in plugins/\(plugin) would count")
        ])
      }
    }
    if all.count > limits.files {
      throw RulebookRejected([
        RulebookError(.tooLarge, message: "the rulebook would have over \(limits.files) files")
      ])
    }
    if all.values.reduce(0, { $0 + $1.count }) > limits.totalBytes {
      throw RulebookRejected([
        RulebookError(.tooLarge, message: "the rulebook would be over \(limits.totalBytes >> 20) MiB")
      ])
    }
    return RulebookSnapshot(files: all)
  }
}
