package import Core

/// What a host saw of itself at one step.
package struct SelfReading: Sendable {
  /// One part of the platform, as it was looked at.
  package struct Component: Sendable {
    /// The module's name, such as `ledger`.
    package var name: String
    /// Whether its probe found it healthy; nil when it couldn't be probed.
    package var isHealthy: Bool?
    /// Why not, for people; nil when it is.
    package var problem: String?

    /// A component with what its probe found.
    package init(_ name: String, isHealthy: Bool?, problem: String? = nil) {
      self.name = name
      self.isHealthy = isHealthy
      self.problem = problem
    }
  }

  /// How often something happened since the step before, and how often it was bad.
  package struct Cases: Sendable {
    /// How many of them were bad.
    package var bad: Int
    /// How many there were.
    package var all: Int

    /// So many bad ones of so many.
    package init(bad: Int, all: Int) { (self.bad, self.all) = (bad, all) }
  }

  /// When, milliseconds since 1970.
  package var now: Int64
  /// The parts that were looked at.
  package var components: [Component] = []
  /// The values of the series, with the part that each is of.
  package var values: [(name: String, component: String, value: Double)] = []
  /// Of those series that are shares, by name, what each is a share of.
  package var cases: [String: Cases] = [:]
  /// Which part called which since the step before.
  package var calls: [SelfCall] = []
  /// What can be asked for now.
  package var offered: [SelfSight] = []
  /// What was asked for since the step before.
  package var asked: [SelfSight] = []
  /// What else the host doesn't know of itself, by name.
  package var blind: [(name: String, value: JSON)] = []

  /// A reading at this time.
  package init(now: Int64) { self.now = now }
}

/// A call from one part of the platform to another.
package struct SelfCall: Sendable, Hashable, Comparable {
  /// The module that called.
  package var from: String
  /// The module that was called.
  package var to: String

  /// A call between these.
  package init(_ from: String, _ to: String) {
    self.from = from
    self.to = to
  }

  /// Sorts by both names.
  package static func < (left: SelfCall, right: SelfCall) -> Bool { (left.from, left.to) < (right.from, right.to) }
}

/// Something that others ask for: a decision, a route or a host call.
package struct SelfSight: Sendable, Hashable, Comparable {
  /// What kind of thing.
  package enum Kind: String, Sendable {
    case decision
    case hostCall = "host_call"
    case route
  }

  /// What kind of thing.
  package var kind: Kind
  /// What it is called: `tier.assign`, `GET /v1/awareness`.
  package var name: String

  /// A thing of this name.
  package init(_ kind: Kind, _ name: String) {
    self.kind = kind
    self.name = name
  }

  /// Sorts by kind and name.
  package static func < (left: SelfSight, right: SelfSight) -> Bool {
    (left.kind.rawValue, left.name) < (right.kind.rawValue, right.name)
  }
}
