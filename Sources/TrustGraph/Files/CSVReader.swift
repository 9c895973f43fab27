/// Splits comma-separated text (RFC 4180) into records while it arrives in pieces. A quoted field may contain commas,
/// line breaks and doubled quotes.
struct CSVReader: Sendable {
  /// One record; its fields are stored one after the other.
  struct Record: Sendable {
    /// The line on which the record begins, from 1.
    fileprivate(set) var line = 1
    fileprivate var content: [UInt8] = []
    fileprivate var ends: [Int] = []

    /// The number of fields.
    var count: Int { ends.count }

    /// A field's text. Throws `invalid_file` when it isn't UTF-8. O(field).
    func text(_ field: Int) throws(GraphError) -> String {
      let bytes = content[(field == 0 ? 0 : ends[field - 1])..<ends[field]]
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw GraphError(.invalidFile, "invalid UTF-8", line: line)
      }
      return text
    }
  }

  private static let comma = UInt8(ascii: ",")
  private static let quote = UInt8(ascii: "\"")
  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  private var bytes: [UInt8] = []
  private var position = 0
  private var line = 1
  private var isComplete = false
  private var hasBegun = false

  /// The last record that was read.
  private(set) var record = Record()

  /// Appends the next piece of the text; `isLast` when nothing follows. O(piece + unread text, at most a record).
  mutating func append(_ piece: some Sequence<UInt8>, isLast: Bool) {
    bytes.removeSubrange(..<position)
    position = 0
    bytes += piece
    isComplete = isLast
  }

  /// Reads the next record into ``record``, skipping empty lines; false when no whole record has arrived yet. Throws
  /// `invalid_file` with the record's line. O(record).
  mutating func next() throws(GraphError) -> Bool {
    if !hasBegun {
      if bytes.count < 3 && !isComplete { return false }
      if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
      hasBegun = true
    }
    while position < bytes.count {
      let start = position
      record.line = line
      let isWhole = try readRecord()
      if (isWhole ? position : bytes.count) - start > GraphLimits.recordBytes {
        throw error("a row has over \(GraphLimits.recordBytes) bytes; does a quoted field not end?")
      }
      if !isWhole {
        position = start
        return false
      }
      line += record.content.count { $0 == Self.lineFeed } + 1
      if record.count > 1 || !record.content.isEmpty { return true }
    }
    return false
  }

  private func error(_ message: String) -> GraphError { GraphError(.invalidFile, message, line: record.line) }

  /// Whether a byte, or the end of the text, is known at the current position.
  private var isDecided: Bool { position < bytes.count || isComplete }

  private func isAt(_ byte: UInt8) -> Bool { position < bytes.count && bytes[position] == byte }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard isAt(byte) else { return false }
    position += 1
    return true
  }

  /// Reads fields through the end of the line; false when the text ends earlier.
  private mutating func readRecord() throws(GraphError) -> Bool {
    record.content.removeAll(keepingCapacity: true)
    record.ends.removeAll(keepingCapacity: true)
    repeat {
      let isWhole = take(Self.quote) ? try readQuoted() : try readPlain()
      guard isWhole else { return false }
      record.ends.append(record.content.count)
    } while take(Self.comma)
    _ = take(Self.carriageReturn)
    guard isDecided else { return false }
    guard position == bytes.count || take(Self.lineFeed) else {
      throw error("text after a closing quote, or a lone return")
    }
    return true
  }

  private mutating func readPlain() throws(GraphError) -> Bool {
    let start = position
    while position < bytes.count {
      let byte = bytes[position]
      if byte == Self.comma || byte == Self.lineFeed || byte == Self.carriageReturn { break }
      if byte == Self.quote { throw error("a quote inside a field without quotes") }
      position += 1
    }
    record.content += bytes[start..<position]
    return isDecided
  }

  private mutating func readQuoted() throws(GraphError) -> Bool {
    repeat {
      let start = position
      while position < bytes.count && bytes[position] != Self.quote { position += 1 }
      record.content += bytes[start..<position]
      guard take(Self.quote) else {
        if isComplete { throw error("a quoted field does not end") }
        return false
      }
      // Two quotes stand for one.
      if isAt(Self.quote) { record.content.append(Self.quote) }
    } while take(Self.quote)
    return isDecided
  }
}
