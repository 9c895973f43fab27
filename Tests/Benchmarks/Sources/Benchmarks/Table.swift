import Foundation

/// One line of the report.
struct Row {
  /// What is measured, with its unit.
  var what: String
  /// The figure of Cascade.
  var cascade: String
  /// The figure of what it is compared with.
  var other = ""
  /// How Cascade stands to the other, or to the aim.
  var ratio = ""
  /// What it should be.
  var aim: String
  /// Whether it is; nil where nothing is aimed at.
  var isMet: Bool? = nil
}

/// The report.
struct Table {
  private var rows: [Row] = []

  mutating func append(contentsOf more: [Row]) { rows += more }

  /// The rows under their headings, in columns.
  var text: String {
    var lines = [["", "Cascade", "compared with", "ratio", "aim", "met"]]
    for row in rows {
      let met = row.isMet.map { $0 ? "yes" : "no" } ?? ""
      lines.append([row.what, row.cascade, row.other, row.ratio, row.aim, met])
    }
    let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    let printed = lines.map { line in
      let cells = zip(line, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
      return "| " + cells.joined(separator: " | ") + " |"
    }
    let rule = "|" + widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "|") + "|"
    return ([printed[0], rule] + printed.dropFirst()).joined(separator: "\n")
  }
}

extension [Double] {
  /// The middle one, or the mean of the middle two; 0 when there is none. O(n log n).
  var median: Double {
    if isEmpty { return 0 }
    let ordered = sorted()
    return (ordered[(count - 1) / 2] + ordered[count / 2]) / 2
  }
}

extension Double {
  /// With that many digits behind the point.
  func text(_ digits: Int = 0) -> String { String(format: "%.\(digits)f", self) }
}
