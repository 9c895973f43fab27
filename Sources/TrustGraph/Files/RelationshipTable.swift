internal import Core

/// Reads relationships from comma-separated values (RFC 4180) that arrive in pieces.
///
/// A text that ``CommaSeparatedText`` guarded against spreadsheets comes back as it was.
package struct RelationshipTable: Sendable {
  /// The names of the required columns. The header may have others, in any order.
  package static let columns = ["citizen1", "citizen2", "trustScore", "strengthScore", "lastInteraction"]

  private var reader = CSVReader(recordBytes: GraphLimits.recordBytes)
  /// The number of fields in the header; 0 before the header was read.
  private var width = 0
  /// The position of each of ``columns``.
  private var places: [Int] = []
  private let limit: Int
  private var rows = 0

  /// What of the text so far makes no relationship, one sentence for each kind with the line of the first.
  package private(set) var unused = Unused()

  /// What a table holds beside its relationships.
  package struct Unused: Sendable, Equatable {
    /// Columns that aren't read, as the header has them: unknown ones, and a known one when it comes again.
    package var columns: [String] = []
    /// The line of the header.
    package var headerLine = 1
    /// Rows that name one citizen on both sides.
    package var loops = 0
    /// The line of the first of them; nil when there is none.
    package var firstLoop: Int?

    /// What to tell whoever gave the table, with `file` in front; empty when everything was used.
    package func notes(file: String) -> [String] {
      var notes: [String] = []
      if !columns.isEmpty {
        let names = columns.map { "'\(VisibleText.line($0))'" }.joined(separator: ", ")
        notes.append(
          "\(file):\(headerLine): \(columns.count) of the columns not read, unknown or there before: \(names)")
      }
      if let firstLoop {
        notes.append(
          "\(file):\(firstLoop): the first of \(loops) rows that name one citizen twice, which makes no relationship")
      }
      return notes
    }
  }

  /// A table of which nothing was read, of at most `limit` rows.
  package init(limit: Int = GraphLimits.relationships) { self.limit = limit }

  /// Reads all rows of a whole table; see ``relationships(in:isLast:)``.
  package static func relationships(parsing bytes: some Sequence<UInt8>) throws(GraphError) -> [Relationship] {
    var table = RelationshipTable()
    return try table.relationships(in: bytes, isLast: true)
  }

  /// Reads the rows that end in the next piece of a table with a header; `isLast` when nothing follows. An empty score
  /// means that none is recorded. Throws `invalid_file` with the line on which the wrong row begins, also for one row
  /// too many. O(piece).
  package mutating func relationships(
    in piece: some Sequence<UInt8>, isLast: Bool
  ) throws(GraphError) -> [Relationship] {
    reader.append(piece, isLast: isLast)
    if width == 0 {
      guard try next() else {
        if isLast { throw GraphError(.invalidFile, "the header is missing", line: 1) }
        return []
      }
      try readHeader()
    }
    var relationships: [Relationship] = []
    while try next() {
      rows += 1
      guard rows <= limit else {
        throw GraphError(.invalidFile, "a table has at most \(limit) relationships", line: reader.record.line)
      }
      relationships.append(try relationship())
    }
    return relationships
  }

  /// Reads the next row that isn't empty; false when none has arrived yet.
  private mutating func next() throws(GraphError) -> Bool {
    do throws(CSVReader.Fault) {
      while try reader.next() { if !reader.record.isEmpty { return true } }
      return false
    } catch {
      throw GraphError(.invalidFile, Self.words(of: error), line: reader.record.line)
    }
  }

  private static func words(of fault: CSVReader.Fault) -> String {
    switch fault {
    case .strayText: "text after a closing quote, or a lone return"
    case .strayQuote: "a quote inside a field without quotes"
    case .openQuote: "a quoted field does not end"
    case .tooLong: "a row has over \(GraphLimits.recordBytes) bytes; does a quoted field not end?"
    }
  }

  private func field(_ place: Int) throws(GraphError) -> String {
    guard let text = reader.record.text(place) else {
      throw GraphError(.invalidFile, "invalid UTF-8", line: reader.record.line)
    }
    return text
  }

  private mutating func readHeader() throws(GraphError) {
    width = reader.record.count
    var header: [String] = []
    for field in 0..<width { header.append(try self.field(field)) }
    for column in Self.columns {
      guard let place = header.firstIndex(where: { $0.isSame(as: column) }) else {
        throw GraphError(.invalidFile, "the column '\(column)' is missing", line: reader.record.line)
      }
      places.append(place)
    }
    unused.headerLine = reader.record.line
    unused.columns = header.indices.filter { !places.contains($0) }.map { header[$0] }
  }

  private mutating func relationship() throws(GraphError) -> Relationship {
    let record = reader.record
    guard record.count == width else {
      throw GraphError(.invalidFile, "\(record.count) fields where the header has \(width)", line: record.line)
    }
    do {
      let row = try Relationship(
        text(0), text(1), trust: score(2), strength: score(3), lastInteraction: text(4))
      if row.citizen1.isSame(as: row.citizen2) {
        unused.loops += 1
        unused.firstLoop = unused.firstLoop ?? record.line
      }
      return row
    } catch {
      throw GraphError(.invalidFile, error.message, line: record.line)
    }
  }

  private func text(_ column: Int) throws(GraphError) -> String {
    let text = CommaSeparatedText.text(ofField: try field(places[column]))
    if text.has("\0") { throw GraphError(.invalidFile, "\(Self.columns[column]) holds a zero byte") }
    return text
  }

  private func score(_ column: Int) throws(GraphError) -> Double? {
    let text = try field(places[column])
    if text.isEmpty { return nil }
    let isDecimal = text.utf8.allSatisfy { byte in
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "+-.eE".utf8.contains(byte)
    }
    guard isDecimal, let value = Double(text), value.isFinite else {
      throw GraphError(.invalidFile, "\(Self.columns[column]) '\(VisibleText.line(text))' is no number")
    }
    return value
  }
}
