internal import Core
internal import Cryptography
internal import Decisions
internal import Glibc
internal import Governance
internal import GovernanceTesting
internal import LuaRuntime
internal import Rulebook

/// What governance costs, as lines: how long a proposal with as many signatures as there may be takes to be read and
/// verified, against its signatures alone; and what asking whether a decision is suspended adds to it.
@main
enum GovernanceWork {
  static func main() throws {
    try verification()
    try decision()
  }

  // MARK: Proposals

  /// A root of 32 holders who all must sign, and a rulebook of as many files as the shipped one has that they signed.
  private static func verification() throws {
    let committee = try Committee(count: 34)
    let root = committee.root(holders: 0..<32, guardians: 32..<34, threshold: 32)
    let everybody = Array(0..<32)
    let state = try GovernanceState(
      founding: GovernanceStep(
        .founded, root.digest, Clock().moment(), try committee.payload(root, by: everybody), files: Committee.files))
    var contents: [ExactText: [UInt8]] = [:]
    for number in 0..<75 { contents[ExactText("policies/number_\(number).lua")] = Array("return {}".utf8) }
    let envelope = try committee.signed(
      try committee.proposal(contents, after: state, title: "all of them"), by: everybody)
    let bytes = envelope.json.bytes
    let whole = try median(of: 51) {
      let payload = try SignedPayload(parsing: bytes)
      var next = state
      try next.take(GovernanceStep(.proposed, payload.digest, Clock().moment(), payload))
      if next.open[payload.digest]?.isSigned != true { throw GovernanceError(.threshold, "not signed") }
    }
    let message = envelope.signedBytes
    let bare = median(of: 51) {
      for (key, signature) in zip(committee.keys, envelope.signatures) {
        precondition(key.isValid(signature.bytes, for: message))
      }
    }
    print("a proposal of 32 signatures and 75 files, \(bytes.count) bytes: read and verified in \(text(whole)) ms")
    print("its 32 signatures alone, by OpenSSL: \(text(bare)) ms; the ratio is \(text(whole / bare))")
    print("aim: under 5 ms; " + (whole < 5 ? "met" : "MISSED"))
  }

  // MARK: Decisions

  private static let plugin = """
    local fees = require "policies.fees"
    return {
      name = "fees", version = "1.0.0",
      decisions = {
        ["fees.fee"] = {
          input = { amount = "integer" }, output = { fee = "integer" },
          decide = function(input) return { fee = input.amount * fees.fee // 100 } end,
        },
      },
    }
    """

  /// A small decision with the gate asked before it, and without, in turns.
  private static func decision() throws {
    try ThreadStack.setDefault()
    let snapshot = RulebookSnapshot(files: [
      "plugins/fees/plugin.lua": Array(plugin.utf8), "policies/fees.lua": Array("return { fee = 3 }".utf8),
    ])
    let machine = try RulebookLoader.load(snapshot, runSpecs: false).makeMachine()
    let input = Array(#"{"amount":1000}"#.utf8)
    let gate = SuspensionGate()
    let count = 20_000
    var identifiers = IdentifierGenerator()
    func decide() {
      let request = RunRequest(decision: 0, isEnveloped: false, id: identifiers.next(), limits: RunLimits())
      let outcome = input.withUnsafeBytes { machine.decide(request, input: $0, handler: nil) }
      if case .result = outcome.ending { return }
      preconditionFailure("\(outcome.ending)")
    }
    var (plain, gated, asked): ([Double], [Double], [Double]) = ([], [], [])
    for _ in 0..<15 {
      plain.append(milliseconds { for _ in 0..<count { decide() } })
      gated.append(
        milliseconds {
          for _ in 0..<count where gate.refusal("fees.fee", hasEffects: false) == nil { decide() }
        })
      asked.append(
        milliseconds { for _ in 0..<count where gate.refusal("fees.fee", hasEffects: false) != nil { decide() } })
    }
    func nanoseconds(_ times: [Double]) -> Double { times.sorted()[times.count / 2] * 1e6 / Double(count) }
    print(
      "a decision: \(text(nanoseconds(plain))) ns; with the question whether it is suspended: "
        + "\(text(nanoseconds(gated))) ns; that question alone: \(text(nanoseconds(asked))) ns, "
        + "\(text(100 * nanoseconds(asked) / nanoseconds(plain))) %")
  }

  // MARK: Clocks

  /// The median processor time of so many runs, milliseconds.
  private static func median(of runs: Int, _ body: () throws -> Void) rethrows -> Double {
    var times: [Double] = []
    for _ in 0..<runs { times.append(try milliseconds(body)) }
    return times.sorted()[runs / 2]
  }

  private static func milliseconds(_ body: () throws -> Void) rethrows -> Double {
    let start = now
    try body()
    return now - start
  }

  /// The processor time of this thread, so that other programs take nothing away.
  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
  }

  private static func text(_ number: Double) -> String {
    let hundredths = Int((number * 100).rounded())
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
  }
}
