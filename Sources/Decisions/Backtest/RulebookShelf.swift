package import Rulebook
internal import Synchronization

/// The rulebooks that records name, loaded once each. Any thread may ask; loading takes the caller's.
package final class RulebookShelf: Sendable {
  private let archive: RulebookArchive
  private let loaded = Mutex<[String: Result<CheckedRulebook, HistoryReason>]>([:])

  /// Rulebooks that are kept.
  private static let rulebooks = 64

  /// Loads rulebooks from `archive` when they are asked for.
  package init(_ archive: RulebookArchive) { self.archive = archive }

  /// The rulebook of this digest, or why it can't be had. O(rulebook) the first time.
  package func rulebook(_ digest: String) -> Result<CheckedRulebook, HistoryReason> {
    loaded.withLock { loaded in
      if let known = loaded[digest] { return known }
      let result = load(digest)
      if loaded.count >= Self.rulebooks { loaded.removeAll() }
      loaded[digest] = result
      return result
    }
  }

  private func load(_ digest: String) -> Result<CheckedRulebook, HistoryReason> {
    do throws(RulebookError) {
      return .success(try archive.rulebook(digest))
    } catch {
      return .failure(HistoryReason(text: error.message))
    }
  }
}
