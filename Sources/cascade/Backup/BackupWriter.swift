import Core
import Decisions
import Platform
import StoreSQLite

/// Takes a backup of a data directory, also while a host goes on in it.
struct BackupWriter: Sendable {
  /// The directory that is copied.
  var data: String
  /// The backup's folder, which is made.
  var target: String

  /// What seals the private keys; nil when they are left out.
  var keys: SealedKeys?

  /// How often files are listed again when a host packed one of them meanwhile.
  private static let attempts = 5

  /// Copies everything, in an order that leaves the copy whole. Gives the manifest, which isn't written and doesn't say
  /// yet what a verification finds. Throws what can't be read or written. O(bytes).
  func copy() throws -> BackupManifest {
    guard let mark = try DataMark.read(in: data) else {
      throw ReadingError(message: "no host has kept anything in \(data) yet; --data names a host's data directory")
    }
    let began = WallClock.milliseconds()
    try Directory.make(target)
    var files: [BackupManifest.File] = []
    for part in DataPart.backedUp {
      switch part.copying {
      case .database: files += try database(part)
      case .files: files += try copies(part)
      case .sealed, .none: break
      }
    }
    if var keys {
      try File.replace(target + "/" + SealedKeys.name, with: try keys.seal())
      let (size, hash) = try CopiedFile.hash(target + "/" + SealedKeys.name)
      files.append(BackupManifest.File(path: SealedKeys.name, size: size, sha256: hash))
    }
    return BackupManifest(
      use: mark.use, version: Version.text, milliseconds: began, ledger: "", size: 0, head: "", records: 0,
      parts: Set(DataPart.backedUp.filter { $0.isThere(in: target) }), files: files)
  }

  private func database(_ part: DataPart) throws -> [BackupManifest.File] {
    guard part.isThere(in: data) else { return [] }
    let path = target + "/" + part.path
    try Directory.make(Directory.parent(of: path))
    try DatabaseCopy.make(of: data + "/" + part.path, at: path)
    let (size, hash) = try CopiedFile.hash(path)
    return [BackupManifest.File(path: part.path, size: size, sha256: hash)]
  }

  private func copies(_ part: DataPart) throws(FileError) -> [BackupManifest.File] {
    for attempt in 1... {
      do throws(FileError) {
        var files: [BackupManifest.File] = []
        for path in try CopiedFile.all(in: part.path, below: data) {
          let (size, hash) = try CopiedFile.copy(data + "/" + path, to: target + "/" + path)
          files.append(BackupManifest.File(path: path, size: size, sha256: hash))
        }
        return files
      } catch {
        // Of the records, a host may pack a segment in the middle of it.
        if !error.isMissing || attempt == Self.attempts { throw error }
        CopiedFile.removeAll(target + "/" + part.path)
      }
    }
    return []
  }
}
