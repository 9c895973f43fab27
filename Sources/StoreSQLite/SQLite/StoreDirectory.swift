internal import Core
internal import Glibc

/// The folder of a store, which only its owner may enter.
enum StoreDirectory {
  /// Makes the folder at `path` and those above it with mode 0700, where there are none. Throws the system's first
  /// reason why one can't be made.
  static func make(_ path: String) throws(StoreError) {
    var current = path.begins(with: "/") ? "/" : ""
    for step in path.words(at: "/") {
      current += step
      if unsafe mkdir(current, 0o700) != 0 {
        let reason = unsafe String(cString: strerror(errno))
        var status = stat()
        guard unsafe stat(current, &status) == 0 else {
          throw StoreError(.io, "can't make the directory \(current)", cause: reason)
        }
      }
      current += "/"
    }
  }
}
