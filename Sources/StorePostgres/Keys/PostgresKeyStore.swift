package import Core
package import Cryptography
internal import Synchronization
package import Tokens

extension PostgresSchema {
  /// Documents of keys, sealed; one of version 0 is being made.
  static let keyTables = [
    "CREATE TABLE cascade.key_document (name text PRIMARY KEY, version bigint NOT NULL, sealed bytea NOT NULL)"
  ]
}

/// The documents of keys of all hosts in a PostgreSQL database, each sealed by AES-256-GCM under a key that only the
/// hosts have: who reads the database, or a backup of it, reads no key, and who writes it makes none.
package final class PostgresKeyStore: KeyStore {
  private let address: PostgresAddress
  private let session: PostgresSession
  private let key: SealingKey
  private let slot = Mutex<PostgresConnection?>(nil)

  /// Opens the keys at `address`, which are sealed under `key`, and brings the tables up to date. Blocks while it
  /// connects. Throws as ``PostgresLedgerStore`` does, and `corrupt` when what is there was sealed under another key.
  package init(_ address: PostgresAddress, host: String = "", key: SealingKey) throws(StoreError) {
    self.address = address
    self.key = key
    session = PostgresSession(name: "\(host) keys", isWriting: true)
    _ = try PostgresSchema.open(address, session)
    for document in KeyDocument.allCases {
      do throws(TokenError) {
        _ = try read(document)
      } catch {
        throw StoreError(.corrupt, error.reason)
      }
    }
  }

  /// Closes the connection; the next call opens another.
  package func close() { slot.withLock { $0 = nil } }

  /// See ``KeyStore/place(of:)``.
  package func place(of document: KeyDocument) -> String { "\(address), key_document '\(document.rawValue)'" }

  /// See ``KeyStore/version(of:)``.
  package func version(of document: KeyDocument) -> KeyVersion? {
    let query = Self.version.with(.text(document.rawValue))
    let number = try? attempt { try $0.run(query).first?.integer(0) }
    return number.flatMap { $0 }.map { .number(Int($0)) }
  }

  /// See ``KeyStore/read(_:)``. One round trip.
  package func read(_ document: KeyDocument) throws(TokenError) -> [UInt8]? {
    let query = Self.find.with(.text(document.rawValue))
    let sealed = try attempt { try $0.run(query).first?.bytes(0) }
    guard let sealed else { return nil }
    return try opened(sealed, document)
  }

  /// See ``KeyStore/change(_:_:)``. `body` must not call the store. Three round trips.
  package func change(
    _ document: KeyDocument, _ body: ([UInt8]?) throws(TokenError) -> [UInt8]?
  ) throws(TokenError) {
    let name = PostgresValue.text(document.rawValue)
    try withoutActuallyEscaping(body) { body throws(TokenError) in
      try attempt { connection in
        let answers = try connection.run([
          PostgresStatement.begin.with(), Self.make.with(name), Self.lock.with(name),
        ])
        do {
          let before = answers[2].first?.integer(0) ?? 0 > 0 ? answers[2].first?.bytes(1) : nil
          let after = try body(try before.map { (sealed) throws(TokenError) in try self.opened(sealed, document) })
          guard let after else {
            connection.rollBack()
            return
          }
          _ = try connection.run(Self.keep.with(name, .bytes(self.key.sealed(after, for: Self.purpose(document)))))
        } catch {
          connection.rollBack()
          throw error
        }
        do throws(PostgresFailure) {
          _ = try connection.run(PostgresStatement.commit.with())
        } catch {
          throw TokenError("\(self.place(of: document)) may or may not have been changed: \(error.message)")
        }
      }
    }
  }

  /// See ``KeyStore/append(_:to:)``. O(bytes of the document).
  package func append(_ bytes: [UInt8], to document: KeyDocument) throws(TokenError) {
    try change(document) { ($0 ?? []) + bytes }
  }

  private func opened(_ sealed: [UInt8], _ document: KeyDocument) throws(TokenError) -> [UInt8] {
    do throws(CryptographyError) {
      return try key.opened(sealed, for: Self.purpose(document))
    } catch {
      throw TokenError(
        "\(place(of: document)) can't be opened: \(error.reason); give every host the key with which the first one "
          + "started, by --key-encryption-key-file")
    }
  }

  /// Runs `body` with the connection; a second time when the one from before was broken.
  private func attempt<Value: Sendable>(
    _ body: (PostgresConnection) throws -> Value
  ) throws(TokenError) -> Value {
    let outcome: Result<Value, TokenError> = slot.withLock { slot in
      while true {
        let isFresh = slot == nil
        do {
          let connection = try slot ?? PostgresConnection(address, session)
          slot = connection
          return .success(try body(connection))
        } catch let error as TokenError {
          return .failure(error)
        } catch {
          slot = nil
          if (error as? PostgresFailure)?.isBroken == true, !isFresh { continue }
          return .failure(TokenError("the keys in \(address) can't be reached: \(error)"))
        }
      }
    }
    return try outcome.get()
  }

  private static func purpose(_ document: KeyDocument) -> String { "cascade key document " + document.rawValue }

  private static let version = PostgresStatement(
    "key_version", "SELECT version FROM key_document WHERE name = $1::text AND version > 0")
  private static let find = PostgresStatement(
    "key_document", "SELECT sealed FROM key_document WHERE name = $1::text AND version > 0")
  private static let make = PostgresStatement(
    "make_key_document",
    "INSERT INTO key_document (name, version, sealed) VALUES ($1::text, 0, '') ON CONFLICT DO NOTHING")
  private static let lock = PostgresStatement(
    "lock_key_document", "SELECT version, sealed FROM key_document WHERE name = $1::text FOR UPDATE")
  private static let keep = PostgresStatement(
    "keep_key_document",
    "UPDATE key_document SET sealed = $2::bytea, version = version + 1 WHERE name = $1::text")
}
