internal import Core

/// The records of comma-separated values, with faults in the words of whoever writes cases.
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
  private var reader: CSVReader

  /// The records of the file at `path`.
  init(path: String, bytes: [UInt8]) {
    self.path = path
    reader = CSVReader(recordBytes: bytes.count)
    reader.append(bytes, isLast: true)
  }

  /// The next record that isn't an empty line; nil at the end. Throws what is wrong with it, with its line. O(record).
  mutating func next() throws(RulebookError) -> Record? {
    do throws(CSVReader.Fault) {
      guard try reader.next() else { return nil }
    } catch {
      throw refused(Self.words(of: error))
    }
    let row = reader.record
    var record = Record(line: row.line, cells: [])
    for place in 0..<row.count {
      guard let text = row.text(place) else { throw refused("invalid UTF-8") }
      record.cells.append(Cell(text: text, isQuoted: row.isQuoted(place)))
    }
    return record
  }

  private func refused(_ text: String) -> RulebookError {
    RulebookError(.invalidCases, file: path, line: reader.record.line, text)
  }

  private static func words(of fault: CSVReader.Fault) -> String {
    switch fault {
    case .strayText: "text behind a closing quote, or a return without a line feed"
    case .strayQuote: "a quote within a cell without quotes; put the cell in quotes and double the quote"
    case .openQuote, .tooLong: "a cell in quotes does not end"
    }
  }
}
