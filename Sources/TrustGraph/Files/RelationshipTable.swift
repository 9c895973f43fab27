/// Reads relationships from comma-separated values (RFC 4180).
package enum RelationshipTable {
  /// The columns, by their names in the header; others may stand beside them, in any order.
  package static let columns = ["citizen1", "citizen2", "trustScore", "strengthScore", "lastInteraction"]

  /// The rows of a table with a header. An empty score is one not recorded. Throws `invalid_file` with the line
  /// on which the offending row begins. O(bytes).
  package static func relationships(parsing bytes: some Sequence<UInt8>) throws(GraphError) -> [Relationship] {
    var reader = RecordReader(bytes: Array(bytes))
    guard let header = try reader.next() else { throw GraphError(.invalidFile, "the header is missing", line: 1) }
    var places: [Int] = []
    for column in columns {
      guard let place = header.fields.firstIndex(of: column) else {
        throw GraphError(.invalidFile, "the column '\(column)' is missing", line: header.line)
      }
      places.append(place)
    }
    var relationships: [Relationship] = []
    while let record = try reader.next() {
      guard record.fields.count == header.fields.count else {
        throw GraphError(
          .invalidFile, "\(record.fields.count) fields where the header has \(header.fields.count)", line: record.line)
      }
      let fields = places.map { record.fields[$0] }
      do {
        relationships.append(
          try Relationship(
            fields[0], fields[1], trust: score(fields[2], columns[2]), strength: score(fields[3], columns[3]),
            lastInteraction: fields[4]))
      } catch { throw GraphError(.invalidFile, error.message, line: record.line) }
    }
    return relationships
  }

  private static func score(_ text: String, _ column: String) throws(GraphError) -> Double? {
    if text.isEmpty { return nil }
    let isDecimal = text.utf8.allSatisfy { "0123456789.+-eE".utf8.contains($0) }
    guard isDecimal, let value = Double(text), value.isFinite else {
      throw GraphError(.invalidFile, "\(column) '\(text)' is no number")
    }
    return value
  }
}

/// Splits text into records; a quoted field may hold commas, line breaks and doubled quotes.
private struct RecordReader {
  let bytes: [UInt8]
  var position = 0
  var line = 1
  /// The line on which the record at hand begins.
  var start = 1

  init(bytes: [UInt8]) {
    self.bytes = bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  /// The next record that isn't an empty line; nil at the end.
  mutating func next() throws(GraphError) -> (fields: [String], line: Int)? {
    while position < bytes.count {
      start = line
      var fields: [String] = []
      repeat { fields.append(try field()) } while take(",")
      _ = take("\r")
      guard position == bytes.count || take("\n") else { throw error("text after a closing quote, or a lone return") }
      line += 1
      if fields != [""] { return (fields, start) }
    }
    return nil
  }

  private func error(_ message: String) -> GraphError { GraphError(.invalidFile, message, line: start) }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func field() throws(GraphError) -> String {
    var content: [UInt8] = []
    if take("\"") {
      repeat {
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
          if bytes[position] == UInt8(ascii: "\n") { line += 1 }
          content.append(bytes[position])
          position += 1
        }
        guard take("\"") else { throw error("a quoted field does not end") }
        if position < bytes.count, bytes[position] == UInt8(ascii: "\"") { content.append(UInt8(ascii: "\"")) }
      } while take("\"")
    } else {
      while position < bytes.count, !",\r\n".utf8.contains(bytes[position]) {
        if bytes[position] == UInt8(ascii: "\"") { throw error("a quote inside a field without quotes") }
        content.append(bytes[position])
        position += 1
      }
    }
    guard let text = String(validating: content, as: UTF8.self) else { throw error("invalid UTF-8") }
    return text
  }
}
