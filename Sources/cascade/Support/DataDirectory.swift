import Glibc

/// What lies where in the directory that holds what a host keeps.
enum DataDirectory {
  /// The ledger's own directory in `data`.
  static func ledger(in data: String) -> String { data + "/ledger" }

  /// The directory of the records of decisions without effects.
  static func records(in data: String) -> String { data + "/records" }

  /// The signed checkpoints of the ledger.
  static func checkpoints(in data: String) -> String { data + "/checkpoints" }

  /// The rulebooks that ever decided.
  static func rulebooks(in data: String) -> String { data + "/rulebooks" }

  /// The directory of the citizens' sessions.
  static func sessions(in data: String) -> String { data + "/sessions" }

  /// The directory of the payments.
  static func payments(in data: String) -> String { data + "/payments" }

  /// The trust graph's own directory.
  static func graph(in data: String) -> String { data + "/graph" }

  /// Makes the directory unless it is there. Throws when it can't be made.
  static func make(_ data: String) throws(ReadingError) {
    if mkdir(data, 0o700) != 0, errno != EEXIST {
      throw ReadingError(message: "can't make \(data): \(String(cString: strerror(errno)))")
    }
  }
}
