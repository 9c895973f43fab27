internal import Foundation
package import GRDB

/// Why a file was not opened.
package struct PrivateDatabaseError: Error, Sendable {
  /// One sentence that names the file.
  package var message: String
}

/// One SQLite file that only its owner may read, with one connection that does everything.
package enum PrivateDatabase {
  /// Opens `name` in `directory`, which is made with mode 0700 when there is none, and brings its tables up to date by
  /// `migrator`. Blocks on the disk. Throws when the file can't be read or was written by a later version.
  package static func open(
    _ name: String, in directory: String, _ migrator: DatabaseMigrator, _ configuration: Configuration
  ) throws(PrivateDatabaseError) -> DatabaseQueue {
    let path = directory + "/" + name
    do {
      try StoreDirectory.make(directory)
      if !FileManager.default.fileExists(atPath: path) {
        // SQLite's own files beside it take over these rights.
        _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
      }
      let connection = try DatabaseQueue(path: path, configuration: configuration)
      if try connection.read({ try migrator.hasBeenSuperseded($0) }) {
        throw PrivateDatabaseError(message: "a later version wrote \(path); use that one")
      }
      try migrator.migrate(connection)
      return connection
    } catch let error as PrivateDatabaseError {
      throw error
    } catch {
      throw PrivateDatabaseError(message: "opening \(path) failed: \(error)")
    }
  }
}
