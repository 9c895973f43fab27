internal import Core
internal import Ledger

// Loading what a batch names. Each list of statements is one round trip.

/// A batch's transaction: the head row, which is held until the end, and what was loaded after it.
struct LedgerTransaction {
  let connection: PostgresConnection
  /// The head row as it was found, with the tree over all its entries.
  private(set) var found: HeadRow
  /// Ledger time, nanoseconds since 1970.
  let now: Int64
  var state: LedgerState

  /// Begins a transaction, takes the head row and loads what `submissions` name, as a rule in one round trip.
  /// `time` is what the clock shows; nil for the server's. Blocks while another host holds the row.
  init(
    _ connection: PostgresConnection, _ submissions: [Submission], time: Int64?, limits: LedgerLimits
  ) throws {
    self.connection = connection
    state = LedgerState(WorkingSet(), limits: limits)
    let needs = state.needs(of: submissions, now: 0)
    let loads = LedgerLoad.first(needs)
    let due = LedgerStatements.due.with(.integer(time), .integer(Int64(limits.expiriesPerSweep) + 1))
    let answers = try connection.run(
      [PostgresStatement.begin.with(), LedgerStatements.lock.with(), due] + loads.map(\.query))
    found = try HeadRow(answers[1].first)
    now = answers[2].first?.integer(0) ?? 0
    state.loaded.head = found.head
    state.loaded.openHoldCount = found.openHolds
    state.loaded.generation = found.generation
    // An earlier version's host may write, too, which adds nothing to the tree.
    while found.tree.size < found.head.sequence {
      try LedgerTree.add(through: found.head.sequence, to: &found.tree, connection)
    }
    try take(due: answers[2])
    for (load, rows) in zip(loads, answers.dropFirst(3)) { try load.take(rows, &state.loaded) }
    try load(for: submissions)
  }

  /// Loads what `submissions` name and isn't loaded.
  mutating func load(for submissions: [Submission]) throws {
    // A hold names its accounts only once it is loaded.
    for _ in 0..<4 {
      let needs = state.needs(of: submissions, now: now)
      if needs.isEmpty { return }
      let loads = LedgerLoad.rest(needs, now: now)
      let answers = try connection.run(loads.map(\.query))
      for (load, rows) in zip(loads, answers) { try load.take(rows, &state.loaded) }
    }
  }

  /// The holds that are due: each row begins with the time, and one without a hold has nothing else.
  private mutating func take(due rows: PostgresRows) throws(StoreError) {
    var holds: [Hold] = []
    for row in rows.all where !row.isNull(1) {
      if let hold = Hold(try LedgerRow(row, from: 1).read().entry) { holds.append(hold) }
    }
    let first = holds.prefix(state.limits.expiriesPerSweep)
    state.loaded.load(due: Array(first), areAll: first.count == holds.count, at: now)
  }
}

/// One statement of a round trip, and what its answer adds to a working set.
struct LedgerLoad {
  var query: PostgresQuery
  var take: (PostgresRows, inout WorkingSet) throws -> Void

  /// What is loaded before anything is known: of holds also what they were, and the accounts they name.
  static func first(_ needs: LedgerNeeds) -> [LedgerLoad] {
    var wider = needs
    wider.entries += needs.holds
    wider.resolutions += needs.holds
    var loads = list(wider)
    if !needs.holds.isEmpty {
      loads.append(
        LedgerLoad(query: LedgerStatements.accountsOfHolds.with(.ids(needs.holds))) { rows, loaded in
          for account in try rows.accounts() { loaded.accounts.keep(account, of: account.key) }
        })
    }
    return loads
  }

  /// What is loaded after that.
  static func rest(_ needs: LedgerNeeds, now: Int64) -> [LedgerLoad] {
    var loads = list(needs)
    if !needs.dueHoldsOfAccounts.isEmpty {
      let names = needs.dueHoldsOfAccounts
      let query = LedgerStatements.dueOfAccounts.with(.integer(now), .texts(names.map(\.text)))
      loads.append(
        LedgerLoad(query: query) { rows, loaded in
          let holds = try rows.holds()
          for name in names { loaded.load(due: holds.filter { $0.from == name || $0.to == name }, of: name) }
        })
    }
    return loads
  }

  private static func list(_ needs: LedgerNeeds) -> [LedgerLoad] {
    var loads: [LedgerLoad] = []
    func add<Keys: Collection>(
      _ keys: Keys, _ query: (Keys) -> PostgresQuery, _ take: @escaping (PostgresRows, inout WorkingSet) throws -> Void
    ) {
      if !keys.isEmpty { loads.append(LedgerLoad(query: query(keys), take: take)) }
    }
    add(needs.accounts, { LedgerStatements.accounts.with(.texts($0.map(\.text))) }) { rows, loaded in
      let found = Dictionary(try rows.accounts().map { ($0.key, $0) }) { first, _ in first }
      for key in needs.accounts { loaded.accounts.keep(found[key], of: key) }
    }
    add(needs.holds, { LedgerStatements.holds.with(.ids($0)) }) { rows, loaded in
      let found = Dictionary(try rows.holds().map { ($0.id, $0) }) { first, _ in first }
      for id in needs.holds { loaded.load(found[id], id) }
    }
    add(needs.entries, { LedgerStatements.entries.with(.ids($0)) }) { rows, loaded in
      let found = Dictionary(try rows.entries().map { ($0.entry.id, $0) }) { first, _ in first }
      for id in needs.entries { loaded.past.entries.keep(found[id], of: id) }
    }
    add(needs.refusals, { LedgerStatements.refusals.with(.ids($0)) }) { rows, loaded in
      for id in needs.refusals { loaded.past.refusals.keep(nil, of: id) }
      for row in rows.all {
        guard let id = row.id(0), let reason = row.text(1).flatMap({ RefusalReason(rawValue: $0) }) else {
          throw StoreError(.corrupt, "a refusal has an unknown reason; run 'cascade ledger verify'")
        }
        loaded.past.refusals.keep(reason, of: id)
      }
    }
    add(needs.resolutions, { LedgerStatements.resolutions.with(.ids($0)) }) { rows, loaded in
      for id in needs.resolutions { loaded.past.resolutions.keep(nil, of: id) }
      for stored in try rows.entries() {
        guard let id = stored.entry.pendingID, let resolution = Resolution(stored.entry) else { continue }
        loaded.past.resolutions.keep(resolution, of: id)
      }
    }
    add(needs.reversals, { LedgerStatements.reversals.with(.ids($0)) }) { rows, loaded in
      var sums: [Identifier: Int64] = [:]
      for stored in try rows.entries() where stored.entry.kind == .reversal {
        guard let id = stored.entry.reverses else { continue }
        sums[id, default: 0] += stored.entry.postings.first?.amount.minor ?? 0
      }
      for id in needs.reversals { loaded.past.reversed.keep(sums[id], of: id) }
    }
    add(needs.records, { LedgerStatements.records.with(.ids($0)) }) { rows, loaded in
      for id in needs.records { loaded.past.records.keep(nil, of: id) }
      for row in rows.all { if let id = row.id(0) { loaded.past.records.keep(row.bytes(1), of: id) } }
    }
    return loads
  }
}
