internal import Glibc

/// Why the system refused what was asked about a file or a directory.
package struct FileError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What was asked, as in "can't open".
  package var action: String
  /// The file or directory.
  package var path: String
  /// The error's number, as `errno` has it.
  package var number: Int32

  /// The error `number`, by default the calling thread's last one.
  package init(_ action: String, _ path: String, number: Int32 = errno) {
    self.action = action
    self.path = path
    self.number = number
  }

  /// What the system calls it: `No such file or directory`.
  package var reason: String { unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)" }

  /// Whether there is nothing at the path.
  package var isMissing: Bool { number == ENOENT || number == ENOTDIR }

  /// Whether no space is left, for the system, the user or the file.
  package var isFull: Bool { number == ENOSPC || number == EDQUOT || number == EFBIG }

  /// `can't open /data/lock: Permission denied`
  package var description: String { "can't \(action) \(path): \(reason)" }
}
