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
  /// Those of them that a decision made before entries named the records of decisions.
  package var uncovered: Int64 = 0
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
  private let recordedFrom: Int64?
  private var binding: RecordBinding
  private var head = LedgerHead()
  /// The attachment of the last entry.
  private var wanted: String?
  /// The hashes of all attachments that entries name.
  package private(set) var attachments: Set<String> = []
  /// The tree over the entries so far.
  private var tree = MerkleFrontier()
  /// What the last entry completed of it.
  private var completed: [UInt8] = []
  /// The hash before the last one.
  private var earlier: [UInt8] = []
  /// An entry that doesn't follow the one before it: which of the two was changed, the next one tells.
  private var suspect: (sequence: Int64, hash: [UInt8])?
  private var accounts: [Account] = []
  /// Whether each of them is kept.
  private var isKept: [Bool] = []
  private var keptHolds: Set<Identifier> = []
  /// What is wrong with accounts and holds.
  private var finding: VerificationReport.Problem?
  /// Where each account stands in ``accounts``.
  private var places: [AccountKey: Int] = [:]
  /// Kept for its memory.
  private var writer = ByteWriter()
  private var holds: [Identifier: (hold: Hold, sequence: Int64)] = [:]

  /// A verifier of the ledger with this id; with a checkpoint, also of what that one says.
  /// `recordedFrom` is ``LedgerHead/recordedFrom`` as it is kept, nil when that can't be read.
  package init(ledgerID: String, checkpoint: Checkpoint? = nil, recordedFrom: Int64?) {
    self.checkpoint = checkpoint
    self.recordedFrom = recordedFrom
    binding = RecordBinding(from: recordedFrom)
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
    earlier = head.hash
    head = LedgerHead(sequence: place, timestamp: entry.timestamp, hash: row.hash)
    problem = binding.take(entry)
    completed = tree.append(MerkleTree.leaf(row.canonicalBytes))
    wanted = entry.attachment
    if let wanted { attachments.insert(wanted) }
    if let checkpoint, checkpoint.size == place {
      if checkpoint.head != row.hash { report(place, "isn't the entry that the checkpoint names") }
      if let from = checkpoint.recordedFrom, from != binding.first {
        report(place, "comes after the first entry that names a record, which isn't the one the checkpoint names")
      }
    }
  }

  /// The decision whose record has to be given to ``take(record:)`` before the next row; nil when none has.
  package var wantedRecord: Identifier? { problem == nil ? binding.wanted : nil }
  /// The hash of the attachment that has to be given to ``take(attachment:)`` before the next row; nil when none has.
  package var wantedAttachment: String? { problem == nil ? wanted : nil }

  /// The root of the tree over the entries that were taken. O(log entries).
  package var treeRoot: [UInt8] { tree.root }

  /// Whether ``take(nodes:)`` has to be given what is kept of the tree for the last entry, before the next row.
  package var wantsNodes: Bool { problem == nil && suspect == nil && !completed.isEmpty }

  /// Takes what is kept of the tree for the last entry; nil when nothing is. O(log size).
  package mutating func take(nodes: [UInt8]?) {
    if nodes != completed {
      report(
        head.sequence,
        nodes == nil ? "isn't in the tree over the entries" : "completes other nodes of the tree than are kept")
    }
    completed = []
  }

  /// Takes the attachment that was wanted, nil when there is none. O(bytes).
  package mutating func take(attachment bytes: [UInt8]?) {
    if bytes.map({ Hexadecimal.text(Entry.hash($0)) }) != wanted {
      report(
        head.sequence, bytes == nil ? "names an attachment that is missing" : "names an attachment that was changed")
    }
    wanted = nil
  }

  /// The id of an entry whose place has to be given to ``take(place:)`` before the next row; nil when none has.
  package var wantedPlace: Identifier? { problem == nil ? binding.stray?.effect : nil }

  /// Takes the stored bytes of the record that was wanted, nil when there is none; whether the chain covers it.
  /// O(record).
  @discardableResult
  package mutating func take(record bytes: [UInt8]?) -> Bool {
    let (found, isCovered) = binding.take(record: bytes)
    if problem == nil { problem = found }
    return isCovered
  }

  /// Takes the sequence of the entry that was wanted, nil when there is none. O(1).
  package mutating func take(place: Int64?) {
    let found = binding.take(place: place)
    if problem == nil { problem = found }
  }

  /// Says that all rows were taken; the places of further entries may be wanted then.
  package mutating func endRows() { binding.end() }

  /// An entry whose hash the next one has is what was written, and so the one before it isn't.
  private mutating func settle(_ suspect: (sequence: Int64, hash: [UInt8]), by next: LedgerRow) {
    if Entry.decode(next.canonicalBytes)?.previous == suspect.hash {
      report(suspect.sequence - 1, "isn't the entry that entry \(suspect.sequence) follows")
    } else {
      report(suspect.sequence, "doesn't follow entry \(suspect.sequence - 1)")
    }
  }

  /// Holds an account that is kept against what the entries make it. O(1).
  package mutating func hold(against account: Account) {
    let place = places[account.key]
    if let place { isKept[place] = true }
    let replayed = place.map { accounts[$0] }
    if replayed == account { return }
    let name = account.key.text
    if account.version > head.sequence, account.totals != replayed?.totals {
      find(head.sequence + 1, "entry \(head.sequence + 1) is missing; entry \(account.version) touched \(name)")
    } else {
      find(replayed?.version ?? max(account.version, 1), "account \(name) isn't what entries make it")
    }
  }

  /// Holds an open hold that is kept against those that the entries leave open; false when they leave none of its id:
  /// then ``findUnknown(_:resolution:)`` says so. O(1).
  package mutating func hold(against hold: Hold) -> Bool {
    guard let open = holds[hold.id] else { return false }
    keptHolds.insert(hold.id)
    if open.hold != hold { find(open.sequence, "hold \(hold.id) isn't open") }
    return true
  }

  /// Says that a hold that is kept isn't open; `resolution` is the sequence of the entry that resolved it, if any did.
  package mutating func findUnknown(_ hold: Hold, resolution: Int64?) {
    find(resolution ?? head.sequence + 1, "hold \(hold.id) isn't open")
  }

  /// The report, once all accounts and holds that are kept were held against the replay: it names the lowest sequence
  /// that is bad. O(accounts + holds).
  package mutating func finish() -> VerificationReport {
    if let suspect { report(suspect.sequence - 1, "isn't the entry that entry \(suspect.sequence) follows") }
    if let checkpoint, checkpoint.size > head.sequence {
      report(
        head.sequence + 1, "entry \(head.sequence + 1) is missing; the checkpoint has \(checkpoint.size) entries")
    }
    if let recordedFrom, recordedFrom > 0, binding.first == 0 {
      report(head.sequence + 1, "entry \(recordedFrom), the first that names its decision's record, isn't there")
    }
    if problem == nil {
      for (place, account) in accounts.enumerated()
      where !isKept[place] && !LimitCounts.isOverdue(account.key.text, at: head.timestamp) {
        find(account.version, "account \(account.key.text) is missing or can't be read")
      }
      for (id, open) in holds where !keptHolds.contains(id) { find(open.sequence, "hold \(id) is missing") }
      problem = finding
    }
    return VerificationReport(
      entries: head.sequence, head: head.hash, uncovered: binding.uncovered, problem: problem)
  }

  /// Of what is wrong with accounts and holds, that of the lowest sequence counts.
  private mutating func find(_ sequence: Int64, _ message: String) {
    if let finding, finding.sequence <= sequence { return }
    finding = VerificationReport.Problem(sequence: sequence, message: message)
  }

  /// Says that what comes next is bad, for a reason that the store knows.
  package mutating func fail(_ message: String) { report(head.sequence + 1, message) }

  private mutating func report(_ sequence: Int64, _ message: String) {
    if problem == nil { problem = VerificationReport.Problem(sequence: sequence, message: message) }
  }

  /// Does what `entry` says and writes the balances of the accounts that it touches; false when it can't be done.
  private mutating func replay(_ entry: Entry) -> Bool {
    if entry.kind.isStatement { return entry.postings.isEmpty }
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
    isKept.append(false)
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
