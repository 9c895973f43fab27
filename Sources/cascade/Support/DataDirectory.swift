import Glibc

/// The layout of a host's data directory.
enum DataDirectory {
  /// The directory of the ledger.
  static func ledger(in data: String) -> String { data + "/ledger" }

  /// The directory of the records of decisions without effects.
  static func records(in data: String) -> String { data + "/records" }

  /// The directory of the ledger's signed checkpoints.
  static func checkpoints(in data: String) -> String { data + "/checkpoints" }

  /// The directory of every rulebook that ever decided.
  static func rulebooks(in data: String) -> String { data + "/rulebooks" }

  /// The directory of the citizens' sessions.
  static func sessions(in data: String) -> String { data + "/sessions" }

  /// The directory of the payments.
  static func payments(in data: String) -> String { data + "/payments" }

  /// The directory of the trust graph.
  static func graph(in data: String) -> String { data + "/graph" }

  /// Creates the directory if it is missing. Throws when that fails.
  static func make(_ data: String) throws(ReadingError) {
    if mkdir(data, 0o700) != 0, errno != EEXIST {
      throw ReadingError(message: "can't make \(data): \(String(cString: strerror(errno)))")
    }
  }
}
