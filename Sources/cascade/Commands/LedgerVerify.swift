import ArgumentParser
import Core
import Decisions
import Glibc
import Ledger
import StorePostgres
import StoreSQLite
import Synchronization
import Tokens

/// `cascade ledger verify`: replays the whole ledger.
struct VerifyLedger: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Replays the ledger and names the first bad sequence.",
    discussion: """
      Holds it against a checkpoint, which shows a cut tail, also of the log of decision records. Exits with 2 when \
      something is wrong, the checkpoint's signature included, and with 1 when nothing is but a newer checkpoint is \
      damaged, which is named.
      """)

  @OptionGroup var options: DataOptions
  @Option(
    help: """
      A file with an old checkpoint, as GET /v1/ledger/checkpoint answered it. (default: the newest in \
      DATA/checkpoints that holds)
      """)
  var checkpoint: String?
  @Option(help: "The key set that checks its signature. (default: the keys in DATA/keys that ever signed one)")
  var jwks: String?

  func run() async throws {
    try await options.readingLedger(damaged: .no) { store in
      let (old, damaged) = try signedCheckpoint()
      if let old { try check(old) }
      let total = (try? await store.head().sequence) ?? 0
      let progress = Mutex(ProgressBar("entries", total: total))
      let report: VerificationReport
      if let file = store as? SQLiteLedgerStore {
        report = try await file.verify(against: old?.checkpoint) { count in
          progress.withLock { $0.advance(to: count) }
        }
      } else {
        report = try await store.verify(against: old?.checkpoint)
      }
      progress.withLock { $0.finish() }
      let areRecordsGood = try await verifyRecords(old?.checkpoint, store)
      guard let problem = report.problem else {
        Output.write("\(report.entries) entries are good, head \(Hexadecimal.text(report.head))\n")
        if report.uncovered > 0 {
          Output.note("\(report.uncovered) of them don't name their decisions' records: an earlier version wrote them")
        }
        if !areRecordsGood || !damaged.isEmpty { throw ExitCode.no }
        return
      }
      Output.writeLine("\(problem.sequence): \(problem.message)")
      Output.note("the first bad sequence is \(problem.sequence); \(report.entries) entries before it are good")
      throw ExitCode.no
    }
  }

  /// Compares the logs of decision records with the checkpoint that names them; prints what is wrong. Returns whether
  /// nothing is.
  private func verifyRecords(_ checkpoint: Checkpoint?, _ ledger: some LedgerReading) async throws -> Bool {
    guard let heads = checkpoint?.records, !heads.isEmpty else { return true }
    if let address = try options.sharedAddress() { return try await verifyStored(address, heads, ledger) }
    let log = RecordReader(directory: DataDirectory.records(in: options.data))
    let anchors = try await log.anchors(in: ledger)
    let found = try Self.reading { () throws(StoreError) in try log.verify(against: heads, anchors: anchors) }
    for damage in found.damage { Output.writeLine(damage.message) }
    Output.note("\(found.records) decision records in the logs are good")
    return found.damage.isEmpty
  }

  /// The same of what hosts share: their own files have only the end of each log.
  private func verifyStored(
    _ address: PostgresAddress, _ heads: [RecordHead], _ ledger: some LedgerReading
  ) async throws -> Bool {
    let stored = try PostgresDecisionLog(address, host: "command")
    do throws(StoreError) {
      let found = try await stored.verify(in: ledger, against: heads)
      await stored.close()
      for fault in found.faults { Output.writeLine(fault) }
      for untold in found.untold { Output.note(untold) }
      Output.note("\(found.records) decision records in the logs of all hosts are good")
      return found.faults.isEmpty
    } catch {
      await stored.close()
      throw error
    }
  }

  /// The checkpoint to compare with: the given one, or else the newest kept one; nil without either. Prints the names
  /// of damaged kept ones and returns them.
  private func signedCheckpoint() throws -> (checkpoint: SignedCheckpoint?, damaged: [DamagedCheckpoint]) {
    if let checkpoint {
      guard let given = SignedCheckpoint(json: try InputFile.json(checkpoint)) else {
        throw ReadingError(message: #"\#(checkpoint) is no checkpoint: {"ledger","size","head","ts","signature"}"#)
      }
      return (given, [])
    }
    let found = try Self.reading { () throws(StoreError) in
      try CheckpointBook(directory: DataDirectory.checkpoints(in: options.data)).newest(signedBy: try? keys())
    }
    for damaged in found.damaged { Output.writeLine("\(damaged.path) is damaged: \(damaged.reason)") }
    if found.newest == nil, jwks != nil {
      throw ReadingError(message: "there is no checkpoint to check: --checkpoint names one")
    }
    return (found.newest?.checkpoint, found.damaged)
  }

  /// Checks the signature; on failure prints the problem and exits with 2. Accepts a checkpoint without a signature
  /// unless the caller named keys.
  private func check(_ old: SignedCheckpoint) throws {
    if old.signature == nil, jwks == nil {
      Output.note("the checkpoint of \(old.checkpoint.size) entries is not signed, so its author is unknown")
      return
    }
    do throws(TokenError) {
      let key = try old.verify(try keys())
      Output.note("the checkpoint of \(old.checkpoint.size) entries was signed by the key \(key)")
    } catch {
      Output.writeLine("the checkpoint of \(old.checkpoint.size) entries is not valid: \(error.reason)")
      throw ExitCode.no
    }
  }

  private func keys() throws(TokenError) -> JSONWebKeySet {
    if let jwks {
      do { return try TokenReport.keys(parsing: try InputFile.read(jwks)).get() } catch {
        throw error as? TokenError ?? TokenError("\(error)")
      }
    }
    // Verification creates no key file.
    let isShared: Bool
    do throws(ReadingError) { isShared = try options.sharedAddress() != nil } catch { throw TokenError(error.message) }
    guard isShared || access(options.data + "/keys", F_OK) == 0,
      let keys = try CheckpointKeys(options.keyStore()).keys()
    else { throw TokenError("there are no keys in \(options.data)/keys; --jwks names a key set") }
    return keys
  }

  private static func reading<Value>(_ body: () throws(StoreError) -> Value) throws(ReadingError) -> Value {
    do throws(StoreError) { return try body() } catch { throw ReadingError(message: error.message) }
  }
}
