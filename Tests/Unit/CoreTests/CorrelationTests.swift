import Core
import Testing

/// What names a request.
struct CorrelationTests {
  private static let sampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
  private static let unsampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"

  @Test(arguments: [
    ("a", true), ("A-9._z", true), (String(repeating: "x", count: 64), true),
    ("", false), (String(repeating: "x", count: 65), false), ("a b", false), ("a\n", false), ("é", false),
    ("a/b", false), ("\u{22}", false), ("a:b", false),
  ])
  func `an id is 1 to 64 letters, digits, dots, underscores and hyphens`(text: String, isTaken: Bool) {
    #expect(RequestID(text)?.description == (isTaken ? text : nil))
  }

  @Test func `an id that is made is one that would be taken, and no other`() {
    let ids = (0..<1000).map { _ in RequestID.made() }
    #expect(Set(ids).count == 1000)
    #expect(ids.allSatisfy { RequestID($0.description) == $0 })
  }

  @Test(arguments: [("01", "00"), ("00", "00"), ("03", "02"), ("ff", "fe"), ("a9", "a8"), ("10", "10")])
  func `a trace that isn't sampled lacks that flag alone`(flags: String, left: String) throws {
    let trace = try #require(TraceContext(traceparent: Self.sampled.dropLast(2) + flags))
    #expect(trace.unsampled.description == Self.sampled.dropLast(2) + left)
    #expect(TraceContext(traceparent: trace.unsampled.description) == trace.unsampled)
  }

  @Test func `whether a trace is sampled is for known callers to say`() {
    let correlation = Correlation(id: RequestID("r"), received: TraceContext(traceparent: Self.sampled))
    #expect(correlation.trace?.description == Self.unsampled)
    #expect(correlation.members.map(\.value) == ["r", Self.unsampled])
    correlation.identify(as: "citizen:anna")
    #expect(correlation.caller == "citizen:anna" && correlation.trace?.description == Self.sampled)
    #expect(correlation.members.map(\.name) == ["request", "trace"])
    #expect(Correlation(id: nil, received: nil).members.isEmpty)
  }

  @Test func `the task that serves a request knows it, and its children, and nobody else`() async {
    let correlation = Correlation(id: .made(), received: nil)
    await Correlation.$current.withValue(correlation) {
      async let child = Correlation.current === correlation
      #expect(await child)
      #expect(await Task.detached { Correlation.current == nil }.value)
    }
    #expect(Correlation.current == nil)
  }
}
