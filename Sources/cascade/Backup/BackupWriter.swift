import Core
import Decisions
import Ledger
import Platform
import StoreSQLite

/// Takes a backup of a data directory, also while a host goes on in it.
struct BackupWriter: Sendable {
  /// The directory that is copied.
  var data: String
  /// The backup's folder, which is made.
  var target: String

  /// How often the log of records is copied again when a host packed or added to a file in the middle of it.
  private static let attempts = 5

  /// Copies everything, in an order that leaves the copy whole. Gives the manifest, which isn't written and doesn't say
  /// yet what a verification finds. Throws what can't be read or written. O(bytes).
  func copy() async throws -> BackupManifest {
    guard let mark = try DataMark.read(in: data) else {
      throw ReadingError(message: "no host has kept anything in \(data) yet; --data names a host's data directory")
    }
    let began = WallClock.milliseconds()
    try Directory.make(target)
    var files: [BackupManifest.File] = []
    for part in DataPart.backedUp {
      switch part.copying {
      case .database: files += try database(part)
      case .files: files += part == .records ? try await records() : try copies(part)
      case .none: break
      }
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
    var files: [BackupManifest.File] = []
    for path in try CopiedFile.all(in: part.path, below: data) {
      let (size, hash) = try CopiedFile.copy(data + "/" + path, to: target + "/" + path)
      files.append(BackupManifest.File(path: path, size: size, sha256: hash))
    }
    return files
  }

  /// The log of records; a host may pack a segment, or write a frame, in the middle of it.
  private func records() async throws -> [BackupManifest.File] {
    let copy = DataDirectory.records(in: target)
    for attempt in 1... {
      do {
        let files = try copies(.records)
        let reader = RecordReader(directory: copy)
        // The ledger is copied later, and has at least the anchors of now.
        let anchors =
          LedgerLocation.isThere(data)
          ? try await LedgerLocation.reading(data) { try await reader.anchors(in: $0) } : RecordAnchors()
        let found = try reader.verify(anchors: anchors)
        if found.damage.isEmpty || attempt == Self.attempts { return files }
      } catch let error as FileError where error.isMissing && attempt < Self.attempts {}
      CopiedFile.removeAll(copy)
    }
    return []
  }
}
