import Decisions
import Platform

/// How databases lay when a host stopped in order. Nobody writes them until the next start, so one that differs then is
/// damaged, or an older copy. After a stop without order, nothing is known of them.
enum LeftDatabases {
  /// The ledger is held against its checkpoints instead, and commands may write it between two hosts.
  private static let parts: [DataPart] = [.payments, .sessions, .graph]

  /// The hashes of the databases in the directory `data` that are closed and whole in one file. O(bytes).
  static func digests(in data: String) -> [DataPart: String] {
    var digests: [DataPart: String] = [:]
    for part in parts where part.isThere(in: data) && isClosed(data + "/" + part.path) {
      digests[part] = digest(of: part, in: data)
    }
    return digests
  }

  /// The databases in the directory `data` that are there and aren't as `mark` knows them. O(bytes).
  static func changed(since mark: DataMark, in data: String) -> [DataPart] {
    parts.filter { part in
      guard let known = mark.left[part], part.isThere(in: data) else { return false }
      return digest(of: part, in: data).map { $0 != known } ?? false
    }
  }

  /// What can't be read is said by whoever opens it.
  private static func digest(of part: DataPart, in data: String) -> String? {
    try? CopiedFile.hash(data + "/" + part.path).sha256
  }

  /// Whether nothing of it is still in its write-ahead log.
  private static func isClosed(_ path: String) -> Bool { (try? FileSignature(path + "-wal").size) ?? 0 == 0 }
}
