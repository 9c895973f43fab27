/// Finds what was probably meant.
package enum NearestName {
  /// The name in `names` that takes the fewest edits to reach from `name`, if those are few. O(product of lengths)
  /// for each name.
  package static func of(_ name: String, in names: [String]) -> String? {
    let limit = max(1, min(3, name.utf8.count / 3))
    let best = names.map { candidate in
      (name: candidate, edits: edits(Array(name.utf8), Array(candidate.utf8)), shared: sharedPrefix(name, candidate))
    }.min { ($0.edits, -$0.shared) < ($1.edits, -$1.shared) }
    guard let best, best.edits <= limit, best.edits < name.utf8.count else { return nil }
    return best.name
  }

  /// `; did you mean '…'?`, or nothing.
  package static func suggestion(for name: String, in names: [String]) -> String {
    of(name, in: names).map { "; did you mean '\($0)'?" } ?? ""
  }

  /// ``suggestion(for:in:)``, or else all there is: `; it has a, b`.
  package static func advice(for name: String, in names: [String], or verb: String = "it has") -> String {
    of(name, in: names).map { "; did you mean '\($0)'?" } ?? "; \(verb) \(names.joined(separator: ", "))"
  }

  private static func sharedPrefix(_ left: String, _ right: String) -> Int {
    zip(left.utf8, right.utf8).prefix { $0 == $1 }.count
  }

  /// Levenshtein's distance, in which two neighbours that changed places are one edit, too.
  private static func edits(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var before: [Int] = []
    var row = Array(0...right.count)
    for (index, byte) in left.enumerated() {
      var next = [index + 1]
      for (column, other) in right.enumerated() {
        var best = min(row[column] + (byte == other ? 0 : 1), row[column + 1] + 1, next[column] + 1)
        if index > 0, column > 0, byte == right[column - 1], left[index - 1] == other {
          best = min(best, before[column - 1] + 1)
        }
        next.append(best)
      }
      (before, row) = (row, next)
    }
    return row[right.count]
  }
}
