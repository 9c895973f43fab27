import Core
import Cryptography
import Foundation
import PeerTesting
import StandIns
import Testing
import Tokens

/// The API port's document, and the host that serves it, held against openapi-spec-validator and schemathesis. The host
/// takes payments, from a Stripe of our own.
@Suite(.needsPeers, .serialized)
struct OpenAPIPeerTests {
  static let citizen = "TopGlassmaker"

  /// Seconds that an answer may take: some run every spec of the rulebook, in a debug build and beside other tests.
  private static let patience = "180"

  @Test func `the document is valid OpenAPI`() async throws {
    try await Self.serve { scratch, server in
      let document = try scratch.write("openapi.json", server.curl(["http://\(server.api)/openapi.json"]).text)
      let said = try PeerProcess.run(["-m", "openapi_spec_validator", "--validation-errors", "all", document])
      #expect(said.status == 0, "\(said.text)")
    }
  }

  @Test func `requests made up from the document find no fault of the server and no undocumented answer`() async throws
  {
    try await Self.serve { scratch, server in
      let `operator` = try Self.operatorToken(scratch)
      try expectNoFaults(server, scratch, token: `operator`, ["--max-examples", "30"])
      let options = ["--max-examples", "50", "--mode", "positive"]
      try expectNoFaults(server, scratch, token: `operator`, options, known: [:])
    }
  }

  @Test func `requests of a citizen who pays find no fault either`() async throws {
    let citizen = try SigningKey.generate(.edDSA)
    try await Self.serve(enrolling: citizen) { scratch, server in
      let token = try signIn(citizen, server)
      let payment = try pay(scratch, server, token)
      let known = ["path.id": payment.description, "header.Idempotency-Key": Self.key().description]
      // Signing out would end the session under the requests that come after.
      let options = ["--max-examples", "20", "--mode", "positive", "--exclude-operation-id", "signOut"]
      try expectNoFaults(server, scratch, token: token, options, known: known)
      let me = try server.curl(["-H", "Authorization: Bearer \(token)", "http://\(server.api)/v1/auth/me"])
      #expect(me["username"]?.string == Self.citizen)
      // The payments were there to be reached.
      let canceled = try server.curl([
        "-H", "Authorization: Bearer \(token)", "http://\(server.api)/v1/payments/\(payment)",
      ])
      #expect(canceled["state"] == "canceled", "\(canceled.text)")
    }
  }

  /// A citizen's access token.
  private func signIn(_ key: SigningKey, _ server: RunningServer) throws -> String {
    let challenge = try server.curl([
      "-d", "{\"username\":\"\(Self.citizen)\"}", "http://\(server.api)/v1/auth/challenge",
    ])
    let (nonce, issuer) = (try #require(challenge["nonce"]?.string), try #require(challenge["issuer"]?.string))
    let proof = try key.signature(of: Array("cascade-auth-v1\n\(issuer)\n\(Self.citizen)\n\(nonce)".utf8))
    let answer: JSON = [
      "username": .string(Self.citizen), "nonce": .string(nonce), "signature": .string(Base64URL.text(proof)),
    ]
    let tokens = try server.curl(["-d", answer.text, "http://\(server.api)/v1/auth/token"])
    return try #require(tokens["access_token"]?.string, "\(tokens.text)")
  }

  /// An open payment of the citizen's, from a reserve that is filled first.
  private func pay(_ scratch: Scratch, _ server: RunningServer, _ token: String) throws -> Identifier {
    let event: JSON = [
      "id": .string(Self.key().description), "from": "world", "to": "reserve:ducats", "kind": "posted",
      "amount": ["asset": "DUC/2", "minor": 100_000_000],
    ]
    let given = try server.curl([
      "-H", "Authorization: Bearer \(Self.operatorToken(scratch))", "-d", (["events": [event]] as JSON).text,
      "http://\(server.api)/v1/ledger/transfers",
    ])
    #expect(given["results"]?.array?.first?["status"] == "created", "\(given.text)")
    let key = Self.key()
    let payment = try server.curl([
      "-H", "Authorization: Bearer \(token)", "-H", "Idempotency-Key: \(key)", "-d", #"{"package":"starter"}"#,
      "http://\(server.api)/v1/payments",
    ])
    #expect(payment["state"] == "open", "\(payment.text)")
    return key
  }

  private static func key() -> Identifier {
    Identifier(
      milliseconds: Int64(Date().timeIntervalSince1970 * 1000),
      random: (.random(in: 0...(.max)), .random(in: 0...(.max))))
  }

  /// Runs schemathesis with a fixed seed. With `known`, parameters name what is there: these, and those of the file.
  private func expectNoFaults(
    _ server: RunningServer, _ scratch: Scratch, token: String, _ options: [String], known: [String: String]? = nil
  ) throws {
    let checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
    let configuration = try known.map { known in
      let file = try String(contentsOfFile: Peers.script("schemathesis-known.toml"), encoding: .utf8)
      let further = known.map { "\"\($0.key)\" = \"\($0.value)\"\n" }.sorted().joined()
      return try scratch.write("schemathesis.toml", file + further)
    }
    let said = try PeerProcess.run(
      [
        "-m", "schemathesis.cli", "--no-color",
      ] + (configuration.map { ["--config-file", $0] } ?? []) + [
        "run",
        "http://\(server.api)/openapi.json", "--checks", checks, "--seed", "1", "--generation-database", "none",
        "--request-timeout", Self.patience, "--header", "Authorization: Bearer \(token)",
        // It has no end to wait for.
        "--exclude-path", "/v1/stream",
      ] + options, directory: scratch.url)
    #expect(said.status == 0, "\(said.text)\n\(server.logged)")
    #expect(said.text.contains("No issues found") || said.text.contains("passed"), "\(said.text)")
  }

  /// Runs `body` with a host that knows the citizen's key.
  private static func serve(
    enrolling key: SigningKey? = nil, _ body: (Scratch, RunningServer) throws -> Void
  ) async throws {
    let stripe = FakeStripe(clock: { Int64(Date().timeIntervalSince1970 * 1000) })
    let address = try await stripe.start()
    let scratch = try Scratch()
    try scratch.copyRulebook()
    if let key {
      let data = scratch.url.appending(path: "data").path()
      try EnrolledKeys(KeyDirectory(data: data)).enrol(citizen, key.publicKey)
    }
    let server = try RunningServer(
      scratch, ["--demo"],
      environment: [
        "CASCADE_STRIPE_URL": address, "CASCADE_STRIPE_KEY": FakeStripe.key,
        "CASCADE_STRIPE_WEBHOOK_SECRET": "whsec_requests",
      ])
    try body(scratch, server)
    try await stripe.stop()
  }

  private static func operatorToken(_ scratch: Scratch) throws -> String {
    let data = scratch.url.appending(path: "data").path()
    return try Program.run(["token", "operator", "--data", data]).out.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
