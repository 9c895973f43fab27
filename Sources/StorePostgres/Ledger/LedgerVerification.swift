internal import Core
internal import Ledger

/// Replays a ledger and holds it against what is kept, all in one snapshot of the database.
struct LedgerVerification {
  private let connection: PostgresConnection
  private var verifier: LedgerVerifier
  private var covered = LedgerIdentity.Tally()
  private let identity: LedgerIdentity?

  /// What a verification finds; what can't be read is a finding, no error. O(entries).
  static func run(
    _ connection: PostgresConnection, _ ledgerID: String, against checkpoint: Checkpoint?
  ) throws -> VerificationReport {
    try connection.inSnapshot {
      let head = try? HeadRow(connection.run(LedgerQueries.head.with()).first)
      var verification = LedgerVerification(connection, ledgerID, checkpoint, head)
      try verification.takeRows(head)
      return try verification.finish(head)
    }
  }

  private init(_ connection: PostgresConnection, _ ledgerID: String, _ checkpoint: Checkpoint?, _ head: HeadRow?) {
    self.connection = connection
    identity = head?.identity
    verifier = LedgerVerifier(ledgerID: ledgerID, checkpoint: checkpoint, recordedFrom: head?.head.recordedFrom)
  }

  private mutating func takeRows(_ head: HeadRow?) throws {
    var last: Int64 = 0
    while verifier.problem == nil {
      let page = try connection.run(LedgerQueries.rowsAfter.with(.integer(last), .integer(Self.page)))
      if page.count == 0 { break }
      let sequences = page.all.compactMap { $0.integer(0) }
      let nodes = try connection.run(LedgerTree.nodes(completedBy: sequences)).treeNodes()
      for row in page.all {
        guard let row = try? LedgerRow(row) else {
          verifier.fail("can't be read")
          break
        }
        verifier.take(row)
        if let id = verifier.wantedRecord { try takeRecord(id) }
        if let hash = verifier.wantedAttachment {
          verifier.take(attachment: try connection.run(LedgerQueries.attachment.with(.text(hash))).first?.bytes(0))
        }
        // The last entries may be an earlier version's, which knew of no tree.
        if verifier.wantsNodes, row.sequence <= head?.tree.size ?? 0 { verifier.take(nodes: nodes[row.sequence]) }
        try takePlaces()
        last = row.sequence
      }
    }
    verifier.endRows()
    try takePlaces()
  }

  private mutating func takeRecord(_ id: Identifier) throws {
    let row = try connection.run(Self.record.with(.id(id))).first
    let bytes = row?.bytes(0)
    if verifier.take(record: bytes), let hash = row?.bytes(1) { covered.add(hash) }
  }

  private mutating func takePlaces() throws {
    while let id = verifier.wantedPlace {
      verifier.take(place: try connection.run(Self.place.with(.id(id))).first?.integer(0))
    }
  }

  private mutating func finish(_ head: HeadRow?) throws -> VerificationReport {
    var unreadable: String?
    var last = ""
    while case let page = try connection.run(LedgerQueries.accountsAfter.with(.text(last), .integer(Self.page))),
      page.count > 0
    {
      for row in page.all {
        last = row.text(0) ?? last + "\u{1}"
        do throws(StoreError) { verifier.hold(against: try Account(row)) } catch {
          unreadable = unreadable ?? error.message
        }
      }
    }
    do {
      try holdHolds()
    } catch let error as StoreError {
      verifier.fail(error.message)
    }
    var report = verifier.finish()
    if let unreadable { report.fail(unreadable) }
    guard let identity, let head else {
      report.fail("the name of the ledger, its tally or its head was changed")
      return report
    }
    if report.problem == nil, head.head.sequence != report.entries || head.head.hash != report.head {
      report.fail("the chain ends with another entry than its head says")
    }
    if identity.records != covered.joined(with: identity.uncovered) {
      report.fail("records of decisions are named by no entry, or an older one was changed")
    }
    if let damage = try damage(identity) { report.fail(damage) }
    if try connection.run(LedgerQueries.treeCount.with()).first?.integer(0) != head.tree.size / 2 {
      report.fail("the tree over the entries has nodes of entries that aren't there")
    }
    if report.problem == nil, head.tree.size == report.entries, head.tree.root != verifier.treeRoot {
      report.fail("the head has another root of the tree than the entries make")
    }
    let kept = try connection.run(LedgerQueries.attachmentCount.with()).first?.integer(0)
    if kept != Int64(verifier.attachments.count) { report.fail("there are attachments that no entry names") }
    return report
  }

  private mutating func holdHolds() throws {
    var unknown: [Hold] = []
    var query = LedgerQueries.firstHolds.with(.integer(Self.page))
    while case let page = try connection.run(query).holds(), let last = page.last {
      for hold in page where !verifier.hold(against: hold) { unknown.append(hold) }
      query = LedgerQueries.holdsAfter.with(.id(last.id), .integer(Self.page))
    }
    for hold in unknown {
      let named = try connection.run(LedgerQueries.entriesNaming.with(.id(hold.id), .integer(0), .integer(1)))
      verifier.findUnknown(hold, resolution: try named.entries().first?.entry.sequence)
    }
  }

  /// What is wrong first with refusals and records, of which no entry tells all.
  private func damage(_ identity: LedgerIdentity) throws -> String? {
    for (table, content, kept) in [("refusals", "reason", identity.refusals), ("records", "bytes", identity.records)] {
      var tally = LedgerIdentity.Tally()
      var last: Identifier?
      let sql = """
        SELECT id, \(content), hash FROM \(table) WHERE $1::uuid IS NULL OR id > $1::uuid ORDER BY id LIMIT $2::bigint
        """
      let statement = PostgresStatement("verify_\(table)", sql)
      while case let page = try connection.run(statement.with(.id(last), .integer(Self.page))), page.count > 0 {
        for row in page.all {
          last = row.id(0)
          let (id, hash) = (row.bytes(0) ?? [], row.bytes(2) ?? [])
          tally.add(hash)
          if Entry.hash(id + (row.bytes(1) ?? [])) != hash { return "a row of \(table) was changed" }
        }
      }
      if tally != kept { return "there are \(tally.count) \(table), and not the \(kept.count) that were written" }
    }
    let count = try connection.run(Self.holdCount.with()).first
    if count?.integer(0) != count?.integer(1) { return "the head counts other open holds than there are" }
    return nil
  }

  private static let page = Int64(LedgerLimits.pageRows)
  private static let record = PostgresStatement("record_row", "SELECT bytes, hash FROM records WHERE id = $1::uuid")
  private static let place = PostgresStatement("place", "SELECT sequence FROM entries WHERE id = $1::uuid")
  private static let holdCount = PostgresStatement(
    "hold_count",
    """
    SELECT open_holds, (SELECT count(*) FROM open_holds) FROM ledger_head
    """)
}
