internal import Core

/// A page of the console as it is written: a line with its title, a line that says what it is for, the lines of what it
/// loads, an empty line, and what is its own. All else is in the frame that every page has.
struct ConsolePage {
  private let values: [String: String]

  /// Reads a page; nil when a part is missing. O(bytes).
  init?(_ text: String) {
    let lines = text.pieces(at: "\n")
    guard lines.count > 4, let blank = lines.firstIndex(where: \.isEmpty), blank > 2,
      blank < lines.count - 1, lines.last?.isEmpty == true
    else {
      return nil
    }
    values = [
      "title": String(lines[0]), "purpose": String(lines[1]),
      "files": lines[2..<blank].joined(separator: "\n"),
      "main": lines[(blank + 1)...].dropLast().joined(separator: "\n"),
    ]
  }

  /// The page in its frame, whose places are names in braces; nil when the frame has one that no page fills. O(bytes).
  func filled(into frame: String) -> String? {
    var parts = frame.pieces(at: "{")[...]
    var text = parts.popFirst().map { String($0) } ?? ""
    for part in parts {
      let pieces = part.pieces(at: "}", most: 1)
      guard pieces.count == 2, let value = values[String(pieces[0])] else { return nil }
      text += value + pieces[1]
    }
    return text
  }
}
