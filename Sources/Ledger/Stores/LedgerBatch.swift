/// What one transaction of a store did: a sweep, then submissions of many callers.
package struct LedgerBatch: Sendable {
  /// What the sweep changed, until somebody is told of it.
  package var swept = LedgerChanges()
  /// What became of each submission; nil for one that brought nothing.
  package var committed: [Committed?] = []

  /// Nothing was done yet.
  package init() {}

  /// Whether there is nothing to write. O(submissions).
  package var isEmpty: Bool { swept.isEmpty && committed.allSatisfy { $0?.changes.isEmpty ?? true } }
  /// In the order in which it happened.
  package var changes: [LedgerChanges] { [swept] + committed.compactMap { $0?.changes } }

  /// Tells `next` first of what the sweep changed, unless somebody was told before. O(changes).
  package mutating func giveSwept(to next: inout Committed?) {
    if swept.isEmpty { return }
    swept.append(next?.changes ?? LedgerChanges())
    next?.changes = swept
    swept = LedgerChanges()
  }
}
