package import Core

/// What a decision finds instead of the host, in specs and on the command line.
///
/// `{"now":…,"ledger":{"balances":{account: amount},"holds":{id: {"from","to","amount"}}},
/// "graph":{"metrics":{citizen: …},"null_model":{citizen: …},"network": …}}`; every part may be left out, and what
/// isn't there is nil to the rule.
package struct Fakes: Sendable, Equatable {
  /// The clock, milliseconds since 1970.
  package var nowMilliseconds: Int64?
  /// What accounts have available.
  package var balances: [String: Amount] = [:]
  /// Open holds by id.
  package var holds: [Identifier: FakeHold] = [:]
  /// The graph's answers by kind.
  package var graph: JSON = [:]

  /// A host without anything.
  package init() {}

  /// Reads fakes; throws what is wrong with them, naming the member. O(size).
  package init(json: JSON) throws(FakesError) {
    guard let members = json.members else { throw FakesError("the fakes must be an object") }
    for (name, value) in members {
      switch name {
      case "now":
        guard let now = value.integer else { throw FakesError("'now' must be integer milliseconds since 1970") }
        nowMilliseconds = now
      case "ledger":
        guard let ledger = value.members else { throw FakesError("'ledger' must be an object") }
        for (name, value) in ledger {
          switch (name, value.members) {
          case ("balances", let balances?): try read(balances: balances)
          case ("holds", let holds?): try read(holds: holds)
          default:
            throw FakesError(
              "'ledger' holds 'balances', an object of amounts by account, and 'holds' by id; not '\(name)'")
          }
        }
      case "graph":
        guard value.members != nil else { throw FakesError("'graph' must be an object") }
        graph = value
      default:
        throw FakesError("unknown member '\(name)'; fakes have now, ledger and graph")
      }
    }
  }

  private mutating func read(balances: [(name: String, value: JSON)]) throws(FakesError) {
    for (account, value) in balances {
      guard let amount = Amount(json: value) ?? value.string.flatMap(Amount.init(text:)) else {
        throw FakesError("the balance of '\(account)' must be an amount")
      }
      self.balances[account] = amount
    }
  }

  private mutating func read(holds: [(name: String, value: JSON)]) throws(FakesError) {
    for (name, value) in holds {
      guard let id = Identifier(name), let hold = FakeHold(json: value) else {
        throw FakesError("the hold '\(name)' must be an id with from, to and amount")
      }
      self.holds[id] = hold
    }
  }
}

/// Money set aside that a decision finds.
package struct FakeHold: Sendable, Equatable {
  /// The account it keeps money of.
  package var from: String
  /// How much.
  package var amount: Amount

  /// Reads `{"from","to","amount"}`; nil when it isn't that.
  package init?(json: JSON) {
    guard let from = json["from"]?.string, AccountName(from) != nil,
      let amount = Amount(json: json["amount"]) ?? json["amount"]?.string.flatMap(Amount.init(text:))
    else { return nil }
    self.from = from
    self.amount = amount
  }
}

/// What is wrong with fakes.
package struct FakesError: Error, Sendable, Equatable, CustomStringConvertible {
  /// One sentence.
  package var message: String
  init(_ message: String) { self.message = message }
  /// The message.
  package var description: String { message }
}
