internal import Core

/// The logs of records by the folders they lie in, and by the names that checkpoints have for them.
enum RecordLogName {
  /// The folder of what isn't decided on a lane.
  static let elsewhere = "effects"
  private static let firstStage = "records"
  private static let host = "local/"
  private static let stored = "shared/"

  /// Whether this is the name of a log's folder: a lane's number, or ``elsewhere``.
  static func isFolder(_ name: String) -> Bool {
    name == elsewhere || !name.isEmpty && name.utf8.count <= 6 && name.utf8.allSatisfy { (0x30...0x39).contains($0) }
  }

  /// The folder of the log of this name in a checkpoint; nil when it isn't one of this host's. That of the first stage
  /// is empty.
  static func folder(ofLog name: String) -> String? {
    if name == firstStage { return "" }
    return name.rest(behind: host).flatMap { isFolder(String($0)) ? String($0) : nil }
  }

  /// What the ledger calls a log that all hosts store: no host's own log is called that.
  static func name(ofStored log: String) -> String { stored + log }

  /// The name of the log in this folder in a checkpoint.
  static func name(ofFolder folder: String) -> String { folder.isEmpty ? firstStage : host + folder }
}
