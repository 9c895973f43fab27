import Core
import Platform
import Rulebook

/// Rulebooks that hosts share, each also in the archive of this host once it has loaded it: what replays its own
/// records finds them there.
struct ArchivedRulebooks: RulebookStore {
  let store: any RulebookStore
  let archive: RulebookArchive

  func stage(_ snapshot: RulebookSnapshot) async throws(StoreError) -> Int {
    try await keep(snapshot)
    return try await store.stage(snapshot)
  }

  func snapshot(_ digest: String) async throws(StoreError) -> RulebookSnapshot? {
    guard let snapshot = try await store.snapshot(digest) else { return nil }
    try await keep(snapshot)
    return snapshot
  }

  func activate(_ activation: RulebookActivation) async throws(StoreError) { try await store.activate(activation) }
  func begin(_ activation: RulebookActivation) async throws(StoreError) { try await store.begin(activation) }
  func current() async throws(StoreError) -> RulebookActivation? { try await store.current() }

  private func keep(_ snapshot: RulebookSnapshot) async throws(StoreError) {
    do {
      try await BlockingPool.shared.run { [archive] in try archive.store(snapshot) }
    } catch {
      throw StoreError(.io, (error as? RulebookError)?.message ?? "\(error)")
    }
  }
}
