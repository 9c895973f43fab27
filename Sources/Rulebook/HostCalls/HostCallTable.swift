/// One thing a rule can ask of the host.
package struct HostCall: Sendable, Hashable {
  /// `ledger.balance`; a rule writes `host.ledger.balance(…)`.
  package let name: String
  /// Whether the call leaves something behind when the decision commits.
  package let hasEffect: Bool
  /// One sentence for people.
  package let summary: String
  /// The parameters in lua-language-server's notation.
  package let parameters: [(name: String, type: String)]
  /// What it answers, in the same notation; nil when it answers nothing.
  package let result: String?

  /// Equal when the names are: they are unique.
  package static func == (left: HostCall, right: HostCall) -> Bool { left.name == right.name }
  /// Hashes the name.
  package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// All host calls, in the order that gives them their numbers: the table that machines, plugins' `uses` and
/// the editor types are made from.
package enum HostCallTable {
  /// The calls; a call's place is its number.
  package static let calls: [HostCall] = [
    HostCall(
      name: "ledger.balance", hasEffect: false, summary: "What an account has available; nil when there is none.",
      parameters: [("account", "string")], result: "cascade.Amount?"),
    HostCall(
      name: "ledger.post", hasEffect: true, summary: "Moves money when the decision commits.",
      parameters: [("transfer", "cascade.Transfer")], result: "cascade.Intent"),
    HostCall(
      name: "ledger.hold", hasEffect: true, summary: "Holds money when the decision commits, to be settled or voided.",
      parameters: [("transfer", "cascade.Transfer")], result: "cascade.Intent"),
    HostCall(
      name: "ledger.settle", hasEffect: true, summary: "Moves what was held, or less; the rest is released.",
      parameters: [("settlement", "cascade.Settlement")], result: "cascade.Intent"),
    HostCall(
      name: "ledger.void", hasEffect: true, summary: "Releases what was held.",
      parameters: [("settlement", "cascade.Settlement")], result: "cascade.Intent"),
    HostCall(
      name: "token.sign", hasEffect: true, summary: "Signs a token after the commit; answers what stands in for it.",
      parameters: [("request", "cascade.TokenRequest")], result: "string"),
    HostCall(
      name: "graph.metrics", hasEffect: false, summary: "What the trust graph says about a citizen.",
      parameters: [("citizen", "string"), ("options", "cascade.GraphOptions?")], result: "table"),
    HostCall(
      name: "graph.null_model", hasEffect: false, summary: "A citizen's triangles against rewired graphs.",
      parameters: [("citizen", "string"), ("options", "cascade.GraphOptions?")], result: "table"),
    HostCall(
      name: "graph.network", hasEffect: false, summary: "What the trust graph says about everybody.",
      parameters: [("options", "cascade.GraphOptions?")], result: "table"),
  ]

  /// The names, in their order.
  package static let names: [String] = calls.map(\.name)

  /// The number of the call of this name; nil when there is none. O(calls).
  package static func number(of name: String) -> Int? { names.firstIndex(of: name) }
}
