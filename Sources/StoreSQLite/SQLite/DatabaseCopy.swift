package import Core
internal import GRDB
internal import Platform

/// Copies of a store's file.
package enum DatabaseCopy {
  /// Copies the database in the file `source` as it is at one moment, also while a host writes it, into the file
  /// `target`, which must not be there; it is whole by itself, without a log beside it, and its owner's alone. Blocks.
  /// O(bytes). Throws what either disk says.
  package static func make(of source: String, at target: String) throws(StoreError) {
    do {
      let reader = try ReadOnlyDatabase.open(source)
      defer { try? reader.close() }
      try File.make(target)
      let writer = try DatabaseQueue(path: target)
      try reader.backup(to: writer)
      // The last one to close it leaves no log beside it.
      try writer.close()
    } catch {
      throw StoreError(error, while: "copying \(source)", advice: "look at it with 'cascade doctor'")
    }
  }
}
