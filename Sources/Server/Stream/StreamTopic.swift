internal import Core

/// What a stream tells of.
package enum StreamTopic: Sendable, Hashable {
  /// Decisions that left a record.
  case decisions
  /// Entries of the ledger.
  case ledger
  /// Generations of the rulebook.
  case rulebook
  /// Payments that moved on.
  case payments
  /// Levels of citizens that moved with trust.
  case graph
  /// The platform's model of itself.
  case awareness
  /// What an operator must look at.
  case alarms
  /// What operators did, as the audit log has it.
  case audit
  /// The progress of one backtest.
  case backtest(String)

  /// Those that can be named without more.
  package static let plain: [StreamTopic] = [
    .decisions, .ledger, .rulebook, .payments, .graph, .awareness, .alarms, .audit,
  ]

  /// What a citizen may see, of itself alone.
  package static let forCitizens: [StreamTopic] = [.decisions, .payments, .graph]

  /// Its name on the wire.
  package var name: String {
    switch self {
    case .decisions: "decisions"
    case .ledger: "ledger"
    case .rulebook: "rulebook"
    case .payments: "payments"
    case .graph: "graph"
    case .awareness: "awareness"
    case .alarms: "alarms"
    case .audit: "audit"
    case .backtest(let id): "backtest:" + id
    }
  }

  /// Reads ``name``; nil for any other text.
  package init?(_ text: some StringProtocol) {
    let text = String(text)
    if let plain = Self.plain.first(where: { $0.name == text }) {
      self = plain
    } else if let id = text.rest(behind: "backtest:"), !id.isEmpty {
      self = .backtest(String(id))
    } else {
      return nil
    }
  }
}
