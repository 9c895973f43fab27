internal import Core
internal import HTTPTypes

/// The cookie of the console's session: which one a request carries, and how it is set.
enum ConsoleCookie {
  /// The field in which the page sends its half.
  static let pageField = "x-cascade-session"
  /// Over HTTPS: bound to this host, and never sent in clear.
  private static let secureName = "__Host-cascade"
  /// On plain loopback, where browsers keep no secure cookie.
  private static let plainName = "cascade"
  /// How many cookies of the name are tried; other ports of localhost may set one, too.
  private static let tries = 4

  /// The halves that the request's cookies may be, the secure one first. O(bytes).
  static func values(in headers: HTTPFields) -> [String] {
    let pairs = headers.values("cookie").flatMap { $0.pieces(at: ";") }.map { String($0.trimmed) }
    let found = [secureName, plainName].flatMap { name in
      pairs.compactMap { $0.rest(behind: name + "=").map { String($0) } }
    }
    return Array(found.prefix(tries))
  }

  /// `Set-Cookie` for this half; an empty one ends the cookie. `seconds` is how long the token has.
  static func field(_ half: String, seconds: Int64, isSecure: Bool) -> String {
    let name = isSecure ? secureName : plainName
    let age = half.isEmpty ? 0 : seconds
    return "\(name)=\(half); Path=/; Max-Age=\(age); HttpOnly; SameSite=Strict" + (isSecure ? "; Secure" : "")
  }

  /// Whether the page that sends this is read over HTTPS, as its `Origin` says; nil when it is read in clear from
  /// beyond this machine, where nobody's session is safe.
  static func isSecure(origin: String?, authority: String?) -> Bool? {
    if origin?.begins(with: "https://") ?? false { return true }
    guard let authority, let host = Authority(authority), host.name.isLoopback else { return nil }
    return false
  }
}
