import Server

/// The limits of both ports, whose connections are within what the process may have open, so that a port refuses with a
/// word instead of finding no descriptor.
struct PortShares: Sendable {
  /// What is left for stores, records, clients of others and the watch of the rulebook.
  private static let own = 512

  /// What both ports and everything else want.
  static var wanted: Int { APILimits().connections.total + DecisionPortLimits().connections.total + own }

  private(set) var api = APILimits()
  private(set) var decisions = DecisionPortLimits()
  /// Whether they take less than they could.
  let areCut: Bool

  /// The shares of a process that may have `descriptors` open: the ports' own limits, or else the same part of each.
  init(descriptors: Int) {
    let all = api.connections.total + decisions.connections.total
    let left = max(2, descriptors - min(Self.own, descriptors / 2))
    areCut = left < all
    if !areCut { return }
    api.connections.cut(to: max(1, left * api.connections.total / all))
    decisions.connections.cut(to: max(1, left - api.connections.total))
  }
}
