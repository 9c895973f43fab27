/// Splits comma-separated text (RFC 4180) into records while it arrives in pieces. A quoted field may contain commas,
/// line breaks and doubled quotes.
package struct CSVReader: Sendable {
  /// What a record isn't; whoever reads says it in the words of its own users, with the record's line.
  package enum Fault: Error, Sendable, Equatable {
    /// Text stands behind a closing quote, or a return without a line feed.
    case strayText
    /// A quote stands in a field without quotes.
    case strayQuote
    /// A field in quotes doesn't end.
    case openQuote
    /// A record has more bytes than it may.
    case tooLong
  }

  /// One record; its fields are stored one after the other.
  package struct Record: Sendable {
    /// The line on which the record begins, from 1.
    package fileprivate(set) var line = 1
    fileprivate var content: [UInt8] = []
    fileprivate var ends: [Int] = []
    fileprivate var quoted: Set<Int> = []

    /// The number of fields.
    package var count: Int { ends.count }

    /// A field's text; nil when it isn't UTF-8. O(field).
    package func text(_ field: Int) -> String? {
      String(validating: content[(field == 0 ? 0 : ends[field - 1])..<ends[field]], as: UTF8.self)
    }

    /// Whether a field stood in quotes. O(1).
    package func isQuoted(_ field: Int) -> Bool { quoted.contains(field) }

    /// Whether it is one field with nothing in it.
    package var isEmpty: Bool { ends.count == 1 && content.isEmpty }
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
  private let recordBytes: Int

  /// The last record that was read.
  package private(set) var record = Record()

  /// A reader of records of at most so many bytes.
  package init(recordBytes: Int) { self.recordBytes = recordBytes }

  /// Appends the next piece of the text; `isLast` when nothing follows. O(piece + unread text, at most a record).
  package mutating func append(_ piece: some Sequence<UInt8>, isLast: Bool) {
    bytes.removeSubrange(..<position)
    position = 0
    bytes += piece
    isComplete = isLast
  }

  /// Reads the next record into ``record``, skipping empty lines; false when no whole record has arrived yet. Throws
  /// what is wrong with the record, whose line ``record`` has then. O(record).
  package mutating func next() throws(Fault) -> Bool {
    if !hasBegun {
      if bytes.count < 3 && !isComplete { return false }
      if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
      hasBegun = true
    }
    while position < bytes.count {
      let start = position
      record.line = line
      let isWhole = try readRecord()
      if (isWhole ? position : bytes.count) - start > recordBytes { throw .tooLong }
      if !isWhole {
        position = start
        return false
      }
      line += record.content.count { $0 == Self.lineFeed } + 1
      if !record.isEmpty || record.isQuoted(0) { return true }
    }
    return false
  }

  /// Whether a byte, or the end of the text, is known at the current position.
  private var isDecided: Bool { position < bytes.count || isComplete }

  private func isAt(_ byte: UInt8) -> Bool { position < bytes.count && bytes[position] == byte }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard isAt(byte) else { return false }
    position += 1
    return true
  }

  /// Reads fields through the end of the line; false when the text ends earlier.
  private mutating func readRecord() throws(Fault) -> Bool {
    record.content.removeAll(keepingCapacity: true)
    record.ends.removeAll(keepingCapacity: true)
    record.quoted.removeAll(keepingCapacity: true)
    repeat {
      let isQuoted = take(Self.quote)
      if isQuoted { record.quoted.insert(record.count) }
      let isWhole = isQuoted ? try readQuoted() : try readPlain()
      guard isWhole else { return false }
      record.ends.append(record.content.count)
    } while take(Self.comma)
    _ = take(Self.carriageReturn)
    guard isDecided else { return false }
    guard position == bytes.count || take(Self.lineFeed) else { throw .strayText }
    return true
  }

  private mutating func readPlain() throws(Fault) -> Bool {
    let start = position
    while position < bytes.count {
      let byte = bytes[position]
      if byte == Self.comma || byte == Self.lineFeed || byte == Self.carriageReturn { break }
      if byte == Self.quote { throw .strayQuote }
      position += 1
    }
    record.content += bytes[start..<position]
    return isDecided
  }

  private mutating func readQuoted() throws(Fault) -> Bool {
    repeat {
      let start = position
      while position < bytes.count && bytes[position] != Self.quote { position += 1 }
      record.content += bytes[start..<position]
      guard take(Self.quote) else {
        if isComplete { throw .openQuote }
        return false
      }
      // Two quotes stand for one.
      if isAt(Self.quote) { record.content.append(Self.quote) }
    } while take(Self.quote)
    return isDecided
  }
}
