import Glibc

/// What lies where in the directory that holds what a host keeps.
enum DataDirectory {
  /// The trust graph's own directory in `data`.
  static func graph(in data: String) -> String { data + "/graph" }

  /// Makes the directory unless it is there. Throws when it can't be made.
  static func make(_ data: String) throws(ReadingError) {
    if mkdir(data, 0o700) != 0, errno != EEXIST {
      throw ReadingError(message: "can't make \(data): \(String(cString: strerror(errno)))")
    }
  }
}
