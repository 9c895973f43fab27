import Core
import Foundation
import StandIns
import Testing

/// A client's trace, through the whole host.
struct TraceTests {
  private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"

  @Test func `a client's traceparent is found in the record, in the log and in what Stripe received`() async throws {
    let stripe = FakeStripe(clock: { Int64(Date().timeIntervalSince1970 * 1000) })
    let address = try await stripe.start()
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let server = try RunningServer(
      scratch, ["--demo", "--no-specs", "--access-log", "--log-format", "json"],
      environment: [
        "CASCADE_STRIPE_URL": address, "CASCADE_STRIPE_KEY": FakeStripe.key,
        "CASCADE_STRIPE_WEBHOOK_SECRET": "whsec_readme",
      ])
    // A citizen signs in and buys, as the articles print it, and every request is part of one trace.
    let setup = #"curl() { command curl -H "traceparent: 00-\#(Self.trace)-00f067aa0ba902b7-01" "$@"; }"#
    let commands = [try PrintedCommands(article: "SigningIn"), try PrintedCommands(article: "Money")]
    let ending = try PrintedCommands.run(commands, scratch, server, setup: setup)
    #expect(ending.code == 0, "\(ending.error)")
    let heads = stripe.requests.map { "\($0.headers)" }
    #expect(heads.contains { $0.contains(Self.trace) }, "\(heads)")
    let records = try server.curl(try server.authorization(scratch) + ["http://\(server.api)/v1/records?limit=50"])
    let traced = (records["records"]?.array ?? []).filter { $0.text.contains(Self.trace) }
    #expect(!traced.isEmpty, "\(records.text.prefix(500))")
    #expect(server.stop() == 0)
    let lines = server.logged.split(separator: "\n").compactMap { try? JSON(parsing: String($0)) }
    #expect(lines.contains { $0["trace"]?.string?.contains(Self.trace) == true }, "\(server.logged.prefix(2000))")
    try await stripe.stop()
  }
}
