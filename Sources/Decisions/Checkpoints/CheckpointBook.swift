package import Core
package import Ledger
package import Logging
internal import Platform
internal import Synchronization
package import Tokens

/// The checkpoints of one ledger as files, `DATA/checkpoints/<size>.json`: made when one is due, to be copied to where
/// whoever can change the ledger can't change them.
package struct CheckpointBook: Sendable {
  /// Files that are kept; of more the oldest go.
  package static let kept = 1_000
  private let files: NumberedFiles

  /// Where the files are.
  package var directory: String { files.directory }

  /// The book in `directory`, which is made when the first checkpoint is.
  package init(directory: String) { files = NumberedFiles(in: directory, ending: ".json") }

  /// What the newest files are worth: looks for the newest checkpoint that one of `keys` signed, or with none given,
  /// for the newest that can be read. Blocks. Throws when the directory can't be read. O(files that are damaged).
  package func newest(signedBy keys: JSONWebKeySet?) throws(StoreError) -> CheckpointFindings {
    var findings = CheckpointFindings()
    var unproved: [(file: CheckpointFindings.File, reason: String)] = []
    for size in try sizes().reversed() {
      let path = files.path(of: size)
      guard let checkpoint = Self.read(path), checkpoint.checkpoint.size == size else {
        findings.damaged.append(DamagedCheckpoint(path: path, reason: "it is no checkpoint of \(size) entries"))
        continue
      }
      let file = CheckpointFindings.File(path: path, checkpoint: checkpoint)
      do throws(TokenError) {
        if let keys { _ = try checkpoint.verify(keys) }
        findings.newest = file
        findings.damaged += unproved.map { DamagedCheckpoint(path: $0.file.path, reason: $0.reason) }
        return findings
      } catch {
        unproved.append((file, error.reason))
      }
    }
    // Where none holds, it may be the keys that are missing.
    findings.newest = unproved.first?.file
    findings.problem = unproved.first?.reason
    return findings
  }

  private static func read(_ path: String) -> SignedCheckpoint? {
    (try? File.read(path)).flatMap { try? JSON(parsing: $0) }.flatMap(SignedCheckpoint.init(json:))
  }

  /// Renames a file of the book to `….damaged`, so that it is none any more. Blocks.
  package func setAside(_ damaged: DamagedCheckpoint) throws(StoreError) {
    try Self.rename(damaged.path, to: damaged.path + ".damaged")
  }

  /// Renames the checkpoint at `path` to `….lost`: it shows entries that are lost for good. Blocks.
  package func setAsLost(_ path: String) throws(StoreError) { try Self.rename(path, to: path + ".lost") }

  private static func rename(_ path: String, to other: String) throws(StoreError) {
    try StoreError.catching { () throws(FileError) in try File.rename(path, to: other) }
  }

  /// Keeps a checkpoint durably. Blocks.
  package func keep(_ checkpoint: SignedCheckpoint) throws(StoreError) {
    try StoreError.catching { () throws(FileError) in
      try Directory.make(directory)
      try File.replace(
        files.path(of: Int(checkpoint.checkpoint.size)), with: checkpoint.json.bytes + [0x0A])
      for size in try files.numbers().dropLast(Self.kept) { File.remove(files.path(of: size)) }
    }
  }

  private func sizes() throws(StoreError) -> [Int] {
    try StoreError.catching { () throws(FileError) in try files.numbers() }
  }
}

/// A file in a book that is none of its checkpoints.
package struct DamagedCheckpoint: Sendable, Equatable {
  /// The path of the file.
  package var path: String
  /// What is wrong with it.
  package var reason: String

  /// The file at `path`, with what is wrong.
  package init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }
}

/// What the newest files of a book are worth.
package struct CheckpointFindings: Sendable, Equatable {
  /// A file with what it says.
  package struct File: Sendable, Equatable {
    /// The path of the file.
    package var path: String
    /// The checkpoint in the file.
    package var checkpoint: SignedCheckpoint
  }

  /// The newest checkpoint that holds; when none does, the newest that can be read; nil when there is none of either.
  package var newest: File?
  /// Why that one doesn't hold; nil when it does.
  package var problem: String?
  /// Files that are newer than it and damaged.
  package var damaged: [DamagedCheckpoint] = []
}

/// Makes the checkpoints of a ledger when they are due; asked by one after the other.
package final class CheckpointMaker: Sendable {
  private let ledger: any LedgerReading
  private let records: (any RecordHeads)?
  private let signer: any CheckpointSigner
  private let book: CheckpointBook
  private let keys: CheckpointKeys
  private let schedule: CheckpointSchedule
  private let logger: Logger
  /// The newest checkpoint of the book, once it was looked for, with what it says of the logs of records, and since
  /// when it is that by the monotonic clock.
  private struct Last {
    var head = LedgerHead()
    var records: [RecordHead] = []
    var since: ContinuousClock.Instant
    /// When the logs were last looked at.
    var looked: ContinuousClock.Instant
  }
  private let last = Mutex<Last?>(nil)

  /// Keeps checkpoints of `ledger` and of the logs of `records`, signed by `signer`, in `book` as often as `schedule`
  /// says. `keys` are those that ever signed one.
  package init(
    of ledger: any LedgerReading, records: (any RecordHeads)? = nil, signer: any CheckpointSigner, keys: CheckpointKeys,
    book: CheckpointBook,
    schedule: CheckpointSchedule = CheckpointSchedule(), logger: Logger = Logger(label: "checkpoints")
  ) {
    self.ledger = ledger
    self.records = records
    self.signer = signer
    self.keys = keys
    self.book = book
    self.schedule = schedule
    self.logger = logger
  }

  /// Makes one when it is due at `now`, or with `isLast` when anything was added since the last one; nil when it isn't.
  /// Records that were added to the logs count like entries: what the ledger says nothing of could be taken away else.
  /// How old the last one is counts from when it was made or, of an earlier run, first looked at: the wall clock may go
  /// back. Waits for the disk. A file of the book that is damaged is set aside, and the log names it.
  /// Throws what the ledger, the signer or the book throws.
  package func makeIfDue(now: ContinuousClock.Instant, isLast: Bool = false) async throws -> SignedCheckpoint? {
    let head = try await ledger.head()
    let last = try await newest(now)
    let isDue = isDue(last, head, now) || isLast && head.sequence > last.head.sequence
    let mayHaveRecords = isLast || now - last.looked >= .nanoseconds(schedule.interval)
    guard isDue || mayHaveRecords else { return nil }
    let heads = try await records?.heads() ?? []
    guard isDue || heads.contains(where: { $0.count > 0 && !last.records.contains($0) }) else {
      // Looked at again when as much time has passed as between two checkpoints.
      self.last.withLock { $0?.looked = now }
      return nil
    }
    let checkpoint = Checkpoint(ledger: ledger.ledgerID, head: head, records: heads)
    let signed = try await BlockingPool.shared.run { [signer, book] in
      let signed = SignedCheckpoint(checkpoint, signature: try checkpoint.signed(by: signer))
      try book.keep(signed)
      return signed
    }
    self.last.withLock { $0 = Last(head: head, records: checkpoint.records ?? [], since: now, looked: now) }
    return signed
  }

  /// The size of the newest checkpoint, as far as it was looked for; nil before that.
  package var newestSize: Int64? { last.withLock { $0?.head.sequence } }

  private func isDue(
    _ last: Last, _ head: LedgerHead, _ now: ContinuousClock.Instant
  ) -> Bool {
    // The first one of all waits for nothing.
    let age = last.head.sequence == 0 ? schedule.interval : Int64(clamping: (now - last.since).nanoseconds)
    return schedule.isDue(after: last.head, at: head, now: last.head.timestamp + age)
  }

  private func newest(_ now: ContinuousClock.Instant) async throws -> Last {
    if let known = last.withLock({ $0 }) { return known }
    let findings = try await BlockingPool.shared.run { [book, keys, logger] in
      let findings = try book.newest(signedBy: try keys.keys())
      for damaged in findings.damaged {
        logger.error("\(damaged.path) is damaged and set aside as ….damaged: \(damaged.reason)")
        try book.setAside(damaged)
      }
      return findings
    }
    var newest = Last(since: now, looked: now)
    if let problem = findings.problem, let file = findings.newest {
      logger.error("no checkpoint holds, and the next one is made now; of the newest, \(file.path): \(problem)")
    } else if let latest = findings.newest?.checkpoint.checkpoint, latest.ledger == ledger.ledgerID {
      newest.head = LedgerHead(sequence: latest.size, timestamp: latest.timestamp, hash: latest.head)
      newest.records = latest.records ?? []
    }
    last.withLock { $0 = newest }
    return newest
  }
}

extension Duration {
  /// The duration in whole nanoseconds.
  fileprivate var nanoseconds: Int128 { attoseconds / 1_000_000_000 }
}
