internal import HTTPTypes

/// The routes that the console's pages use: only there its session is taken.
struct ConsoleRoutes: Sendable {
  /// The operations by name.
  static let names: Set<String> = [
    // The session itself.
    "closeConsole",
    // Now, and the story of one decision.
    "getMetrics", "readStream", "getRecords", "getRecord", "explainRecord", "evaluate",
    // Rules and their changes.
    "getRulebook", "reloadRulebook", "rollBackRulebook", "getRulebookFiles", "getGenerations", "checkRulebook",
    "listDecisions", "beginBacktest", "getBacktest", "getFlips", "deleteBacktest", "getGovernance",
    "getProposals", "getProposal", "getAudit",
    // Money.
    "listAccounts", "getAccount", "listEntries", "listHolds", "getTransfer", "getCheckpoint", "proveEntry",
    "getPayment", "listPayments",
    // Trust and the platform itself.
    "getMeasurement", "getGraphStats", "getGraphWindow", "listCitizens", "getAwareness", "getObjectives",
    // Settings.
    "getSettings", "rotateKeys", "revokeToken",
  ]

  private let endpoints: [Endpoint]

  /// Those of them that are among `endpoints`.
  init(_ endpoints: [Endpoint]) { self.endpoints = endpoints.filter { Self.names.contains($0.name) } }

  /// Whether the session is taken there. O(routes · length).
  func has(_ method: HTTPRequest.Method, _ path: String) -> Bool {
    let method = method == .head ? .get : method
    return endpoints.contains { $0.method == method && $0.matches(path: path) }
  }
}
