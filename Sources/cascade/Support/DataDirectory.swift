import Glibc
import Platform

/// The layout of a host's data directory.
enum DataDirectory {
  /// A host's directory, unless one is named.
  static let live = ".cascade"

  /// A demonstration's directory, unless one is named.
  static let demo = ".cascade-demo"

  /// The directory of whichever of the two is here, a live host's first.
  static var usual: String { access(live, F_OK) != 0 && access(demo, F_OK) == 0 ? demo : live }

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

  /// The file that names the history of the logs; no backup holds it.
  static func epoch(in data: String) -> String { data + "/epoch" }

  /// The directory of what decided along; no backup holds it.
  static func shadow(in data: String) -> String { data + "/shadow" }

  /// The file of the platform's model of itself.
  static func awareness(in data: String) -> String { data + "/awareness.json" }

  /// Makes a process of root act as the directory's owner, so that what it writes is the owner's; any other process
  /// stays what it is. Throws when the system doesn't allow that.
  static func actAsOwner(of data: String) throws(ReadingError) {
    guard geteuid() == 0, let owner = try? FileSignature(data).owner, owner.user != 0 else { return }
    if setegid(owner.group) != 0 || seteuid(owner.user) != 0 {
      throw ReadingError(message: "can't act as the owner of \(data): \(String(cString: strerror(errno)))")
    }
  }

  /// Creates the directory if it is missing. Throws when that fails.
  static func make(_ data: String) throws(ReadingError) {
    do throws(FileError) { try Directory.make(data) } catch { throw ReadingError(message: error.description) }
  }

  /// Keeps a second host off the directory, which must exist, while the lock lives. Throws when another process holds
  /// it.
  static func lock(_ data: String) throws(ReadingError) -> FileLock {
    do throws(FileError) {
      if let lock = try FileLock(data + "/lock") { return lock }
    } catch {
      throw ReadingError(message: error.description)
    }
    throw ReadingError(message: "another host runs on \(data); stop it, or choose another --data")
  }
}
