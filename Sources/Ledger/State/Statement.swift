package import Core

/// An entry that moves nothing and says something: a step of governance, an operator's act.
package struct Statement: Sendable, Equatable {
  /// What is too long for metadata: kept beside the entry, which names it by its hash.
  package struct Attachment: Sendable, Equatable {
    package let bytes: [UInt8]
    /// SHA-256 of the bytes, 64 hexadecimal digits.
    package let hash: String

    /// The attachment of these bytes, named by their hash. O(bytes).
    package init(_ bytes: [UInt8]) {
      self.bytes = bytes
      hash = Hexadecimal.text(Entry.hash(bytes))
    }
  }

  /// Chosen before it is sent; the same id again is the same statement again.
  package var id: Identifier
  /// One of the kinds without postings.
  package var kind: Entry.Kind
  /// The statement's pairs, of the host's own making.
  package var metadata: [ExactText: String]
  package var attachment: Attachment?

  /// A statement of these parts.
  package init(id: Identifier, kind: Entry.Kind, metadata: [ExactText: String], attachment: [UInt8]? = nil) {
    self.id = id
    self.kind = kind
    self.metadata = metadata
    self.attachment = attachment.map(Attachment.init)
  }
}

extension LedgerState {
  /// Adds a statement's entry, unless there is one with its id. Throws when that isn't loaded. O(size).
  mutating func apply(
    _ statement: Statement, now: Int64, changes: inout LedgerChanges
  ) throws(NotLoaded) -> EventResult {
    if let earlier = try loaded.past.entries.value(statement.id, NotLoaded(.entry, statement.id.description)) {
      return EventResult(.exists, earlier)
    }
    var draft = Draft(now: now, after: try head())
    var metadata = statement.metadata
    if let attachment = statement.attachment { metadata[Entry.ReservedKey.attachment] = attachment.hash }
    draft.append(
      Entry(
        sequence: draft.sequence, timestamp: draft.timestamp, kind: statement.kind, id: statement.id, postings: [],
        metadata: metadata),
      touching: [])
    let stored = try merge(draft, into: &changes)
    if let attachment = statement.attachment { changes.attachments.append(attachment) }
    return EventResult(.created, stored[0])
  }
}
