import Core
import Decisions
import Platform

/// What a backup says of itself, in its file `backup.json`, which is written last: without it, it is none.
struct BackupManifest: Sendable, Equatable {
  /// A file of the backup.
  struct File: Sendable, Equatable {
    /// Where it is, relative to the backup's folder and to a data directory alike.
    var path: String
    var size: Int64
    /// The hash of its content, 64 hexadecimal digits.
    var sha256: String
  }

  /// The version of the form.
  private static let format: Int64 = 1
  /// The name of its file.
  static let name = "backup.json"
  private static let limit = 256 << 20

  /// Whose data they are.
  var use: DataMark.Use
  /// The program that made it.
  var version: String
  /// When it was begun, milliseconds since 1970.
  var milliseconds: Int64
  /// The ledger's name, number of entries and hash.
  var ledger: String
  var size: Int64
  var head: String
  /// Decision records in the log.
  var records: Int64
  var parts: Set<DataPart>
  var files: [File]

  /// The manifest of the backup in `directory`. Throws when there is none, or it can't be read.
  static func read(in directory: String) throws -> BackupManifest {
    let path = directory + "/" + name
    guard Platform.File.exists(path) else {
      throw ReadingError(message: "\(directory) is no whole backup: it has no \(name), which is written last")
    }
    guard
      let json = try? JSON(parsing: Platform.File.read(path, limit: limit), limits: JSON.ParsingLimits(bytes: limit)),
      let version = json["format"]?.integer
    else { throw ReadingError(message: "\(path) is damaged; use another backup") }
    if version > format {
      let maker = json["cascade"]?.string.map { "cascade \($0)" } ?? "a later version"
      throw ReadingError(
        message: "\(maker) made \(directory), in a form that this one doesn't know; restore it by that one")
    }
    guard let manifest = BackupManifest(json) else {
      throw ReadingError(message: "\(path) is damaged; use another backup")
    }
    return manifest
  }

  /// Where the backup in `directory` ends before anything was shipped into it. Throws when its file can't be read.
  func end(in directory: String) throws(FileError) -> ShipmentJournal.End {
    ShipmentJournal.End(
      number: 0, hash: try CopiedFile.hash(directory + "/" + Self.name).sha256, milliseconds: milliseconds, size: size,
      head: head)
  }

  /// Writes it durably into `directory`.
  func write(in directory: String) throws(FileError) {
    try Platform.File.replace(directory + "/" + Self.name, with: Array((json.prettyText + "\n").utf8))
  }
}

extension BackupManifest {
  /// The form in which it is written.
  private var json: JSON {
    [
      "format": .integer(Self.format), "use": .string(use.rawValue), "cascade": .string(version),
      "at": .integer(milliseconds), "ledger": .string(ledger), "size": .integer(size), "head": .string(head),
      "records": .integer(records),
      "parts": .array(DataPart.allCases.filter(parts.contains).map { .string($0.rawValue) }),
      "files": .array(
        files.map { ["path": .string($0.path), "size": .integer($0.size), "sha256": .string($0.sha256)] }),
    ]
  }

  private init?(_ json: JSON) {
    guard let use = json["use"]?.string.flatMap(DataMark.Use.init(rawValue:)), let version = json["cascade"]?.string,
      let milliseconds = json["at"]?.integer, let ledger = json["ledger"]?.string, let size = json["size"]?.integer,
      let head = json["head"]?.string, let records = json["records"]?.integer, let parts = json["parts"]?.array,
      let files = json["files"]?.array
    else { return nil }
    self.init(
      use: use, version: version, milliseconds: milliseconds, ledger: ledger, size: size, head: head,
      records: records, parts: [], files: [])
    for part in parts {
      guard let part = part.string.flatMap(DataPart.init(rawValue:)) else { return nil }
      self.parts.insert(part)
    }
    for file in files {
      guard let path = file["path"]?.string, let size = file["size"]?.integer, let hash = file["sha256"]?.string,
        Self.isInside(path)
      else { return nil }
      self.files.append(File(path: path, size: size, sha256: hash))
    }
  }

  /// Whether a path leads into the folder and nowhere else.
  static func isInside(_ path: String) -> Bool {
    path.pieces(at: "/").allSatisfy { step in
      let step = String(step)
      return !step.isEmpty && !step.isSame(as: ".") && !step.isSame(as: "..")
    }
  }
}
