internal import Core

/// The records of comma-separated values, with what only a reader of cases asks: whether a cell stood in quotes.
struct CaseRecords {
  /// A cell, without its quotes.
  struct Cell {
    var text: String
    var isQuoted: Bool
  }

  /// The cells of a row, and the line on which it begins.
  struct Record {
    var line: Int
    var cells: [Cell]
  }

  private let path: String
  private let bytes: [UInt8]
  private var place = 0
  private var line = 1

  /// The records of the file at `path`.
  init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { place = 3 }
  }

  /// The next record that isn't an empty line; nil at the end. Throws what is wrong with it, with its line. O(record).
  mutating func next() throws(RulebookError) -> Record? {
    while place < bytes.count {
      var record = Record(line: line, cells: [])
      repeat { record.cells.append(try cell(record.line)) } while take(",")
      _ = take("\r")
      if place < bytes.count, !take("\n") {
        throw refused("text behind a closing quote, or a return without a line feed", record.line)
      }
      line += 1
      if record.cells.count > 1 || !record.cells[0].text.isEmpty || record.cells[0].isQuoted { return record }
    }
    return nil
  }

  private func refused(_ text: String, _ line: Int) -> RulebookError {
    RulebookError(.invalidCases, file: path, line: line, text)
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard place < bytes.count, bytes[place] == UInt8(ascii: character) else { return false }
    place += 1
    return true
  }

  private mutating func cell(_ line: Int) throws(RulebookError) -> Cell {
    let isQuoted = take("\"")
    let content = isQuoted ? try quoted(line) : try plain(line)
    guard let text = String(validating: content, as: UTF8.self) else { throw refused("invalid UTF-8", line) }
    return Cell(text: text, isQuoted: isQuoted)
  }

  private mutating func plain(_ line: Int) throws(RulebookError) -> [UInt8] {
    let rest = bytes[place...].prefix { !",\r\n".utf8.contains($0) }
    if rest.contains(UInt8(ascii: "\"")) {
      throw refused("a quote within a cell without quotes; put the cell in quotes and double the quote", line)
    }
    place = rest.endIndex
    return Array(rest)
  }

  private mutating func quoted(_ line: Int) throws(RulebookError) -> [UInt8] {
    var content: [UInt8] = []
    repeat {
      let rest = bytes[place...].prefix { $0 != UInt8(ascii: "\"") }
      place = rest.endIndex
      content += rest
      self.line += rest.count { $0 == UInt8(ascii: "\n") }
      guard take("\"") else { throw refused("a cell in quotes does not end", line) }
      if place < bytes.count, bytes[place] == UInt8(ascii: "\"") { content.append(UInt8(ascii: "\"")) }
    } while take("\"")
    return content
  }
}
