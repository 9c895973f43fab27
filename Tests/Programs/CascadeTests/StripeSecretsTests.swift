import Core
import Foundation
import Testing

/// What `serve` says of Stripe's secrets, and never shows.
struct StripeSecretsTests {
  private static let secret = "sk_test_aVeryPrivateKey"

  private func start(
    _ arguments: [String] = [], _ environment: [String: String] = [:]
  ) throws -> String {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    do {
      let server = try RunningServer(scratch, ["--no-specs"] + arguments, environment: environment)
      defer { _ = server.stop() }
      return "started"
    } catch let failure as ServerFailure {
      #expect(!failure.said.contains("Private"), "\(failure.said)")
      return failure.said
    }
  }

  private func file(_ text: String, mode: Int) throws -> String {
    let path = FileManager.default.temporaryDirectory.appending(path: "stripe-\(UUID().uuidString)").path()
    try Data(text.utf8).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    return path
  }

  @Test func `a file that others can read is refused, and so is what is no secret`() throws {
    let open = try file(Self.secret, mode: 0o644)
    defer { try? FileManager.default.removeItem(atPath: open) }
    #expect(try start(["--stripe-key-file", open]).contains("chmod 600"))
    #expect(try start(["--stripe-key-file", "/no/such/file"]).contains("there is no file /no/such/file"))
    #expect(try start([], ["CASCADE_STRIPE_KEY": "pk_test_Private"]).contains("must begin with sk_test_ or sk_live_"))
    #expect(
      try start([], ["CASCADE_STRIPE_WEBHOOK_SECRET": "Private"]).contains("must begin with whsec_"))
    let both = try start(["--stripe-key-file", open], ["CASCADE_STRIPE_KEY": Self.secret])
    #expect(both.contains("both give the same secret"))
    #expect(try start(["--demo"], ["CASCADE_STRIPE_KEY": "sk_live_Private"]).contains("moves no real money"))
  }

  @Test func `a host without the secrets serves, and names the settings that are missing`() throws {
    let key = try file(Self.secret + "\n", mode: 0o600)
    defer { try? FileManager.default.removeItem(atPath: key) }
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let server = try RunningServer(scratch, ["--no-specs", "--demo", "--stripe-key-file", key])
    let answer = try server.curl(["-d", "{}", "http://\(server.api)/v1/webhooks/stripe"])
    #expect(answer["status"] == 503)
    let detail = answer["detail"]?.string ?? ""
    #expect(detail.contains("CASCADE_STRIPE_WEBHOOK_SECRET") && !detail.contains("CASCADE_STRIPE_KEY"), "\(detail)")
    #expect(
      try server.curl(["-d", #"{"side":"sell","amount":"1000.00 DUC/2"}"#, "http://\(server.api)/v1/quotes"])["net"]
        != nil)
    #expect(server.stop() == 0)
    #expect(!server.logged.contains("Private"))
  }
}
