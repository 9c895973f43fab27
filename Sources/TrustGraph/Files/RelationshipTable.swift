/// Reads relationships from comma-separated values (RFC 4180) that arrive in pieces.
package struct RelationshipTable: Sendable {
  /// The names of the required columns. The header may have others, in any order.
  package static let columns = ["citizen1", "citizen2", "trustScore", "strengthScore", "lastInteraction"]

  private var reader = RecordReader()
  /// The number of fields in the header; 0 before the header was read.
  private var width = 0
  /// The position of each of ``columns``.
  private var places: [Int] = []
  private let limit: Int
  private var rows = 0

  /// A table that refuses more than `limit` rows.
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
      guard try reader.next() else {
        if isLast { throw GraphError(.invalidFile, "the header is missing", line: 1) }
        return []
      }
      try readHeader()
    }
    var relationships: [Relationship] = []
    while try reader.next() {
      rows += 1
      guard rows <= limit else {
        throw GraphError(.invalidFile, "a table has at most \(limit) relationships", line: reader.record.line)
      }
      relationships.append(try relationship())
    }
    return relationships
  }

  private mutating func readHeader() throws(GraphError) {
    width = reader.record.count
    var header: [String] = []
    for field in 0..<width { header.append(try reader.record.text(field)) }
    for column in Self.columns {
      guard let place = header.firstIndex(of: column) else {
        throw GraphError(.invalidFile, "the column '\(column)' is missing", line: reader.record.line)
      }
      places.append(place)
    }
  }

  private func relationship() throws(GraphError) -> Relationship {
    let record = reader.record
    guard record.count == width else {
      throw GraphError(.invalidFile, "\(record.count) fields where the header has \(width)", line: record.line)
    }
    do {
      return try Relationship(
        record.text(places[0]), record.text(places[1]), trust: score(2), strength: score(3),
        lastInteraction: record.text(places[4]))
    } catch {
      throw GraphError(.invalidFile, error.message, line: record.line)
    }
  }

  private func score(_ column: Int) throws(GraphError) -> Double? {
    let text = try reader.record.text(places[column])
    if text.isEmpty { return nil }
    let isDecimal = text.utf8.allSatisfy { byte in
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "+-.eE".utf8.contains(byte)
    }
    guard isDecimal, let value = Double(text), value.isFinite else {
      throw GraphError(.invalidFile, "\(Self.columns[column]) '\(text)' is no number")
    }
    return value
  }
}
