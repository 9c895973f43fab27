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

  /// When, milliseconds since 1970.
  package var now: Int64
  /// The parts that were looked at.
  package var components: [Component] = []
  /// The values of the series, with the part that each is of.
  package var values: [(name: String, component: String, value: Double)] = []
  /// Which part called which since the step before.
  package var calls: [SelfCall] = []

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
