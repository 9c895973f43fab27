/// Why a rulebook can't be watched.
package struct WatchError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What kind of trouble it is; the raw value is the wire name.
  package enum Code: String, Sendable {
    /// The system refused a descriptor, a thread or an inotify instance.
    case unavailable = "watch_unavailable"
    /// The rulebook has more directories than may be watched.
    case tooManyDirectories = "watch_too_many_directories"
  }

  /// What kind of trouble it is.
  package var code: Code
  /// What happened and what to do.
  package var message: String

  /// An error with this code and message.
  package init(code: Code, message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
