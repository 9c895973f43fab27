import Core
import Decisions
import Platform
import Server
import Tokens

extension SettingsDesk {
  /// The desk of a host with these settings and stores.
  init(_ settings: ServeSettings, _ stores: OpenStores) {
    let (keys, audit) = (stores.keys, stores.data.audit)
    self.init(
      version: Version.text, settings: settings.shown, ring: { keys.issuer.ring },
      rotate: {
        let now = WallClock.milliseconds()
        return try await BlockingPool.shared.run {
          if try keys.directory.ring.current(now: now).isRotating { return false }
          _ = try keys.directory.ring.rotate(now: now)
          _ = try keys.issuer.refresh(now: now)
          return true
        }
      },
      revoke: { id in
        // No token lives longer from now on, so the entry may go then.
        let expiry = WallClock.milliseconds() / 1000 + TokenPurpose.longestSeconds
        try await BlockingPool.shared.run { try keys.revoked.revoke(id, expiry: expiry) }
      },
      acts: { count in
        try await BlockingPool.shared.run {
          var acts: [AuditEvent] = []
          _ = try audit.forEach(since: 0) { acts.append($0) }
          return Array(acts.suffix(count).reversed())
        }
      })
  }
}
