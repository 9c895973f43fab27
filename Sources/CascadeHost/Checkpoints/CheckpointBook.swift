internal import Core
package import Ledger
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// The checkpoints of one ledger as files, `DATA/checkpoints/<size>.json`: made when one is due, to be copied to where
/// whoever can change the ledger can't change them.
package struct CheckpointBook: Sendable {
  /// Files that are kept; of more the oldest go.
  package static let kept = 1_000
  private static let ending = ".json"

  /// Where the files are.
  package let directory: String

  /// The book in `directory`, which is made when the first checkpoint is.
  package init(directory: String) { self.directory = directory }

  /// The newest checkpoint; nil when there is none. Blocks. Throws when it can't be read, or is none.
  package func latest() throws(RecordLogError) -> SignedCheckpoint? {
    guard RecordFile.exists(directory), let size = try sizes().last else { return nil }
    let path = path(of: size)
    guard let json = try? JSON(parsing: try RecordFile.read(path)), let checkpoint = SignedCheckpoint(json: json)
    else { throw RecordLogError(message: "\(path) is no checkpoint") }
    return checkpoint
  }

  /// Where the newest checkpoint lies; nil when there is none. Blocks.
  package func latestPath() throws(RecordLogError) -> String? {
    RecordFile.exists(directory) ? try sizes().last.map(path) : nil
  }

  /// Keeps a checkpoint durably. Blocks.
  package func keep(_ checkpoint: SignedCheckpoint) throws(RecordLogError) {
    try RecordFile.makeDirectory(directory)
    try RecordFile.replace(path(of: Int(checkpoint.checkpoint.size)), with: checkpoint.json.bytes + [0x0A])
    for size in try sizes().dropLast(Self.kept) { RecordFile.remove(path(of: size)) }
  }

  private func sizes() throws(RecordLogError) -> [Int] { try RecordFile.numbers(in: directory, ending: Self.ending) }

  private func path(of size: Int) -> String { RecordFile.path(directory, size, ending: Self.ending) }
}

/// Makes the checkpoints of a ledger when they are due; asked by one after the other.
package final class CheckpointMaker: Sendable {
  private let ledger: any LedgerStore
  private let signer: any CheckpointSigner
  private let book: CheckpointBook
  private let schedule: CheckpointSchedule
  /// The newest checkpoint of the book, once it was looked for.
  private let last = Mutex<LedgerHead?>(nil)

  /// Keeps checkpoints of `ledger`, signed by `signer`, in `book` as often as `schedule` says.
  package init(
    of ledger: any LedgerStore, signer: any CheckpointSigner, book: CheckpointBook,
    schedule: CheckpointSchedule = CheckpointSchedule()
  ) {
    self.ledger = ledger
    self.signer = signer
    self.book = book
    self.schedule = schedule
  }

  /// Makes one when it is due at `now`, nanoseconds since 1970, or with `isLast` when anything was added since the last
  /// one; nil when it isn't. Waits for the disk. Throws what the ledger, the signer or the book throws.
  package func makeIfDue(now: Int64, isLast: Bool = false) async throws -> SignedCheckpoint? {
    let head = try await ledger.head()
    let last = try await newest()
    guard schedule.isDue(after: last, at: head, now: now) || isLast && head.sequence > last.sequence else { return nil }
    let checkpoint = Checkpoint(ledger: ledger.ledgerID, head: head)
    let signed = try await waiting { [signer, book] in
      let signed = SignedCheckpoint(checkpoint, signature: try checkpoint.signed(by: signer))
      try book.keep(signed)
      return signed
    }
    self.last.withLock { $0 = head }
    return signed
  }

  private func newest() async throws -> LedgerHead {
    if let known = last.withLock({ $0 }) { return known }
    var newest = LedgerHead()
    if let latest = try await waiting({ [book] in try book.latest() })?.checkpoint, latest.ledger == ledger.ledgerID {
      newest = LedgerHead(sequence: latest.size, timestamp: latest.timestamp, hash: latest.head)
    }
    last.withLock { $0 = newest }
    return newest
  }

  /// Runs `body`, which waits for the disk, on a thread that may.
  private func waiting<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await NIOSingletons.posixBlockingThreadPool.runIfActive(body)
  }
}
