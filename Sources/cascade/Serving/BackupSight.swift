import Decisions
import Synchronization

/// When a backup of the host's data was verified last, as the command that took it noted among the acts of operators.
final class BackupSight: Sendable {
  private struct State {
    /// Up to where the acts were read.
    var position: UInt64 = 0
    /// When the last of them that was a backup was noted, milliseconds since 1970.
    var last: Int64?
  }

  /// Acts that are read at once, and their bytes.
  private static let page = (acts: 512, bytes: 256 << 10)
  /// Pages that are read at one look: of a long log, the rest at the next ones.
  private static let pages = 16
  /// What such an act is called.
  private static let what = "backup"

  private let audit: AuditLog
  private let state = Mutex(State())

  /// Reads these acts, from the first on.
  init(_ audit: AuditLog) { self.audit = audit }

  /// How many seconds ago at `now`, milliseconds since 1970, the last backup was verified; nil when none was, or the
  /// acts can't be read. Blocks. O(acts since the last look).
  func seconds(at now: Int64) -> Int64? {
    state.withLock { state in
      for _ in 0..<Self.pages {
        guard
          let part = try? audit.part(after: state.position, acts: Self.page.acts, bytes: Self.page.bytes)
        else { return nil }
        state.position = part.next
        let backups = part.acts.map(\.event).filter { $0.what == Self.what && $0.outcome == AuditEvent.done }
        state.last = backups.last?.milliseconds ?? state.last
        if part.isEnd { break }
      }
      return state.last.map { max(0, now - $0) / 1_000 }
    }
  }
}
