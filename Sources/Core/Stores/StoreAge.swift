/// What tells an older copy of a store's file from the newest: a number in the file, which goes up while the store
/// changes and with each opening for writing.
package struct StoreAge: Sendable, Equatable {
  /// The number that readers of the store see.
  package var content: Int64
  /// The number in the file alone, without the log of writes beside it.
  package var file: Int64

  /// The age of a store with these numbers.
  package init(content: Int64, file: Int64) {
    self.content = content
    self.file = file
  }

  /// Whether a store that was of the age `other` may be of this one now: neither number went back.
  package func follows(_ other: StoreAge) -> Bool { content >= other.content && file >= other.file }
}
