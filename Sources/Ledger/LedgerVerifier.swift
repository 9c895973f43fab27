internal import Core

/// What a verification found.
package struct VerificationReport: Sendable, Equatable {
  /// What is wrong first.
  package struct Problem: Sendable, Equatable {
    /// The first bad sequence.
    package var sequence: Int64
    /// What is wrong with it.
    package var message: String
  }

  /// Entries that were read and are good.
  package var entries: Int64
  /// The hash after them.
  package var head: [UInt8]
  /// Nil when all is well.
  package var problem: Problem?
}

/// Replays a ledger row by row and says where it first departs from what it must be.
package struct LedgerVerifier: Sendable {
  /// What was found first.
  package private(set) var problem: VerificationReport.Problem?
  private let checkpoint: Checkpoint?
  private var head = LedgerHead()
  private var accounts: [AccountKey: Account] = [:]
  private var holds: [Identifier: Hold] = [:]

  /// A verifier of the ledger with this id; with a checkpoint, also of what that one says.
  package init(ledgerID: String, checkpoint: Checkpoint? = nil) {
    self.checkpoint = checkpoint
    if let checkpoint, checkpoint.ledger != ledgerID {
      report(checkpoint.size, "the checkpoint is of ledger \(checkpoint.ledger), this is \(ledgerID)")
    }
  }

  /// Takes the next row; does nothing once something was found. O(size).
  package mutating func take(_ row: LedgerRow) {
    if problem != nil { return }
    let place = head.sequence + 1
    if row.sequence != place { return report(place, "entry \(place) is missing; the next is \(row.sequence)") }
    guard let (entry, previous) = Entry.decode(row.canonicalBytes) else { return report(place, "can't be read") }
    if entry.sequence != place { return report(place, "says that it is entry \(entry.sequence)") }
    if previous != head.hash { return report(place, "doesn't follow entry \(place - 1)") }
    if Entry.hash(row.canonicalBytes) != row.hash { return report(place, "doesn't have the hash it is kept with") }
    if entry.timestamp <= head.timestamp { return report(place, "isn't later than entry \(place - 1)") }
    if row.id != entry.id.bytes || row.pendingID != entry.pendingID?.bytes || row.reverses != entry.reverses?.bytes {
      return report(place, "has other ids in its columns than in its canonical bytes")
    }
    guard let touched = replay(entry) else { return report(place, "can't be applied") }
    if row.balanceBytes != AccountBalances.encode(touched.map(\.named)) {
      return report(place, "left other balances than it is kept with")
    }
    head = LedgerHead(sequence: place, timestamp: entry.timestamp, hash: row.hash)
    if let checkpoint, checkpoint.size == place, checkpoint.head != row.hash {
      report(place, "isn't the entry that the checkpoint names")
    }
  }

  /// Holds the replay against the accounts and holds that are kept; the report. O(accounts + holds).
  package mutating func finish(accounts kept: [Account], holds keptHolds: [Hold]) -> VerificationReport {
    if let checkpoint, checkpoint.size > head.sequence {
      report(
        head.sequence + 1, "entry \(head.sequence + 1) is missing; the checkpoint has \(checkpoint.size) entries")
    }
    for account in kept where accounts[account.key] != account {
      let sequence = accounts[account.key]?.version ?? account.version
      report(sequence, "account \(account.key.text) isn't what entries make it")
    }
    let names = Set(kept.map(\.key))
    for account in accounts.values where !names.contains(account.key) {
      report(account.version, "account \(account.key.text) is missing")
    }
    for hold in keptHolds where holds[hold.id] != hold { report(head.sequence, "hold \(hold.id) isn't open") }
    if keptHolds.count < holds.count {
      report(head.sequence, "\(holds.count - keptHolds.count) open holds are missing")
    }
    return VerificationReport(entries: head.sequence, head: head.hash, problem: problem)
  }

  /// Says that what comes next is bad, for a reason that the store knows.
  package mutating func fail(_ message: String) { report(head.sequence + 1, message) }

  private mutating func report(_ sequence: Int64, _ message: String) {
    if problem == nil { problem = VerificationReport.Problem(sequence: sequence, message: message) }
  }

  /// The accounts that `entry` touched, as they are after it; nil when it can't be.
  private mutating func replay(_ entry: Entry) -> [Account]? {
    if entry.kind == .account {
      guard let name = entry.changedAccount else { return nil }
      var account = accounts[AccountKey(name, nil)] ?? Account(name: name)
      if let floor = entry.floor { account.floor = floor }
      if let isClosed = entry.isClosed { account.isClosed = isClosed }
      return keep([account], entry)
    }
    guard entry.postings.count == 1, let posting = entry.postings.first, posting.amount.minor >= 0 else { return nil }
    let amount = posting.amount
    var source = account(posting.source, amount.asset)
    var destination = account(posting.destination, amount.asset)
    if source.asset ?? amount.asset != amount.asset { return nil }
    if destination.asset ?? amount.asset != amount.asset { return nil }
    (source.asset, destination.asset) = (amount.asset, amount.asset)
    if entry.kind == .hold {
      source.totals.debitsPending = sum(source.totals.debitsPending, amount.minor)
      destination.totals.creditsPending = sum(destination.totals.creditsPending, amount.minor)
      holds[entry.id] = Hold(entry)
      return keep([source, destination], entry)
    }
    if entry.kind == .post || entry.kind == .void {
      guard let id = entry.pendingID, let hold = holds.removeValue(forKey: id), hold.from == posting.source,
        hold.to == posting.destination, hold.amount.asset == amount.asset, hold.amount.minor >= amount.minor
      else { return nil }
      source.totals.debitsPending -= hold.amount.minor
      destination.totals.creditsPending -= hold.amount.minor
      if entry.kind == .void { return keep([source, destination], entry) }
    }
    source.totals.debitsPosted = sum(source.totals.debitsPosted, amount.minor)
    destination.totals.creditsPosted = sum(destination.totals.creditsPosted, amount.minor)
    return keep([source, destination], entry)
  }

  /// Negative, and so refused by ``keep(_:_:)``, when it overflows.
  private func sum(_ left: Int64, _ right: Int64) -> Int64 { left.addingReportingOverflow(right).partialValue }

  private func account(_ name: AccountName, _ asset: Asset) -> Account {
    let key = AccountKey(name, asset)
    return accounts[key] ?? Account(name: name, asset: key.asset)
  }

  private mutating func keep(_ touched: [Account], _ entry: Entry) -> [Account]? {
    for var account in touched {
      let totals = account.totals
      if min(totals.debitsPending, totals.debitsPosted, totals.creditsPending, totals.creditsPosted) < 0 { return nil }
      account.version = entry.sequence
      accounts[account.key] = account
    }
    return touched
  }
}
