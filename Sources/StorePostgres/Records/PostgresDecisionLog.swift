internal import Citizens
package import Core
package import Decisions
internal import Synchronization

/// The records of all hosts in a PostgreSQL database, a part for each UTC day.
package final class PostgresDecisionLog: DecisionLog, OrderedDecisionLogs {
  private let writer: PostgresConnections
  private let reader: PostgresConnections
  /// The days, counted from 1970, whose parts are known to be there.
  private let days = Mutex<Set<Int64>>([])

  /// Opens the logs at `address` and brings the tables up to date. Blocks while it connects. Throws as
  /// ``PostgresLedgerStore`` does.
  package init(_ address: PostgresAddress, host: String = "") throws(StoreError) {
    let session = PostgresSession(name: "\(host) records", isWriting: true)
    _ = try PostgresSchema.open(address, session)
    writer = PostgresConnections(address, session, connections: PostgresLimits.recordWriters)
    reader = PostgresConnections(
      address, PostgresSession(name: "\(host) record reader", isWriting: false, statementTimeout: .seconds(30)),
      connections: PostgresLimits.recordReaders)
  }

  /// See ``DecisionLog/append(_:to:after:end:)``: in one transaction with how far the log is stored.
  package func append(
    _ records: [LoggedRecord], to log: String, after before: LogEnd, end: LogEnd
  ) async throws(StoreError) {
    try await makeDays(Set(records.map { Self.day(of: $0.milliseconds) }))
    do throws(StoreError) {
      try await store(records, to: log, after: before, end: end)
    } catch {
      // Another host may have removed the part of an old day.
      days.withLock { $0 = [] }
      throw error
    }
  }

  private func store(
    _ records: [LoggedRecord], to log: String, after before: LogEnd, end: LogEnd
  ) async throws(StoreError) {
    try await writer.run("storing records") { connection in
      do {
        let name = PostgresValue.text(log)
        let found = try LogEnd(
          connection.run([
            RecordStatements.room.with(), PostgresStatement.begin.with(),
            RecordStatements.beginLog.with(name, .bytes(LogEnd().hash)), RecordStatements.lockEnd.with(name),
          ])[3].first)
        if found == end { return connection.rollBack() }
        guard found == before else { throw StoreError.logConflict(log) }
        if !records.isEmpty { try connection.copy(RecordStatements.copy, Self.rows(records, of: log)) }
        _ = try connection.run([
          RecordStatements.take.with(),
          RecordStatements.setEnd.with(
            name, .integer(end.sequence), .bytes(end.hash), .integer(Int64(bitPattern: end.position)),
            .integer(end.whole), .bytes(end.wholeHash)),
          PostgresStatement.commit.with(),
        ])
      } catch {
        connection.rollBack()
        throw error
      }
    }
  }

  private static func rows(_ records: [LoggedRecord], of log: String) -> [UInt8] {
    var rows = CopiedRows()
    for record in records {
      let milliseconds = record.milliseconds
      rows.append([
        .date(Self.day(of: milliseconds)), .text(log), .integer(record.sequence), .id(record.id),
        .integer(Int64(record.subject)), .integer(milliseconds), .bytes(record.bytes), .bytes(record.hash),
      ])
    }
    return rows.bytes
  }

  /// See ``DecisionLog/end(of:)``.
  package func end(of log: String) async throws(StoreError) -> LogEnd {
    try await reader.run("reading how far records are stored") { connection in
      try LogEnd(connection.run(RecordStatements.end.with(.text(log))).first)
    }
  }

  /// See ``DecisionLog/logs()``.
  package func logs() async throws(StoreError) -> [String] {
    try await reader.run("reading the logs") { connection in
      try connection.run(RecordStatements.logs.with()).all.compactMap { $0.text(0) }
    }
  }

  /// See ``OrderedDecisionLogs/ends()``.
  package func ends() async throws(StoreError) -> [String: Int64] {
    try await reader.run("reading the logs") { connection in
      let rows = try connection.run(RecordStatements.ends.with()).all
      return Dictionary(rows.map { ($0.text(0) ?? "", $0.integer(1) ?? 0) }) { $1 }
    }
  }

  /// See ``OrderedDecisionLogs/first(of:)``.
  package func first(of log: String) async throws(StoreError) -> Int64? {
    try await reader.run("reading a log") { connection in
      try connection.run(RecordStatements.first.with(.text(log))).first?.integer(0)
    }
  }

  /// See ``OrderedDecisionLogs/records(of:after:limit:)``.
  package func records(
    of log: String, after sequence: Int64, limit: Int
  ) async throws(StoreError) -> [LoggedRecord] {
    let query = RecordStatements.following.with(.text(log), .integer(sequence), .integer(Int64(limit)))
    return try await reader.run("reading a log") { try $0.run(query).records() }
  }

  /// See ``DecisionLog/entry(_:)``.
  package func entry(_ id: Identifier) async throws(StoreError) -> [UInt8]? {
    try await reader.run("reading a record") { connection in
      try connection.run(RecordStatements.entry.with(.id(id))).first?.bytes(0)
    }
  }

  /// See ``DecisionLog/page(before:subject:limit:)``.
  package func page(
    before id: Identifier?, subject: UInt32?, limit: Int
  ) async throws(StoreError) -> [LoggedRecord] {
    let subject = subject.map { PostgresValue.integer(Int64($0)) }
    // Of an id there may be several; the pages behind have the rest.
    let count = PostgresValue.integer(Int64(limit))
    let query =
      switch (id, subject) {
      case (nil, nil): RecordStatements.lastPage.with(count)
      case (let id?, nil): RecordStatements.page.with(count, .id(id))
      case (nil, let subject?): RecordStatements.lastPageAbout.with(count, subject)
      case (let id?, let subject?): RecordStatements.pageAbout.with(count, subject, .id(id))
      }
    return try await reader.run("reading records") { connection in
      var page: [LoggedRecord] = []
      for record in try connection.run(query).records() where page.last?.id != record.id { page.append(record) }
      return page
    }
  }

  /// See ``DecisionLog/hash(of:at:)``.
  package func hash(of log: String, at sequence: Int64) async throws(StoreError) -> [UInt8]? {
    try await reader.run("reading a record's hash") { connection in
      try connection.run(RecordStatements.hash.with(.text(log), .integer(sequence))).first?.bytes(0)
    }
  }

  /// See ``DecisionLog/verify(_:after:)``; of one moment, a page at a time.
  package func verify(_ log: String, after anchor: RecordAnchor?) async throws(StoreError) -> LogVerification {
    try await reader.run("verifying records") { connection in
      try connection.inSnapshot {
        let end = try LogEnd(connection.run(RecordStatements.end.with(.text(log))).first)
        var verifier = LogVerifier(log, after: anchor)
        try connection.eachRecord(of: log, after: verifier.gone) { record in
          verifier.take(record)
          return verifier.verification.fault == nil
        }
        return verifier.finish(at: end)
      }
    }
  }

  /// See ``DecisionLog/old(_:after:before:)``; of one moment, a page at a time.
  package func old(
    _ log: String, after anchor: RecordAnchor?, before milliseconds: Int64
  ) async throws(StoreError) -> RecordAnchor? {
    try await reader.run("looking for old records") { connection in
      try connection.inSnapshot {
        var verifier = LogVerifier(log, after: anchor)
        try connection.eachRecord(of: log, after: verifier.gone) { try verifier.take($0, before: milliseconds) }
        return verifier.anchor
      }
    }
  }

  /// See ``DecisionLog/remove(_:through:)``.
  package func remove(_ log: String, through sequence: Int64) async throws(StoreError) {
    let query = RecordStatements.remove.with(.text(log), .integer(sequence))
    try await writer.run("removing records") { _ = try $0.run(query) }
  }

  /// Removes the parts of days that were over before `milliseconds` since 1970 and have no records left.
  package func removeDays(before milliseconds: Int64) async throws(StoreError) {
    let end = Self.part(Self.day(of: milliseconds))
    try await writer.run("removing the room of old records") { connection in
      let parts = try connection.run(RecordStatements.parts.with()).all.compactMap { $0.text(0) }
      // Their names end with the days.
      for part in parts where part < end {
        do {
          // Whoever stores records waits, so that none come in between.
          _ = try connection.run([PostgresStatement.begin.with(), RecordStatements.alone.with()])
          let isEmpty = try connection.run(RecordStatements.isEmpty(part).with()).count == 0
          if isEmpty { _ = try connection.run(RecordStatements.drop(part).with()) }
          _ = try connection.run(PostgresStatement.commit.with())
        } catch {
          connection.rollBack()
          throw error
        }
      }
    }
    days.withLock { $0 = [] }
  }

  /// The name of the part of a day.
  private static func part(_ day: Int64) -> String {
    "decision_log_" + ISO8601.text(day: day).replacing("-", with: "")
  }

  /// Makes the parts of the days from today's on, a week ahead, so that nobody waits for them when they come;
  /// `milliseconds` is now, since 1970.
  package func makeDays(from milliseconds: Int64) async throws(StoreError) {
    let today = Self.day(of: milliseconds)
    try await makeDays(Set(today...(today + Int64(PostgresLimits.recordDaysAhead))))
  }

  private func makeDays(_ wanted: Set<Int64>) async throws(StoreError) {
    let missing = days.withLock { wanted.subtracting($0) }.sorted()
    if missing.isEmpty { return }
    try await writer.run("making room for records") { connection in
      do {
        _ = try connection.run([PostgresStatement.begin.with(), RecordStatements.days.with()])
        for day in missing {
          let (first, next) = (ISO8601.text(day: day), ISO8601.text(day: day + 1))
          _ = try connection.run(RecordStatements.day(Self.part(day), first, next).with())
        }
        _ = try connection.run(PostgresStatement.commit.with())
      } catch {
        connection.rollBack()
        throw error
      }
    }
    days.withLock { $0.formUnion(missing) }
  }

  /// Closes the connections; what comes then fails.
  package func close() async {
    await writer.close()
    await reader.close()
  }

  /// The UTC day that a time falls into, counted from 1970; kept to years that a date can show.
  private static func day(of milliseconds: Int64) -> Int64 {
    ISO8601.day(of: min(max(0, milliseconds), Int64(WallClock.latestMilliseconds)))
  }
}

extension PostgresConnection {
  /// Gives `body` the records of a log behind this place, in order, while it wants more. O(records).
  fileprivate func eachRecord(
    of log: String, after sequence: Int64, _ body: (LoggedRecord) throws -> Bool
  ) throws {
    var last = sequence
    while true {
      let page = try run(
        RecordStatements.following.with(.text(log), .integer(last), .integer(Int64(PostgresLimits.verifiedRecords)))
      ).records()
      guard let final = page.last else { return }
      for record in page {
        if try !body(record) { return }
      }
      last = final.sequence
    }
  }
}

extension PostgresRows {
  /// The records of rows of sequence, id, bytes and hash.
  fileprivate func records() throws(StoreError) -> [LoggedRecord] {
    var records: [LoggedRecord] = []
    for row in all {
      guard let sequence = row.integer(0), let id = row.id(1), let bytes = row.bytes(2) else {
        throw StoreError(.corrupt, "a row of decision_log can't be read")
      }
      records.append(LoggedRecord(sequence: sequence, id: id, bytes: bytes, hash: row.bytes(3)))
    }
    return records
  }
}

extension LogEnd {
  /// The end of a row; that of a log of which nothing is stored without one.
  fileprivate init(_ row: PostgresRow?) throws(StoreError) {
    self.init()
    guard let row else { return }
    guard let sequence = row.integer(0), let hash = row.bytes(1), let position = row.integer(2),
      let whole = row.integer(3), let wholeHash = row.bytes(4)
    else { throw StoreError(.corrupt, "a row of shipped_logs can't be read") }
    (self.sequence, self.hash, self.position) = (sequence, hash, UInt64(bitPattern: position))
    (self.whole, self.wholeHash) = (whole, wholeHash)
  }
}

extension PostgresValue {
  /// A `date` of so many days since 1970; PostgreSQL counts from 2000.
  fileprivate static func date(_ day: Int64) -> PostgresValue {
    let number = Int32(clamping: day - 10_957)
    return PostgresValue(bytes: [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) })
  }
}
