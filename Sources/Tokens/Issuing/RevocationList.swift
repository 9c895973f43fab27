package import Core
internal import Synchronization

/// Revoked tokens, in memory and in a document of lines `expiry jti` that hosts share. Reading skips expired lines;
/// opening removes them.
package final class RevocationList: RevokedTokens {
  /// Seconds for which an expired token stays listed, because clocks may differ.
  static let margin: Int64 = Int64(TokenLimits.leewaySeconds)

  private struct State {
    var expiries: [Identifier: Int64] = [:]
    var version: KeyVersion?
    /// Whether the document has changed and can't be read: then any token may have been revoked.
    var isBlind = false
    /// Since when it can't be read; nil when it can.
    var unreadableSince: ContinuousClock.Instant?
  }

  private let store: any KeyStore
  private let patience: Duration
  private let state = Mutex(State())

  /// Reads the revocations in `store`. While they can't be read later on, what was known counts for as long as
  /// `patience`, and then every token as revoked. Waits for the disk. Throws when they can't be read or written, others
  /// may read them, or they lack some of those that were `known` before, by ``endings(now:)``.
  package init(
    _ store: any KeyStore, known: [Int64: Int] = [:], now: Int64, patience: Duration = .zero
  ) throws(TokenError) {
    self.store = store
    self.patience = patience
    try store.change(.revoked) { (bytes) throws(TokenError) in
      let all = Self.parse(bytes ?? [])
      let left = all.filter { Self.matters($0.value, now) }
      if left.count == all.count { return nil }
      let lines = left.sorted { $0.key < $1.key }.map { Self.line($0.key, $0.value) }
      return Array(lines.joined().utf8)
    }
    _ = try refresh(now: now)
    let read = endings(now: now)
    let lost = known.reduce(0) { lost, ending in
      // Those that end within the first minute may be forgotten by now.
      ending.key > now / 60_000 ? lost + max(0, ending.value - (read[ending.key] ?? 0)) : lost
    }
    guard lost == 0 else {
      throw TokenError(
        "\(store.place(of: .revoked)) lacks \(lost) revoked tokens that have not ended, so they would be valid again; "
          + "put back a copy, or go on without them by --accept-loss revoked")
    }
  }

  /// How many of the revoked tokens end in each minute since 1970, without those that have ended.
  /// O(revocations).
  package func endings(now: Int64) -> [Int64: Int] {
    state.withLock { state in
      state.expiries.values.reduce(into: [:]) { endings, expiry in
        if expiry >= now / 1000 { endings[expiry / 60, default: 0] += 1 }
      }
    }
  }

  /// The number of revocations in memory.
  package var count: Int { state.withLock { $0.expiries.count } }

  /// Whether what other processes revoked is known; while it isn't, every token counts as revoked.
  package var isReadable: Bool { state.withLock { !$0.isBlind } }

  /// Whether the token of this `jti` was revoked, as far as that is known: while the file can't be read, every one was.
  package func isRevoked(_ identity: Identifier) -> Bool {
    state.withLock { $0.isBlind || $0.expiries[identity] != nil }
  }

  /// Revokes a token; see ``RevokedTokens/revoke(_:expiry:)``.
  package func revoke(_ identity: Identifier, expiry: Int64) throws(TokenError) {
    if state.withLock({ $0.expiries[identity] != nil }) { return }
    try store.append(Array(Self.line(identity, expiry).utf8), to: .revoked)
    state.withLock { $0.expiries[identity] = expiry }
  }

  /// Reads other hosts' revocations and forgets expired ones; true when they had changed. Call it about once a
  /// second. Waits for the disk. Throws when they can't be read; until they can, every token counts as revoked.
  /// O(revocations) after a change.
  package func refresh(now: Int64) throws(TokenError) -> Bool {
    let version = store.version(of: .revoked)
    if state.withLock({ $0.unreadableSince == nil && $0.version == version }) { return false }
    let bytes: [UInt8]
    do throws(TokenError) {
      bytes = try store.read(.revoked) ?? []
    } catch {
      state.withLock { state in
        let since = state.unreadableSince ?? .now
        state.unreadableSince = since
        state.isBlind = since.duration(to: .now) >= patience
      }
      throw error
    }
    let read = Self.parse(bytes).filter { Self.matters($0.value, now) }
    state.withLock { state in
      // Keep revocations that this process made while it read the file.
      state.expiries = state.expiries.filter { Self.matters($0.value, now) }.merging(read) { max($0, $1) }
      state.version = version
      state.isBlind = false
      state.unreadableSince = nil
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
