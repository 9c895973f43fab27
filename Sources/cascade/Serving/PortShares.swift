import Server

/// The connections of both ports within what the process may have open, so that a port refuses with a word instead of
/// finding no descriptor.
struct PortShares: Sendable, Equatable {
  /// What is left for stores, records, clients of others and the watch of the rulebook.
  static let own = 512

  /// What both ports and everything else want.
  static var wanted: Int { APILimits().connections + DecisionPortLimits().connections + own }

  var api: Int
  var decisions: Int

  /// The API port's limits with its share.
  var apiLimits: APILimits {
    var limits = APILimits()
    limits.connections = api
    limits.reservedConnections = min(limits.reservedConnections, api / 4)
    return limits
  }

  /// The decision port's limits with its share.
  var decisionLimits: DecisionPortLimits {
    var limits = DecisionPortLimits()
    limits.connections = decisions
    limits.reservedConnections = min(limits.reservedConnections, decisions / 4)
    return limits
  }

  /// Whether they are less than the ports could take.
  var areCut: Bool { api < APILimits().connections || decisions < DecisionPortLimits().connections }

  /// The shares of a process that may have `descriptors` open: the ports' own limits, or else the same part of each.
  init(descriptors: Int) {
    let (api, decisions) = (APILimits().connections, DecisionPortLimits().connections)
    let left = max(2, descriptors - min(Self.own, descriptors / 2))
    if left >= api + decisions {
      (self.api, self.decisions) = (api, decisions)
    } else {
      self.api = max(1, left * api / (api + decisions))
      self.decisions = max(1, left - self.api)
    }
  }
}
