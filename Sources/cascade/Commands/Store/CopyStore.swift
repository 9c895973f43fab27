import ArgumentParser
import Citizens
import Commerce
import Core
import Decisions
import Ledger
import StorePostgres
import StoreSQLite
import Tokens
import TrustGraph

/// `cascade store copy`: moves an embedded installation into a database.
struct CopyStore: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "copy", abstract: "Copies what a host keeps in a data directory into an empty database.",
    discussion: """
      No host may run on either. Copies the ledger, the trust graph, payments and keys, then verifies the copy: its \
      head and every balance are the same. Sessions end, so citizens sign in again. Records of decisions without \
      effects, rulebooks and checkpoints stay in the data directory. Again is harmless. Exits with 2 when the copy isn't \
      the same.
      """)

  @Option(help: "The data directory.") var from: String
  @Option(help: "The database, without a password: postgresql://[USER@][HOST][:PORT]/DATABASE") var to: String?
  @Option(help: "A file with that URL, which only its owner may read; it may have a password.") var toFile: String?
  @Option(help: "A file with the key that seals the signing keys, of 'cascade store new-key'.")
  var keyEncryptionKeyFile: String

  func validate() throws {
    if (to == nil) == (toFile == nil) { throw ValidationError("one of --to and --to-file is needed") }
    if from.isEmpty { throw ValidationError("--from is empty") }
  }

  func run() async throws {
    do {
      try await Output.reporting { try await copy() }
    } catch let error as TokenError {
      Output.note("error: \(error.reason)")
      throw ExitCode.couldNotStart
    }
  }

  private func copy() async throws {
    guard let address = try SharedSettings.address(to, file: toFile) else { return }
    let key = try SharedSettings.key(keyEncryptionKeyFile)
    guard LedgerLocation.isThere(from) else {
      throw ReadingError(
        message: "there is no ledger in \(from)/ledger; --from names the directory that a host keeps")
    }
    try DataDirectory.actAsOwner(of: from)
    let lock = try DataDirectory.lock(from)
    try mark(address)
    let head = try await copyLedger(to: address)
    try await copyGraph(to: address)
    try await copyPayments(to: address)
    try copyKeys(to: PostgresKeyStore(address, host: "copy", key: key))
    withExtendedLifetime(lock) {}
    Output.writeLine("ok: \(head.sequence) entries, head \(Hexadecimal.text(head.hash)), the same in both")
  }

  /// The database is marked as the directory is: the network's, or a demonstration's.
  private func mark(_ address: PostgresAddress) throws {
    let use = try DataMark.read(in: from)?.use ?? .live
    if try Installation(address).mark(use.rawValue) != use.rawValue {
      throw ReadingError(message: "\(address) and \(from) aren't both of the network or of a demonstration")
    }
  }

  // MARK: The ledger

  private func copyLedger(to address: PostgresAddress) async throws -> LedgerHead {
    try await LedgerLocation.closing(SQLiteLedgerStore(directory: DataDirectory.ledger(in: from))) { source in
      let head = try await source.head()
      var progress = ProgressBar("entries", total: head.sequence)
      try await LedgerCopy(to: address).copy(source) { progress.advance(to: $0) }
      progress.finish()
      try await LedgerLocation.closing(PostgresLedgerStore(address, host: "copy")) { copy in
        try await Self.compare(source, copy)
      }
      return head
    }
  }

  /// Replays the copy, and holds it against what was copied. Exits with 2 when it isn't the same.
  private static func compare(_ source: SQLiteLedgerStore, _ copy: PostgresLedgerStore) async throws {
    let (wanted, report) = (try await source.head(), try await copy.verify(against: nil))
    if let problem = report.problem {
      Output.writeLine("\(problem.sequence): \(problem.message)")
      throw ExitCode.no
    }
    let head = try await copy.head()
    guard head == wanted, copy.ledgerID == source.ledgerID, report.head == wanted.hash else {
      Output.writeLine("the copy ends with \(Hexadecimal.text(head.hash)), not with \(Hexadecimal.text(wanted.hash))")
      throw ExitCode.no
    }
    var key: String?
    while true {
      let accounts = try await source.accounts(after: key, limit: LedgerLimits.pageRows)
      if try await copy.accounts(after: key, limit: LedgerLimits.pageRows) != accounts {
        Output.writeLine("accounts after '\(key ?? "")' differ")
        throw ExitCode.no
      }
      guard let last = accounts.last else { return }
      key = last.key.text
    }
  }

  // MARK: The rest

  private func copyGraph(to address: PostgresAddress) async throws {
    guard DataPart.graph.isThere(in: from) else { return }
    let source = try SQLiteRelationshipStore(reading: DataDirectory.graph(in: from))
    let copy = try PostgresRelationshipStore(address, host: "copy")
    do throws(StoreError) {
      let (stored, found) = (try await source.load(), try await copy.load())
      if found.citizens.isEmpty, found.version < max(2, stored.version) {
        var change = SnapshotChange(from: found.version, to: max(found.version + 1, stored.version))
        (change.citizens, change.relationships, change.marks) = (stored.citizens, stored.relationships, stored.marks)
        try await copy.save(change)
      } else if found.citizens.count != stored.citizens.count {
        throw StoreError(.conflict, "\(address) has another trust graph, of \(found.citizens.count) citizens")
      }
    } catch {
      await source.close()
      await copy.close()
      throw error
    }
    await source.close()
    await copy.close()
  }

  private func copyPayments(to address: PostgresAddress) async throws {
    guard DataPart.payments.isThere(in: from) else { return }
    let source = try SQLitePaymentStore(directory: DataDirectory.payments(in: from))
    let copy = try PostgresPaymentStore(address, host: "copy")
    do throws(StoreError) {
      var last = KeptPayments()
      repeat {
        last = try await source.kept(after: last, limit: LedgerLimits.pageRows)
        try await copy.take(last)
      } while !last.isEmpty
    } catch {
      await source.close()
      await copy.close()
      throw error
    }
    await source.close()
    await copy.close()
  }

  private func copyKeys(to copy: PostgresKeyStore) throws(TokenError) {
    let source = try KeyDirectory(data: from)
    for document in KeyDocument.allCases {
      guard let bytes = try source.read(document) else { continue }
      try copy.change(document) { (found) throws(TokenError) in
        if let found, found != bytes {
          throw TokenError("\(copy.place(of: document)) is there already, and is another than \(source.path) has")
        }
        return bytes
      }
    }
    copy.close()
  }
}
