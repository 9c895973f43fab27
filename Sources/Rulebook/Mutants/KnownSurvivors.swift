internal import Core
internal import Platform

/// Mutants that no spec needs to find, each with the reason: `plugins/NAME/spec/survivors.txt`.
///
/// An entry is one line, `FILE: CHANGE: LINE`, as `cascade test --mutants` prints it but for line and column, which
/// move; the reason follows, indented. A line that begins with `#` is a comment.
package struct KnownSurvivors: Sendable, Equatable {
  /// A mutant that survives for a reason.
  package struct Entry: Sendable, Equatable {
    /// The entry's first line: file, change, and the line of the source.
    package var title: String
    /// Why no spec needs to find it.
    package var reason: String
    /// The file that it stands in, and the line there.
    package var place: (file: String, line: Int)

    /// Equal when they say the same, wherever they stand.
    package static func == (left: Entry, right: Entry) -> Bool {
      left.title.isSame(as: right.title) && left.reason.isSame(as: right.reason)
    }
  }

  /// The most bytes that one file holds.
  private static let limit = 256 << 10

  /// The entries, in the order of the files.
  package private(set) var entries: [Entry] = []

  /// A list without any entry.
  package init() {}

  /// Reads the files of these folders below `plugins` of the rulebook in `directory`; one that isn't there holds none.
  /// Throws what is wrong with an entry, with file and line. Blocks.
  package init(directory: String, folders: [String]) throws(RulebookError) {
    for folder in folders {
      let path = "plugins/\(folder)/spec/survivors.txt"
      let bytes: [UInt8]
      do throws(FileError) {
        bytes = try File.read(directory + "/" + path, limit: Self.limit)
      } catch {
        if error.isMissing { continue }
        throw RulebookError(.unreadable, file: path, "can't be read: \(error.reason)")
      }
      if bytes.count > Self.limit { throw RulebookError(.tooLarge, file: path, "over \(Self.limit >> 10) KiB") }
      try add(bytes, path)
    }
  }

  /// Reads the text of one file that stands at `path`. Throws what is wrong with an entry. O(bytes).
  package mutating func add(_ bytes: [UInt8], _ path: String) throws(RulebookError) {
    for (index, slice) in LuaLines.of(bytes).enumerated() {
      let line = String(decoding: slice, as: UTF8.self)
      let text = String(line.unicodeScalars.drop { $0 == " " })
      if text.isEmpty || line.begins(with: "#") { continue }
      if line.begins(with: " ") {
        guard let last = entries.indices.last, entries[last].place.file.isSame(as: path) else {
          throw RulebookError(.unreadable, file: path, line: index + 1, "a reason stands behind its entry")
        }
        entries[last].reason += (entries[last].reason.isEmpty ? "" : " ") + text
      } else {
        entries.append(Entry(title: text, reason: "", place: (path, index + 1)))
      }
    }
    if let bare = entries.first(where: { $0.reason.isEmpty }) {
      throw RulebookError(
        .unreadable, file: bare.place.file, line: bare.place.line,
        "an entry needs its reason on the next line, indented: why does no spec need to find it?")
    }
  }

  /// Why no spec needs to find a mutant; nil when nobody says so. O(entries).
  package func reason(for mutant: Mutant) -> String? {
    entries.first { $0.title.isSame(as: mutant.title) }?.reason
  }
}

extension Mutant {
  /// File, change and line of the source: what stays the same when lines move.
  package var title: String { "\(file): \(change): \(text)" }
}
