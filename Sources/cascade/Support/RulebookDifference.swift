import Core
import Rulebook

/// What differs between two rulebooks.
struct RulebookDifference {
  /// A file that isn't the same.
  struct File {
    var path: String
    /// `changed`, `added` or `removed`.
    var change: String
    /// Its last commit, where a work tree tells.
    var commit: String?
  }

  /// The numbers of policies.
  let numbers: [PolicyNumbers.Change]
  /// The files, by path.
  let files: [File]

  /// `directory` is where `after` lies; nil when it isn't a directory.
  init(before: RulebookSnapshot, after: RulebookSnapshot, numbers: [PolicyNumbers.Change], directory: String?) {
    self.numbers = numbers
    let paths = Set(before.files.keys).union(after.files.keys).sorted()
    files = paths.filter { before.files[$0] != after.files[$0] }.map { path in
      let change = before.files[path] == nil ? "added" : after.files[path] == nil ? "removed" : "changed"
      return File(path: path.text, change: change, commit: directory.flatMap { GitHistory.last(path.text, in: $0) })
    }
  }

  /// A table of numbers, then a line a file.
  var text: String {
    if files.isEmpty { return "the two are the same\n" }
    let rows = numbers.map { [$0.name, $0.old?.text ?? "–", $0.new?.text ?? "–"] }
    let widths = (0..<2).map { column in rows.map { $0[column].count }.max() ?? 0 }
    var lines = rows.map { row in
      let padded = zip(row, widths).map { $0 + String(repeating: " ", count: max(0, $1 - $0.count)) }
      return padded.joined(separator: "  ") + "  →  " + row[2]
    }
    if !lines.isEmpty { lines.append("") }
    lines += files.map { "\($0.change)  \($0.path)" + ($0.commit.map { "  (\($0))" } ?? "") }
    return lines.map { VisibleText.line($0) + "\n" }.joined()
  }

  /// `{"numbers":[{"name","before","after"}],"files":[{"path","change","commit"}]}`
  var json: JSON {
    let numbers = numbers.map { change in
      ["name": .string(change.name), "before": change.old ?? .null, "after": change.new ?? .null] as JSON
    }
    let files = files.map { file in
      [
        "path": .string(file.path), "change": .string(file.change),
        "commit": file.commit.map { .string($0) } ?? .null,
      ] as JSON
    }
    return ["numbers": .array(numbers), "files": .array(files)]
  }
}
