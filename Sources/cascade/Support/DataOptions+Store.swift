import ArgumentParser
import Core
import Cryptography
import Ledger
import StorePostgres
import StoreSQLite
import Tokens
import TrustGraph

extension DataOptions {
  /// The database of `--store` or `--store-file`, else of their variables; nil where a data directory is meant. Throws
  /// what is wrong with it.
  func sharedAddress() throws(ReadingError) -> PostgresAddress? {
    if store.store != nil || store.storeFile != nil {
      return try SharedSettings.address(store.store, file: store.storeFile)
    }
    return try SharedSettings.address(
      Environment.value(of: "store"), file: Environment.value(of: "store-file"))
  }

  /// Where the ledger is, for a message.
  func ledgerPlace() throws(ReadingError) -> String { try sharedAddress()?.description ?? data }

  /// Whether there is a ledger.
  func hasLedger() throws(ReadingError) -> Bool { try sharedAddress() != nil || LedgerLocation.isThere(data) }

  /// The documents of keys: sealed in the shared database, or in the folder of the data directory, which is made when
  /// it is missing. Throws why they can't be opened.
  func keyStore() throws(TokenError) -> any KeyStore {
    do throws(ReadingError) {
      guard let address = try sharedAddress() else { return try Self.folder(data) }
      guard let file = store.keyEncryptionKeyFile ?? Environment.value(of: "key-encryption-key-file") else {
        throw ReadingError(
          message: "the keys in \(address) are sealed; name the file of their key with --key-encryption-key-file")
      }
      let key = try SharedSettings.key(file)
      do throws(StoreError) {
        return try PostgresKeyStore(address, host: "command", key: key)
      } catch {
        throw ReadingError(message: error.description)
      }
    } catch {
      throw TokenError(error.message)
    }
  }

  private static func folder(_ data: String) throws(ReadingError) -> KeyDirectory {
    do throws(TokenError) { return try KeyDirectory(data: data) } catch { throw ReadingError(message: error.reason) }
  }

  /// Passes the ledger to `body`, to be read beside hosts or without one, and closes it however that ends. Throws why
  /// it
  /// can't be opened, and what `body` throws.
  func withLedger<Value>(_ body: (any LedgerStore) async throws -> Value) async throws -> Value {
    guard let address = try sharedAddress() else { return try await LedgerLocation.reading(data, body) }
    return try await LedgerLocation.closing(try PostgresLedgerStore(address, host: "command"), body)
  }

  /// The same to be written: a data directory's ledger while no host runs, a shared one also beside hosts.
  func withLedgerForWriting<Value>(_ body: (any LedgerStore) async throws -> Value) async throws -> Value {
    if let address = try sharedAddress() {
      return try await LedgerLocation.closing(try PostgresLedgerStore(address, host: "command"), body)
    }
    return try await LedgerLocation.closing(
      try SQLiteLedgerStore(directory: DataDirectory.ledger(in: data)), body)
  }

  /// The trust graph, to be read, or `forWriting`.
  func relationships(forWriting: Bool = false) throws -> any RelationshipStore {
    if let address = try sharedAddress() { return try PostgresRelationshipStore(address, host: "command") }
    let directory = DataDirectory.graph(in: data)
    return forWriting
      ? try SQLiteRelationshipStore(directory: directory) : try SQLiteRelationshipStore(reading: directory)
  }

  /// Refuses `--store` for what is about a data directory alone; `advice` is what to do instead. Exits with 1.
  func refuseStore(_ advice: String) throws {
    if store.store == nil, store.storeFile == nil { return }
    Output.note("error: this is about --data, and not --store: \(advice)")
    throw ExitCode.couldNotStart
  }
}
