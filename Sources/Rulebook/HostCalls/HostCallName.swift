/// Everything a rule can ask of the host, by the name it is declared with in `uses`.
///
/// A call's place among ``allCases`` is its number in every machine; the editor's types are made from this too.
package enum HostCallName: String, Sendable, CaseIterable {
  case balance = "ledger.balance"
  case post = "ledger.post"
  case hold = "ledger.hold"
  case settle = "ledger.settle"
  case void = "ledger.void"
  case sign = "token.sign"
  case metrics = "graph.metrics"
  case nullModel = "graph.null_model"
  case network = "graph.network"
  case take = "limit.take"

  /// The call of this number; nil when there is none.
  package init?(number: Int) {
    guard Self.allCases.indices.contains(number) else { return nil }
    self = Self.allCases[number]
  }

  /// The call's number in every machine.
  package var number: Int { Self.allCases.firstIndex(of: self) ?? 0 }

  /// Whether the call leaves something behind when the decision commits.
  package var hasEffect: Bool {
    switch self {
    case .balance, .metrics, .nullModel, .network: false
    case .post, .hold, .settle, .void, .sign, .take: true
    }
  }

  /// One sentence for people.
  package var summary: String {
    switch self {
    case .balance: "What an account has available; nil when there is none."
    case .post: "Moves money when the decision commits."
    case .hold: "Holds money when the decision commits, to be settled or voided."
    case .settle: "Moves what was held, or less; the rest is released."
    case .void: "Releases what was held."
    case .sign: "Signs a token after the commit; answers what stands in for it."
    case .metrics: "What the trust graph says about a citizen; nil when it doesn't know the name."
    case .nullModel: "A citizen's triangles against rewired graphs; nil when the graph doesn't know the name."
    case .network: "What the trust graph says about everybody."
    case .take: "Takes of what a period has; refuses as limit_exceeded when too little is left."
    }
  }

  /// The parameters in lua-language-server's notation.
  package var parameters: [(name: String, type: String)] {
    switch self {
    case .balance: [("account", "string")]
    case .post: [("transfer", "cascade.Transfer")]
    case .hold: [("transfer", "cascade.HoldRequest")]
    case .settle: [("settlement", "cascade.Settlement")]
    case .void: [("settlement", "cascade.Settlement")]
    case .sign: [("request", "cascade.TokenRequest")]
    case .metrics: [("citizen", "string"), ("options", "cascade.MetricsOptions")]
    case .nullModel: [("citizen", "string"), ("options", "cascade.NullModelOptions")]
    case .network: [("options", "cascade.NetworkOptions")]
    case .take: [("limit", "cascade.LimitRequest")]
    }
  }

  /// What it answers, in the same notation.
  package var result: String {
    switch self {
    case .balance: "cascade.Amount?"
    case .post, .hold, .settle, .void: "cascade.Intent"
    case .sign: "string"
    case .metrics: "cascade.GraphMetrics?"
    case .nullModel: "cascade.NullModel?"
    case .network: "table"
    case .take: "cascade.Limit"
    }
  }
}
