import Core
import Foundation
import StripeTesting
import Testing

/// Money, as the README prints it, with a Stripe of our own in the place of the real one.
struct MoneyReadmeTests {
  @Test func `the README's commands quote, fill the reserve, pay and refuse a quote that was used`() async throws {
    let stripe = FakeStripe(clock: { Int64(Date().timeIntervalSince1970 * 1000) })
    let address = try await stripe.start()
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let server = try RunningServer(
      scratch, ["--demo", "--no-specs"],
      environment: [
        "CASCADE_STRIPE_URL": address, "CASCADE_STRIPE_KEY": FakeStripe.key,
        "CASCADE_STRIPE_WEBHOOK_SECRET": "whsec_readme",
      ])
    let signingIn = try ReadmeSection("Signing in")
    let money = try ReadmeSection("Money")
    let ending = try ReadmeSection.run([signingIn, money], scratch, server)
    #expect(ending.code == 0, "\(ending.error)")
    #expect(ending.out == signingIn.expected + money.expected, "\(ending.error)\(server.logged)")
    #expect(stripe.intents.count == 2)
    #expect(server.stop() == 0)
    try await stripe.stop()
  }
}
