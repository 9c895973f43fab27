package import Core
package import Ledger
internal import LuaRuntime

extension Collection where Element == PlannedEffect, Index == Int {
  /// Why what these ask of the ledger is not done, told of the first that it refused; nil when it refused none.
  /// `results` are its answers to them, in their order.
  package func refusal(_ results: some Collection<EventResult>) -> LuaFailure? {
    refused(results).map { refusal(of: $0.place, $0.reason) }
  }

  /// The first that the ledger refused, and why; nil when it refused none. O(effects).
  func refused(_ results: some Collection<EventResult>) -> (place: Int, reason: RefusalReason)? {
    for (place, result) in zip(indices, results) where result.status == .refused {
      guard let reason = result.reason, reason != .linkedEventFailed else { continue }
      return (place, (reason == .idAlreadyFailed ? result.firstReason : nil) ?? reason)
    }
    return nil
  }

  /// Why what these ask is not brought to the ledger: one of them settles a hold that isn't there; nil when none does.
  ///
  /// Refused here, not in the ledger: the hold isn't there, so nobody can say whose money it keeps, and whether the
  /// decision may debit that account.
  package var refusalOfUnknownHold: LuaFailure? {
    unknownHold.map { refusal(of: $0, .pendingNotFound) }
  }

  /// The first that settles a hold that isn't there; nil when none does. O(effects).
  var unknownHold: Int? { firstIndex { $0.event.from == nil } }

  /// What is told when the ledger refuses the one at `place`.
  func refusal(of place: Int, _ reason: RefusalReason) -> LuaFailure {
    let intent = self[place]
    var message = "the ledger refused \(intent.call.rawValue) \(place - startIndex + 1) of \(count)"
    if let from = intent.event.from, let to = intent.event.to { message += ", \(from) → \(to)" }
    if let hold = intent.event.pendingID { message += ", of the hold \(hold)" }
    return LuaFailure(code: .refused, message: "\(message): \(reason.rawValue)", reason: reason.rawValue)
  }
}
