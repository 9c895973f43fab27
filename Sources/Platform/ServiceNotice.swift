internal import Glibc

/// Tells whoever started the process how it is: systemd's notices (sd_notify(3)), where it asked for them.
package struct ServiceNotice: Sendable {
  private let address: [UInt8]
  /// How often the process must say that it works; nil when nobody watches it.
  package let watchdog: Duration?

  /// Who is to be told, as the environment says; nil when nobody is. Programs that this process starts tell nobody: the
  /// variables are gone then. To be called before other threads start.
  package init?() {
    func take(_ name: String) -> String? {
      defer { unsafe unsetenv(name) }
      return unsafe getenv(name).map { unsafe String(cString: $0) }
    }
    let (path, process, period) = (take("NOTIFY_SOCKET"), take("WATCHDOG_PID"), take("WATCHDOG_USEC"))
    guard let path, path.utf8.count > 1, path.utf8.count < 108 else { return nil }
    switch path.utf8.first {
    case UInt8(ascii: "/"): address = Array(path.utf8)
    case UInt8(ascii: "@"): address = [0] + Array(path.utf8.dropFirst())
    default: return nil
    }
    let isMine = process.map { Int32($0) == getpid() } ?? true
    let microseconds = isMine ? period.flatMap { Int64($0) } : nil
    watchdog = microseconds.flatMap { $0 > 0 ? .microseconds($0) : nil }
  }

  /// Tells it: lines such as `READY=1`. Never waits; what the other side doesn't take is lost.
  package func send(_ text: String) {
    let socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    if socket < 0 { return }
    defer { close(socket) }
    var target = sockaddr_un()
    target.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &target.sun_path) { unsafe $0.copyBytes(from: address) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + address.count)
    let bytes = Array(text.utf8)
    _ = unsafe withUnsafePointer(to: &target) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe sendto(socket, bytes, bytes.count, Int32(MSG_DONTWAIT | Int(MSG_NOSIGNAL)), $0, length)
      }
    }
  }
}
