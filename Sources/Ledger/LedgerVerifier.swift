package import Core

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

  /// Says that what comes after the entries is bad, for a reason that the store knows, unless something was found.
  package mutating func fail(_ message: String) {
    if problem == nil { problem = Problem(sequence: entries + 1, message: message) }
  }
}

/// Replays a ledger row by row and says where it first departs from what it must be.
package struct LedgerVerifier: Sendable {
  /// What was found first.
  package private(set) var problem: VerificationReport.Problem?
  private let checkpoint: Checkpoint?
  /// The decision that made the last entry taken; nil when none did.
  package private(set) var decision: String?
  private var head = LedgerHead()
  /// The hash before the last one.
  private var earlier: [UInt8] = []
  /// An entry that doesn't follow the one before it: which of the two was changed, the next one tells.
  private var suspect: (sequence: Int64, hash: [UInt8])?
  private var accounts: [Account] = []
  /// Where each account stands in ``accounts``.
  private var places: [AccountKey: Int] = [:]
  /// Kept for its memory.
  private var writer = ByteWriter()
  private var holds: [Identifier: (hold: Hold, sequence: Int64)] = [:]

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
    if let suspect { return settle(suspect, by: row) }
    let place = head.sequence + 1
    if row.sequence != place { return report(place, "entry \(place) is missing; the next is \(row.sequence)") }
    guard let (entry, previous) = Entry.decode(row.canonicalBytes) else { return report(place, "can't be read") }
    if Entry.hash(row.canonicalBytes) != row.hash { return report(place, "doesn't have the hash it is kept with") }
    if entry.sequence != place {
      if entry.sequence == place - 1, previous == earlier, row.hash != head.hash {
        return report(place - 1, "was inserted: what was entry \(place - 1) comes after it")
      }
      return report(place, "says that it is entry \(entry.sequence)")
    }
    if previous != head.hash {
      if place == 1 { return report(place, "follows another entry, and is the first") }
      suspect = (place, row.hash)
      return
    }
    if entry.timestamp <= head.timestamp { return report(place, "isn't later than entry \(place - 1)") }
    if Identifier(bytes: row.id) != entry.id || row.pendingID != entry.pendingID?.bytes
      || row.reverses != entry.reverses?.bytes
    {
      return report(place, "has other ids in its columns than in its canonical bytes")
    }
    writer.bytes.removeAll(keepingCapacity: true)
    guard replay(entry) else { return report(place, "can't be applied") }
    if row.balanceBytes != writer.bytes { return report(place, "left other balances than it is kept with") }
    decision = entry.idempotencyKey.isEmpty ? nil : entry.idempotencyKey
    earlier = head.hash
    head = LedgerHead(sequence: place, timestamp: entry.timestamp, hash: row.hash)
    if let checkpoint, checkpoint.size == place, checkpoint.head != row.hash {
      report(place, "isn't the entry that the checkpoint names")
    }
  }

  /// An entry whose hash the next one has is what was written, and so the one before it isn't.
  private mutating func settle(_ suspect: (sequence: Int64, hash: [UInt8]), by next: LedgerRow) {
    if Entry.decode(next.canonicalBytes)?.previous == suspect.hash {
      report(suspect.sequence - 1, "isn't the entry that entry \(suspect.sequence) follows")
    } else {
      report(suspect.sequence, "doesn't follow entry \(suspect.sequence - 1)")
    }
  }

  /// Whether the entries taken so far leave this hold open.
  package func isOpen(_ hold: Identifier) -> Bool { holds[hold] != nil }

  /// Holds the replay against the accounts and holds that are kept; the report names the lowest sequence that is bad.
  /// `resolutions` has the sequences of the entries that resolved holds which are kept and aren't open. O(accounts +
  /// holds).
  package mutating func finish(
    accounts kept: [Account], holds keptHolds: [Hold], resolutions: [Identifier: Int64] = [:]
  ) -> VerificationReport {
    if let suspect { report(suspect.sequence - 1, "isn't the entry that entry \(suspect.sequence) follows") }
    if let checkpoint, checkpoint.size > head.sequence {
      report(
        head.sequence + 1, "entry \(head.sequence + 1) is missing; the checkpoint has \(checkpoint.size) entries")
    }
    if problem == nil {
      let findings = findings(accounts: kept) + findings(holds: keptHolds, resolutions)
      problem = findings.min { $0.sequence < $1.sequence }
    }
    return VerificationReport(entries: head.sequence, head: head.hash, problem: problem)
  }

  private func findings(accounts kept: [Account]) -> [VerificationReport.Problem] {
    var findings: [VerificationReport.Problem] = []
    func find(_ sequence: Int64, _ message: String) {
      findings.append(VerificationReport.Problem(sequence: sequence, message: message))
    }
    for account in kept {
      let replayed = places[account.key].map { accounts[$0] }
      if replayed == account { continue }
      let name = account.key.text
      if account.version > head.sequence, account.totals != replayed?.totals {
        find(head.sequence + 1, "entry \(head.sequence + 1) is missing; entry \(account.version) touched \(name)")
      } else {
        find(replayed?.version ?? max(account.version, 1), "account \(name) isn't what entries make it")
      }
    }
    let names = Set(kept.map(\.key))
    for account in accounts where !names.contains(account.key) {
      find(account.version, "account \(account.key.text) is missing or can't be read")
    }
    return findings
  }

  private func findings(holds kept: [Hold], _ resolutions: [Identifier: Int64]) -> [VerificationReport.Problem] {
    var findings: [VerificationReport.Problem] = []
    for hold in kept where holds[hold.id]?.hold != hold {
      let sequence = holds[hold.id]?.sequence ?? resolutions[hold.id] ?? head.sequence + 1
      findings.append(VerificationReport.Problem(sequence: sequence, message: "hold \(hold.id) isn't open"))
    }
    let names = Set(kept.map(\.id))
    for (id, open) in holds where !names.contains(id) {
      findings.append(VerificationReport.Problem(sequence: open.sequence, message: "hold \(id) is missing"))
    }
    return findings
  }

  /// Says that what comes next is bad, for a reason that the store knows.
  package mutating func fail(_ message: String) { report(head.sequence + 1, message) }

  /// Says that the last entry taken is bad, for a reason that the store knows.
  package mutating func failLast(_ message: String) { report(head.sequence, message) }

  private mutating func report(_ sequence: Int64, _ message: String) {
    if problem == nil { problem = VerificationReport.Problem(sequence: sequence, message: message) }
  }

  /// Does what `entry` says and writes the balances of the accounts that it touches; false when it can't be done.
  private mutating func replay(_ entry: Entry) -> Bool {
    if entry.kind == .account {
      guard let name = entry.changedAccount else { return false }
      let place = place(of: name, nil)
      if let floor = entry.floor { accounts[place].floor = floor }
      if let isClosed = entry.isClosed { accounts[place].isClosed = isClosed }
      return keep(place, entry)
    }
    guard entry.postings.count == 1, let posting = entry.postings.first, posting.amount.minor >= 0 else { return false }
    let (asset, minor) = (posting.amount.asset, posting.amount.minor)
    let source = place(of: posting.source, asset)
    let destination = place(of: posting.destination, asset)
    for place in [source, destination] {
      if accounts[place].asset == nil { accounts[place].asset = asset }
      if accounts[place].asset != asset { return false }
    }
    switch entry.kind {
    case .hold:
      accounts[source].totals.debitsPending &+= minor
      accounts[destination].totals.creditsPending &+= minor
      if let hold = Hold(entry) { holds[entry.id] = (hold, entry.sequence) }
    case .post, .void:
      guard let id = entry.pendingID, let hold = holds.removeValue(forKey: id)?.hold, hold.from == posting.source,
        hold.to == posting.destination, hold.amount.asset == asset, hold.amount.minor >= minor
      else { return false }
      accounts[source].totals.debitsPending -= hold.amount.minor
      accounts[destination].totals.creditsPending -= hold.amount.minor
      if entry.kind == .post { move(minor, source, destination) }
    default: move(minor, source, destination)
    }
    return keep(source, entry) && keep(destination, entry)
  }

  /// A sum that overflows is negative, and so refused by ``keep(_:_:)``.
  private mutating func move(_ minor: Int64, _ source: Int, _ destination: Int) {
    accounts[source].totals.debitsPosted &+= minor
    accounts[destination].totals.creditsPosted &+= minor
  }

  /// Where an account stands in ``accounts``; at their end when it is new.
  private mutating func place(of name: AccountName, _ asset: Asset?) -> Int {
    let key = AccountKey(name, asset)
    if let place = places[key] { return place }
    accounts.append(Account(name: name, asset: key.asset))
    places[key] = accounts.count - 1
    return accounts.count - 1
  }

  private mutating func keep(_ place: Int, _ entry: Entry) -> Bool {
    if !accounts[place].totals.arePossible { return false }
    accounts[place].version = entry.sequence
    AccountBalances.encode(accounts[place].named, &writer)
    return true
  }
}
