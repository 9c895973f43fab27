package import Core

/// A rulebook that is wrong at one place: a spec should notice.
package struct Mutant: Sendable, Equatable {
  /// The file, relative to the rulebook.
  package var file: String
  /// The line, from 1.
  package var line: Int
  /// The column, from 1, in bytes.
  package var column: Int
  /// What stands there, on one line.
  package var before: String
  /// What stands there instead.
  package var after: String
  /// The line as the author wrote it, without the space around it.
  package var text: String
  /// The bytes that are replaced.
  var range: Range<Int>

  /// The change in a phrase: `'<' is '<='`
  package var change: String { after.isEmpty ? "'\(before)' is gone" : "'\(before)' is '\(after)'" }

  /// The source with the change.
  func source(_ original: [UInt8]) -> [UInt8] {
    original[..<range.lowerBound] + Array(after.utf8) + original[range.upperBound...]
  }

  /// `{"file","line","column","before","after"}`
  package var json: JSON {
    [
      "file": .string(file), "line": .integer(Int64(line)), "column": .integer(Int64(column)),
      "before": .string(before), "after": .string(after),
    ]
  }
}
