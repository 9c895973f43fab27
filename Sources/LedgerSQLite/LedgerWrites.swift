internal import Core
internal import Foundation
internal import GRDB
internal import Ledger

// Writing a ledger's tables, inside a transaction of the writer.

extension Database {
  /// Loads what `submission` may ask of the past into `state`, unless it is there. O(events · log entries).
  func load(for submission: Submission, into state: inout LedgerState) throws {
    if let id = submission.record?.id, state.history.records[id] == nil, let bytes = try record(id) {
      state.history.records[id] = bytes
    }
    for case .event(let event) in submission.events.prefix(state.limits.events) {
      try load(event.id, into: &state)
      if state.history.entries[event.id] == nil, state.history.refusals[event.id] == nil,
        let reason = try refusal(event.id)
      {
        state.history.refusals[event.id] = reason
      }
      if let hold = event.pendingID, state.openHolds[hold] == nil {
        try load(hold, into: &state)
        if state.history.resolutions[hold] == nil { state.history.resolutions[hold] = try resolution(of: hold) }
      }
      if let original = event.reverses, state.history.reversed[original] == nil {
        try load(original, into: &state)
        let reversals = try reversals(of: original)
        if !reversals.isEmpty {
          state.history.reversed[original] = reversals.reduce(0) { sum, reversal in
            sum + (reversal.entry.postings.first?.amount.minor ?? 0)
          }
        }
      }
    }
  }

  private func load(_ id: Identifier, into state: inout LedgerState) throws {
    if state.history.entries[id] == nil, let entry = try entry(id) { state.history.entries[id] = entry }
  }

  /// Writes everything that changed.
  func write(_ changes: LedgerChanges) throws {
    for stored in changes.entries { try write(stored) }
    for account in changes.accounts.values { try write(account) }
    for refusal in changes.refusals {
      let statement = try cachedStatement(sql: "INSERT INTO refusals (id, reason, hash) VALUES (?, ?, ?)")
      let hash = Entry.hash(refusal.id.bytes + refusal.reason.rawValue.utf8)
      try statement.execute(arguments: [refusal.id.data, refusal.reason.rawValue, Data(hash)])
    }
    for hold in changes.opened {
      try cachedStatement(sql: "INSERT INTO open_holds (id) VALUES (?)").execute(arguments: [hold.id.data])
    }
    for id in changes.closed {
      try cachedStatement(sql: "DELETE FROM open_holds WHERE id = ?").execute(arguments: [id.data])
    }
    for record in changes.records {
      let statement = try cachedStatement(sql: "INSERT INTO records (id, bytes, hash) VALUES (?, ?, ?)")
      let hash = Entry.hash(record.id.bytes + record.bytes)
      try statement.execute(arguments: [record.id.data, Data(record.bytes), Data(hash)])
    }
  }

  private func write(_ stored: StoredEntry) throws {
    let row = LedgerRow(stored)
    let sql = "INSERT INTO entries (\(LedgerRow.columns)) VALUES (?, ?, ?, ?, ?, ?, ?)"
    try cachedStatement(sql: sql).execute(arguments: [
      row.sequence, Data(row.id), row.pendingID.map { Data($0) }, row.reverses.map { Data($0) },
      Data(row.canonicalBytes), Data(row.hash), Data(row.balanceBytes),
    ])
  }

  private func write(_ account: Account) throws {
    let sql = """
      INSERT OR REPLACE INTO accounts (key, name, asset, debits_pending, debits_posted, credits_pending,
        credits_posted, floor, closed, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """
    let totals = account.totals
    try cachedStatement(sql: sql).execute(arguments: [
      account.key.text, account.name.text, account.asset?.name, totals.debitsPending, totals.debitsPosted,
      totals.creditsPending, totals.creditsPosted, account.floor, account.isClosed, account.version,
    ])
  }
}
