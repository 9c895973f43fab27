internal import Core

/// A message of the form `file:line: text`, taken apart.
struct SpecMessage: Equatable {
  /// The file named at the beginning; nil when the message has no location.
  var file: String?
  /// The line in that file, from 1.
  var line: Int?
  /// The first line, without the location.
  var text: String
  /// The lines after the first.
  var rest: [String]

  /// Takes `message` apart at the first `:digits:` of its first line. O(length).
  init(_ message: String) {
    let lines = message.byteLines
    let first = lines.first ?? ""
    rest = lines.dropFirst().map(String.init)
    while rest.last?.isEmpty == true { rest.removeLast() }
    guard let (file, line, text) = Self.location(in: first) else {
      text = String(first)
      return
    }
    self.file = String(file)
    self.line = line
    self.text = String(text)
  }

  /// A path with `: ` in it is taken for text: no rulebook file has such a name.
  private static func location(in text: Substring) -> (file: Substring, line: Int, text: Substring)? {
    var start = text.startIndex
    while let colon = text[start...].place(of: ":") {
      let afterColon = text.utf8.index(after: colon)
      if text[afterColon...].begins(with: " ") { return nil }
      let digits = Substring(text[afterColon...].utf8.prefix { (0x30...0x39).contains($0) })
      if colon > text.startIndex, let line = Int(digits), text[digits.endIndex...].begins(with: ":") {
        let rest = Substring(text[digits.endIndex...].utf8.dropFirst())
        return (text[..<colon], line, rest.begins(with: " ") ? Substring(rest.utf8.dropFirst()) : rest)
      }
      start = afterColon
    }
    return nil
  }
}
