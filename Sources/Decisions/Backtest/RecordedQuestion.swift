package import Core
internal import Ledger
internal import LuaRuntime
internal import Rulebook

/// Whose money a hold keeps, and how much: what settling it moves.
package struct HeldMoney: Sendable, Equatable {
  /// The account debited when the hold is settled.
  package var from: AccountName
  /// The account credited when the hold is settled.
  package var to: AccountName
  /// The whole amount that the hold keeps.
  package var amount: Amount

  /// A hold of `amount`.
  package init(from: AccountName, to: AccountName, amount: Amount) {
    self.from = from
    self.to = to
    self.amount = amount
  }
}

/// A recorded decision with what the ledger knows of the holds that it settled.
package struct RecordedQuestion: Sendable {
  /// The record with what was asked and answered.
  package var record: RecordedDecision
  /// The holds by their ids; of one that isn't there, nothing.
  package var holds: [Identifier: HeldMoney] = [:]
  /// What the host would have answered then to calls that nobody made.
  package var asOf: [RecordedCall] = []

  /// A question as it was recorded.
  package init(_ record: RecordedDecision, holds: [Identifier: HeldMoney] = [:]) {
    self.record = record
    self.holds = holds
  }

  /// The holds that the record settled or released, in their order. O(calls).
  package static func settled(by record: RecordedDecision) -> [Identifier] {
    record.calls.compactMap { call in
      guard call.call == HostCallName.settle.rawValue || call.call == HostCallName.void.rawValue else { return nil }
      return call.arguments.array?.first?["hold"]?.string.flatMap { Identifier($0) }
    }
  }

  /// The name that the input gives its citizen: the text `citizen`, or its `username`; nil when it has none.
  package var subject: String? { Self.subject(of: record.input) }

  static func subject(of input: JSON) -> String? {
    guard let citizen = input["citizen"] else { return nil }
    return citizen.string ?? citizen["username"]?.string
  }
}
