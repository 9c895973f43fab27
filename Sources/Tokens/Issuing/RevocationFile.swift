package import Core
internal import Synchronization

/// Revoked tokens, in memory and in a file of lines `expiry jti` that hosts share. Reading skips expired lines; opening
/// removes them.
package final class RevocationFile: RevokedTokens {
  /// Seconds for which an expired token stays listed, because clocks may differ.
  static let margin: Int64 = Int64(TokenLimits.leewaySeconds)

  private struct State {
    var expiries: [Identifier: Int64] = [:]
    var stamp: PrivateFile.Stamp?
  }

  private let file: PrivateFile
  private let state = Mutex(State())

  /// Opens the revocations in `directory`. Waits for the disk. Throws when the file can't be read or written, or others
  /// may read it.
  package init(_ directory: KeyDirectory, now: Int64) throws(TokenError) {
    let file = PrivateFile(path: directory.path + "/revoked")
    self.file = file
    try file.locked { () throws(TokenError) in
      guard let bytes = try file.read() else { return }
      let all = Self.parse(bytes)
      let left = all.filter { Self.matters($0.value, now) }
      if left.count < all.count {
        let lines = left.sorted { $0.key < $1.key }.map { Self.line($0.key, $0.value) }
        try file.replace(with: Array(lines.joined().utf8))
      }
    }
    _ = try refresh(now: now)
  }

  /// The number of revocations in memory.
  package var count: Int { state.withLock { $0.expiries.count } }

  /// Whether the token of this `jti` was revoked.
  package func isRevoked(_ identity: Identifier) -> Bool { state.withLock { $0.expiries[identity] != nil } }

  /// Revokes a token; see ``RevokedTokens/revoke(_:expiry:)``.
  package func revoke(_ identity: Identifier, expiry: Int64) throws(TokenError) {
    if isRevoked(identity) { return }
    try file.locked { () throws(TokenError) in
      try file.append(Array(Self.line(identity, expiry).utf8))
    }
    state.withLock { $0.expiries[identity] = expiry }
  }

  /// Reads other hosts' revocations and forgets expired ones; true when the file had changed. Call it about once a
  /// second. Waits for the disk. O(revocations) after a change.
  package func refresh(now: Int64) throws(TokenError) -> Bool {
    let stamp = file.stamp
    if stamp == state.withLock({ $0.stamp }) { return false }
    let read = Self.parse(try file.read() ?? []).filter { Self.matters($0.value, now) }
    state.withLock { state in
      // Keep revocations that this process made while it read the file.
      state.expiries = state.expiries.filter { Self.matters($0.value, now) }.merging(read) { max($0, $1) }
      state.stamp = stamp
    }
    return true
  }

  private static func matters(_ expiry: Int64, _ now: Int64) -> Bool { expiry >= now / 1000 - margin }

  /// Starts with a newline as well, in case a power cut left half a line.
  private static func line(_ identity: Identifier, _ expiry: Int64) -> String { "\n\(expiry) \(identity)\n" }

  /// Skips half a line: its revocation was never acknowledged.
  private static func parse(_ bytes: [UInt8]) -> [Identifier: Int64] {
    var out: [Identifier: Int64] = [:]
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      let parts = String(decoding: line, as: UTF8.self).words()
      if parts.count == 2, let expiry = Int64(parts[0]), let identity = Identifier(parts[1]) { out[identity] = expiry }
    }
    return out
  }
}
