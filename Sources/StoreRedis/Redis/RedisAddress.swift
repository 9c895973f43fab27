package import Core
internal import Cryptography

/// Where a Redis is: `redis://[:PASSWORD@]HOST[:PORT][/DATABASE]`. It prints without the password.
package struct RedisAddress: Sendable, CustomStringConvertible {
  /// The host's name or number.
  package let host: String
  /// 6379 unless the URL has another one.
  package let port: Int32
  /// Which of its numbered databases.
  package let database: Int
  let password: Secret?
  /// Whether there is a password in the URL.
  package var hasPassword: Bool { password != nil }

  /// The address of a URL. Throws `io` with what is wrong with it, and for one beyond this machine without a password.
  package init(_ url: String) throws(StoreError) {
    let scheme = "redis://"
    guard url.begins(with: scheme) else { throw Self.unreadable }
    var rest = Array(url.utf8.dropFirst(scheme.utf8.count))[...]
    var password: Secret?
    if let at = rest.lastIndex(of: UInt8(ascii: "@")) {
      // A user before the colon is Redis's "default".
      guard let colon = rest[..<at].firstIndex(of: UInt8(ascii: ":")) else { throw Self.unreadable }
      password = Secret(rest[(colon + 1)..<at])
      rest = rest[(at + 1)...]
    }
    var database = 0
    if let slash = rest.firstIndex(of: UInt8(ascii: "/")) {
      let number = rest[(slash + 1)...]
      if !number.isEmpty {
        guard let parsed = Int(String(decoding: number, as: UTF8.self)), (0..<16).contains(parsed) else {
          throw Self.unreadable
        }
        database = parsed
      }
      rest = rest[..<slash]
    }
    var port: Int32 = 6_379
    if let colon = rest.lastIndex(of: UInt8(ascii: ":")) {
      guard let parsed = UInt16(String(decoding: rest[(colon + 1)...], as: UTF8.self)), parsed > 0 else {
        throw Self.unreadable
      }
      port = Int32(parsed)
      rest = rest[..<colon]
    }
    let host = String(decoding: rest, as: UTF8.self)
    if host.isEmpty { throw Self.unreadable }
    let isLocal = host == "localhost" || host.begins(with: "127.")
    if !isLocal, password == nil {
      throw StoreError(.io, "a Redis beyond this machine needs a password: redis://:PASSWORD@HOST:PORT/DATABASE")
    }
    (self.host, self.port, self.database, self.password) = (host, port, database, password)
  }

  private static let unreadable = StoreError(
    .io, "a Redis is given as redis://[:PASSWORD@]HOST[:PORT][/DATABASE], with a database from 0 to 15")

  package var description: String { "redis://\(host):\(port)/\(database)" }
}
