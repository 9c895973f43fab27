/// Whether a host serves, and what speaks against it, in one place for all who tell it.
package struct HostStanding: Sendable, Equatable {
  /// The raw values are the words on the wire.
  package enum Status: String, Sendable {
    /// Decisions are served and kept, and nothing speaks against them.
    case ready
    /// Decisions are served and kept, and something speaks against the host all the same.
    case degraded
    /// No decisions are served, or none can be kept.
    case unavailable
  }

  /// How the host stands.
  package var status: Status
  /// Why, in a sentence that anybody may read; nil of a host that is ready.
  package var reason: String?

  /// How a host stands that doesn't serve for one reason, if there is one, and is doubtful for another.
  package init(unreadiness: String? = nil, doubt: String? = nil) {
    status = unreadiness != nil ? .unavailable : doubt != nil ? .degraded : .ready
    reason = unreadiness ?? doubt
  }
}

extension HostControl {
  /// How the host stands now.
  package var standing: HostStanding { HostStanding(unreadiness: unreadiness, doubt: doubt) }
}
