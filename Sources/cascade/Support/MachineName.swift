import Glibc

/// The name of this machine.
enum MachineName {
  /// Its host name, as far as it can be a host's name; `host` where it has none.
  static var text: String {
    var bytes = [CChar](repeating: 0, count: 256)
    guard gethostname(&bytes, bytes.count - 1) == 0 else { return "host" }
    let name = String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return SharedSettings.isName(name) ? name : "host"
  }
}
