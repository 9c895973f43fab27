internal import CPostgres
internal import Core

extension PostgresConnection {
  /// Sends rows to a table: `sql` is a `COPY … FROM STDIN (FORMAT binary)`, `content` what ``CopiedRows`` made. Takes
  /// part in the transaction that is open. Throws why the server didn't take them. O(bytes).
  func copy(_ sql: String, _ content: [UInt8]) throws(PostgresFailure) {
    if isBroken { throw PostgresFailure(state: "", message: "the connection is closed", isBroken: true) }
    let deadline = ContinuousClock.now + Self.patience
    // A pipeline takes no COPY.
    guard unsafe PQexitPipelineMode(pointer) == 1, unsafe PQsendQuery(pointer, sql) == 1,
      let answer = try unsafe next(deadline)
    else { throw broken() }
    var failure: PostgresFailure?
    if unsafe PQresultStatus(answer) == PGRES_COPY_IN {
      try send(content, deadline)
    } else {
      failure = unsafe self.failure(answer)
    }
    unsafe PQclear(answer)
    while let result = try unsafe next(deadline) {
      if unsafe PQresultStatus(result) != PGRES_COMMAND_OK, failure == nil { failure = unsafe self.failure(result) }
      unsafe PQclear(result)
    }
    if unsafe PQenterPipelineMode(pointer) != 1 { throw broken() }
    if let failure { throw failure }
  }

  private func send(_ content: [UInt8], _ deadline: ContinuousClock.Instant) throws(PostgresFailure) {
    var place = 0
    while place < content.count {
      let count = min(content.count - place, 64 << 10)
      let status = unsafe content.withUnsafeBytes { bytes in
        let start = unsafe bytes.baseAddress?.advanced(by: place).assumingMemoryBound(to: CChar.self)
        return unsafe PQputCopyData(pointer, start, Int32(count))
      }
      if status < 0 { throw broken() }
      if status == 1 { place += count } else { try wait(toSend: true, deadline) }
    }
    while true {
      let status = unsafe PQputCopyEnd(pointer, nil)
      if status < 0 { throw broken() }
      if status == 1 { return }
      try wait(toSend: true, deadline)
    }
  }
}

/// Rows as a binary COPY takes them ("COPY", "Binary Format").
struct CopiedRows {
  private var content = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00] + [UInt8](repeating: 0, count: 8)

  /// Adds a row of these fields. O(bytes).
  mutating func append(_ fields: [PostgresValue]) {
    append(Int16(fields.count))
    for field in fields {
      append(Int32(field.bytes?.count ?? -1))
      if let bytes = field.bytes { content += bytes }
    }
  }

  /// All rows, with their end.
  var bytes: [UInt8] { content + [0xFF, 0xFF] }

  private mutating func append(_ number: some FixedWidthInteger) {
    content += (1...number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> (number.bitWidth - 8 * $0)) }
  }
}
