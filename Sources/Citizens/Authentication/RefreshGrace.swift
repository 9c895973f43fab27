internal import Core

/// Who may repeat a refresh: two tabs of one browser that refresh at the same moment send the same token. Decides only:
/// time comes from outside.
///
/// Holds which token was replaced last in a session, for whom, and when; no token that could be used. It lives as long
/// as the process: after a restart, a token that was replaced ends its session at once.
struct RefreshGrace: Sendable {
  private struct Replacement: Sendable {
    var digest: [UInt8]
    var client: String
    var moment: Int64
  }

  private let life: Int64
  private let limit: Int
  private var replacements: [Identifier: Replacement] = [:]

  /// Nobody may repeat anything. A refresh may be repeated for `life` milliseconds; at most `limit` are held.
  init(life: Int64, limit: Int) {
    self.life = life
    self.limit = limit
  }

  /// How many are held.
  var count: Int { replacements.count }

  /// Notes that `client` replaced the token of this hash at `now`, in milliseconds since 1970: nobody may repeat what
  /// was replaced before it. A client that isn't known may never repeat. O(1), but for those that are over being
  /// dropped.
  mutating func note(_ session: Identifier, replaced digest: [UInt8], by client: String?, now: Int64) {
    replacements[session] = nil
    guard let client else { return }
    if replacements.count >= limit { replacements = replacements.filter { isOpen($0.value, now) } }
    if replacements.count < limit {
      replacements[session] = Replacement(digest: digest, client: client, moment: now)
    }
  }

  /// Whether `client` may repeat the refresh with the token of this hash. O(1).
  func allows(_ session: Identifier, repeating digest: [UInt8], by client: String?, now: Int64) -> Bool {
    guard let client, let replacement = replacements[session] else { return false }
    return isOpen(replacement, now) && replacement.digest == digest && replacement.client.isSame(as: client)
  }

  private func isOpen(_ replacement: Replacement, _ now: Int64) -> Bool {
    replacement.moment <= now && now - replacement.moment <= life
  }
}
