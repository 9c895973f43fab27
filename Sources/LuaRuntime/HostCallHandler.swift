package import Core

/// The answer to one host call.
package enum HostAnswer: Sendable {
  /// JSON bytes: what the rule gets.
  case value([UInt8])
  /// The call fails in the rule, with this code and text.
  case failure(DecisionErrorCode, String)
  /// The host doesn't hold the answer yet: the run ends, to be run again when it does.
  case fetch
}

/// Answers the host calls of one run. It must not use the virtual machine that asks.
package protocol HostCallHandler: AnyObject {
  /// The answer to call number `call` (its place in the configuration's `hostCalls`) with the JSON array
  /// `arguments`. Answered at once: what isn't at hand is `.fetch`.
  func answer(call: Int, arguments: [UInt8]) -> HostAnswer
  /// What answers the calls of one run: asked for before the first of them, so that all are answered from one
  /// moment's state.
  func pinned() -> any HostCallHandler
}

extension HostCallHandler {
  /// A handler that is made for one run, or whose answers never change, is pinned already.
  package func pinned() -> any HostCallHandler { self }
}
