import Observability
import Testing

/// What the parts of a platform asked of one another.
struct CallTallyTests {
  private struct Fault: Error { let isTheirs: Bool }

  private func call(_ tally: CallTally, _ call: SelfCall, failing fault: Fault? = nil) async {
    try? await tally.observe(call, problem: { (fault: Fault) in fault.isTheirs ? "gone" : nil }) {
      () async throws(Fault) in if let fault { throw fault }
    }
  }

  @Test func `calls are told once, sorted`() async {
    let tally = CallTally()
    let calls = [SelfCall("payments", "store"), SelfCall("identity", "store")]
    for one in calls + calls { await call(tally, one) }
    #expect(tally.take() == calls.reversed())
    #expect(tally.take().isEmpty)
  }

  @Test func `a part is as the last call to it left it, whoever made it`() async {
    let tally = CallTally()
    let (identity, own) = (SelfCall("identity", "venice"), SelfCall("self", "venice"))
    #expect(tally.component("venice") == nil, "nobody called it")
    await call(tally, identity, failing: Fault(isTheirs: true))
    #expect(tally.component("venice")?.isHealthy == false && tally.component("venice")?.problem == "gone")
    await call(tally, own)
    #expect(tally.component("venice")?.isHealthy == true && tally.component("venice")?.problem == nil)
    #expect(tally.problem(of: identity) == "gone" && tally.problem(of: own) == nil)
  }

  @Test func `a failure that is the caller's own leaves the part healthy`() async {
    let tally = CallTally()
    await call(tally, SelfCall("payments", "stripe"), failing: Fault(isTheirs: false))
    #expect(tally.component("stripe")?.isHealthy == true)
    #expect(tally.take() == [SelfCall("payments", "stripe")])
  }

  @Test func `what a call throws and returns comes back as it was`() async throws {
    let tally = CallTally()
    let call = SelfCall("a", "b")
    #expect(try await tally.observe(call, problem: { (_: Fault) in nil }) { () async throws(Fault) in 7 } == 7)
    await #expect(throws: Fault.self) {
      try await tally.observe(call, problem: { (_: Fault) in nil }) {
        () async throws(Fault) -> Int in throw Fault(isTheirs: true)
      }
    }
  }
}
