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
}
