import Core
import Cryptography
import FoundationEssentials
import Testing
import Tokens

/// A data directory of its own, with an issuer whose ring lies there.
final class KeyFolder: Sendable {
  static let now: Int64 = 1_700_000_000_000

  let data: String
  let keys: KeyDirectory

  init() throws {
    data = FileManager.default.temporaryDirectory.appending(path: "keys-\(SecureRandom.word())").path
    keys = try KeyDirectory(data: data)
  }

  deinit { try? FileManager.default.removeItem(atPath: data) }

  func issuer(_ name: String = "https://cascade.example", now: Int64 = now) throws -> Issuer {
    try Issuer(name: name, ring: keys.ring, now: now)
  }
}

extension JSON {
  /// The claims of a token, unchecked.
  static func claims(of token: String) throws -> JSON {
    let parts = token.split(separator: ".")
    let payload = try #require(parts.count == 3 ? Base64URL.bytes(parts[1]) : nil)
    return try JSON(parsing: payload)
  }
}
