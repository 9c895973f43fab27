package import Core
internal import GRDB
internal import Glibc
internal import Platform
internal import Synchronization

/// The number of a store's file, see ``StoreAge``: SQLite's `user_version`, which stands in the first page, so that a
/// commit which raises it needs no table.
extension StoreConnection {
  /// The number of a store while it is open.
  struct Age: Sendable {
    /// What the file carries.
    var number: Int64
    /// Whether something may have been written since the number was last raised.
    var isBehind = true

    /// What the file carries when it is raised. At one a second the last one comes after 68 years.
    var next: Int64 { min(number + 1, Int64(Int32.max)) }
  }

  /// Raises the number when something was written since it was last raised, or the file opened; how old the store is
  /// then. Durable when it returns. Throws why that can't be written. O(1).
  func raisedAge() async throws(StoreError) -> StoreAge {
    let due = age.withLock { age -> Int64? in
      defer { age.isBehind = false }
      return age.isBehind ? age.next : nil
    }
    if let due {
      do {
        _ = try await commit { try $0.raise(to: due) }
        age.withLock { $0.number = due }
      } catch {
        age.withLock { $0.isBehind = true }
        throw StoreError(error, while: "writing \(path)")
      }
    }
    return StoreAge(content: age.withLock { $0.number }, file: try StoreAge.file(at: path))
  }
}

extension Database {
  /// The number that the file carries.
  func age() throws -> Int64 { try Int64.fetchOne(self, sql: "PRAGMA user_version") ?? 0 }

  /// Has the file carry `number`, from the end of the transaction on.
  func raise(to number: Int64) throws { try execute(sql: "PRAGMA user_version = \(number)") }
}

extension StoreAge {
  /// How old the store in `directory` is, which isn't changed; nil when there is none, or when it can't be read, which
  /// whoever opens it says. Blocks. O(1).
  package static func read(_ store: StoreFormat.Store, in directory: String) -> StoreAge? {
    let file = StoreFile(store.rawValue + ".sqlite", in: directory)
    guard file.exists, let alone = try? self.file(at: file.path) else { return nil }
    // Without a log of writes nothing is newer than the file, and who opens it would leave one.
    if (try? FileSignature(file.path + "-wal").size) ?? 0 == 0 { return StoreAge(content: alone, file: alone) }
    guard let connection = try? file.openForReading() else { return nil }
    defer { try? connection.close() }
    guard let content = try? connection.read({ try $0.age() }) else { return nil }
    return StoreAge(content: content, file: alone)
  }

  /// The number in the first page of the file at `path`, 0 of an empty one: see "Database File Format", 1.3.1 and
  /// 1.3.12. Throws when it can't be read or is no database.
  fileprivate static func file(at path: String) throws(StoreError) -> Int64 {
    let header = try StoreError.catching { () throws(FileError) in
      try Descriptor(opening: path, O_RDONLY).bytes(64, at: 0)
    }
    if header.isEmpty { return 0 }
    guard header.count == 64, header.starts(with: "SQLite format 3\0".utf8) else {
      throw StoreError(.corrupt, "\(path) is no database")
    }
    return Int64(header[60...].reduce(Int32(0)) { $0 << 8 | Int32($1) })
  }
}
