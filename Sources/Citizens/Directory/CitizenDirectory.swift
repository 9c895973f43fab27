package import TrustGraph

/// What the directory says of a name.
package enum CitizenLookup: Sendable, Equatable {
  /// The citizen, who is in Venice.
  case citizen(Citizen)
  /// The citizen is known, but not present in Venice.
  case notInVenice(Citizen)
  /// Nobody has this name.
  case notFound
  /// The directory can't be asked, or what it said can't be trusted: nobody is let in on it.
  case unavailable(DirectoryUnavailable)
}

/// How old an answer may be.
package enum LookupFreshness: Sendable {
  /// As old as the directory's client keeps answers.
  case cached
  /// Asked now, unless the name was unknown a moment ago.
  case fresh
  /// Asked now, whatever is kept, so that the time it takes doesn't tell what was.
  case anew
}

/// Why the directory gave no answer that can be used.
package struct DirectoryUnavailable: Error, Sendable, Equatable {
  /// What happened, for the log.
  package var reason: String
  /// Seconds after which asking again may help.
  package var retrySeconds: Int

  /// An absence for this reason.
  package init(_ reason: String, retrySeconds: Int = 5) {
    self.reason = reason
    self.retrySeconds = retrySeconds
  }
}

/// All relationships the directory was willing to tell at once.
package struct RelationshipList: Sendable, Equatable {
  /// The relationships, in the directory's order.
  package var relationships: [Relationship]
  /// Whether there may be more than these: ask for the pairs that matter one by one.
  package var isTruncated: Bool

  package init(_ relationships: [Relationship], isTruncated: Bool) {
    self.relationships = relationships
    self.isTruncated = isTruncated
  }
}

/// The source of truth for citizens and what stands between them.
package protocol CitizenDirectory: Sendable {
  /// What the directory says of the citizen with exactly this name.
  func citizen(named username: String, _ freshness: LookupFreshness) async -> CitizenLookup
  /// The relationships the directory tells at once. Throws when it can't be asked or trusted.
  func relationships() async throws(DirectoryUnavailable) -> RelationshipList
  /// What stands between two citizens, in either order; nil for nothing. Throws when it can't be asked or trusted.
  func relationship(
    between first: String, and second: String
  ) async throws(DirectoryUnavailable) -> Relationship?
}

extension CitizenDirectory {
  /// What the directory said of the citizen with exactly this name, now or a short while ago.
  package func citizen(named username: String) async -> CitizenLookup { await citizen(named: username, .cached) }
}
