import Core
import Decisions
import Platform
import StoreSQLite

/// How databases lay when a host stopped. After a stop in order nobody writes them until the next start, so one that
/// differs then is damaged, or an older copy. After one without order, their ages are known as of a few seconds before.
enum LeftDatabases {
  /// The ledger is held against its checkpoints instead, and commands may write it between two hosts.
  private static let parts: [DataPart] = [.payments, .sessions, .graph]

  /// How old the databases in the directory `data` are, as far as they can be read. O(1).
  static func ages(in data: String) -> [DataPart: StoreAge] {
    var ages: [DataPart: StoreAge] = [:]
    for part in parts where part.isThere(in: data) {
      guard let store = StoreFormat.Store(rawValue: part.rawValue) else { continue }
      ages[part] = StoreAge.read(store, in: "\(data)/\(part.rawValue)")
    }
    return ages
  }

  /// The databases in the directory `data` that are there and older than `mark` knows them. O(1).
  static func older(than mark: DataMark, in data: String) -> [DataPart] {
    let ages = ages(in: data)
    return parts.filter { part in
      guard let known = mark.ages[part], let found = ages[part] else { return false }
      return !found.follows(known)
    }
  }

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
