package import Core
package import Ledger
internal import LuaRuntime

/// What the host itself books in the chain of a decision: what no rule may do, such as money coming in from `world`.
///
/// It stands before what the rule intends, and commits with it and with the record, or not at all.
package struct HostBooking: Sendable {
  /// The events of a decision whose rule gave this result; they may debit `world` and set floors. They are asked for
  /// again when the decision runs again, so the same result must give the same ids. Throws why the result can't be
  /// carried out.
  package var events: @Sendable (JSON) async throws(HostBookingError) -> [LedgerEvent]

  /// A booking of these events.
  package init(events: @escaping @Sendable (JSON) async throws(HostBookingError) -> [LedgerEvent]) {
    self.events = events
  }
}

/// Why the host books nothing.
package enum HostBookingError: Error, Sendable {
  /// The rule's result asks for what the host doesn't do; a failure of the decision.
  case result(String)
  /// The ledger can't be read now.
  case ledger(StoreError)

  /// The failure that is recorded; nil when the host couldn't look.
  var failure: LuaFailure? {
    if case .result(let message) = self { LuaFailure(code: .invalidOutput, message: message) } else { nil }
  }
}
