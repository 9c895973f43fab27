import ArgumentParser
import Core
import Decisions
import Glibc
import Ledger
import Platform
import Rulebook
import StorePostgres

/// What was decided, and by which rulebooks, as commands read it: from a data directory, or from what hosts share.
final class RecordedHistory {
  /// The records of decisions without effects that are in the data directory.
  let log: RecordReader
  /// Those that all hosts have stored; nil for a data directory alone.
  let stored: PostgresDecisionLog?
  /// The rulebooks that decided.
  let archive: RulebookArchive
  /// The rulebooks in the order in which they first decided, with the time of that, seconds since 1970.
  let rulebooks: [(digest: String, seconds: Int64)]
  /// Where shared rulebooks are while this lives.
  private let folder: String?

  /// Rulebooks that are fetched at most, the last ones.
  private static let limit = 1_000

  /// Opens what `options` names; rulebooks that hosts share are fetched into a folder that goes with this. Throws what
  /// can't be read.
  init(_ options: DataOptions) async throws {
    log = RecordReader(directory: DataDirectory.records(in: options.data))
    guard let address = try options.sharedAddress() else {
      (stored, folder) = (nil, nil)
      archive = RulebookArchive(directory: DataDirectory.rulebooks(in: options.data))
      do throws(RulebookError) {
        rulebooks = try archive.stored().map { ($0.digest, $0.seconds) }
      } catch {
        throw ReadingError(message: error.message)
      }
      return
    }
    let folder = try Self.makeFolder()
    let archive = RulebookArchive(directory: folder)
    do {
      rulebooks = try await Self.fetch(address, into: archive)
      stored = try PostgresDecisionLog(address, host: "command")
    } catch {
      CopiedFile.removeAll(folder)
      throw error
    }
    self.archive = archive
    self.folder = folder
  }

  deinit { if let folder { CopiedFile.removeAll(folder) } }

  /// The records of `ledger` and all others.
  func records(_ ledger: any LedgerStore) -> DecisionRecords {
    DecisionRecords(ledger: ledger, log: log, stored: stored)
  }

  /// Lets go of what hosts share.
  func close() async { await stored?.close() }

  private static func makeFolder() throws -> String {
    var template = Array("/tmp/cascade-rulebooks-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw ReadingError(message: "no folder in /tmp can be made: \(String(cString: strerror(errno)))")
    }
    return String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func fetch(
    _ address: PostgresAddress, into archive: RulebookArchive
  ) async throws -> [(digest: String, seconds: Int64)] {
    let store = try PostgresRulebookStore(address, host: "command")
    do {
      var listed: [(digest: String, seconds: Int64)] = []
      // The first one first.
      for activated in try await store.activations(limit: limit).reversed() {
        let digest = activated.activation.digest
        if listed.contains(where: { $0.digest == digest }) { continue }
        guard let snapshot = try await store.snapshot(digest) else { continue }
        try archive.store(snapshot)
        listed.append((digest, activated.activation.milliseconds / 1_000))
      }
      await store.close()
      return listed
    } catch {
      await store.close()
      throw error
    }
  }
}

extension DataOptions {
  /// Passes the ledger and the history beside it to `body`, and closes both however that ends. On failure prints the
  /// problem and exits with 1.
  func readingHistory(_ body: (any LedgerStore, RecordedHistory) async throws -> Void) async throws {
    try await readingLedger { ledger in
      let history = try await RecordedHistory(self)
      do {
        try await body(ledger, history)
      } catch {
        await history.close()
        throw error
      }
      await history.close()
    }
  }

  /// Passes the history alone to `body`, as above.
  func withHistory(_ body: (RecordedHistory) async throws -> Void) async throws {
    do {
      let history = try await RecordedHistory(self)
      do {
        try await body(history)
      } catch {
        await history.close()
        throw error
      }
      await history.close()
    } catch let error as StoreError {
      Output.note("error: \(error)")
      throw ExitCode.couldNotStart
    }
  }
}
