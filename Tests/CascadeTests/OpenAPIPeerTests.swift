import Core
import Cryptography
import Foundation
import PeerTesting
import Testing
import Tokens

/// The API port's document, and the host that serves it, held against openapi-spec-validator and schemathesis.
@Suite(.needsPeers, .serialized)
struct OpenAPIPeerTests {
  static let citizen = "TopGlassmaker"

  @Test func `the document is valid OpenAPI`() throws {
    let scratch = try Scratch()
    let server = try Self.server(scratch)
    let document = try scratch.write("openapi.json", server.curl(["http://\(server.api)/openapi.json"]).text)
    let said = try PeerProcess.run(["-m", "openapi_spec_validator", "--validation-errors", "all", document])
    #expect(said.status == 0, "\(said.text)")
  }

  @Test func `requests made up from the document find no fault of the server and no undocumented answer`() throws {
    let scratch = try Scratch()
    let server = try Self.server(scratch)
    let `operator` = try Self.operatorToken(scratch)
    try expectNoFaults(server, scratch, token: `operator`, ["--max-examples", "30"])
    try expectNoFaults(server, scratch, token: `operator`, ["--max-examples", "50", "--mode", "positive"], known: true)
  }

  @Test func `requests of a citizen find no fault either`() throws {
    let scratch = try Scratch()
    let key = try SigningKey.generate(.edDSA)
    let data = scratch.url.appending(path: "data").path()
    try EnrolledKeys(KeyDirectory(data: data)).enrol(Self.citizen, key.publicKey)
    let server = try Self.server(scratch)
    let challenge = try server.curl([
      "-d", "{\"username\":\"\(Self.citizen)\"}", "http://\(server.api)/v1/auth/challenge",
    ])
    let (nonce, issuer) = (try #require(challenge["nonce"]?.string), try #require(challenge["issuer"]?.string))
    let proof = try key.signature(of: Array("cascade-auth-v1\n\(issuer)\n\(Self.citizen)\n\(nonce)".utf8))
    let answer: JSON = [
      "username": .string(Self.citizen), "nonce": .string(nonce), "signature": .string(Base64URL.text(proof)),
    ]
    let tokens = try server.curl(["-d", answer.text, "http://\(server.api)/v1/auth/token"])
    let token = try #require(tokens["access_token"]?.string, "\(tokens.text)")
    // Signing out would end the session under the requests that come after.
    let options = ["--max-examples", "20", "--mode", "positive", "--exclude-operation-id", "signOut"]
    try expectNoFaults(server, scratch, token: token, options, known: true)
    let me = try server.curl(["-H", "Authorization: Bearer \(token)", "http://\(server.api)/v1/auth/me"])
    #expect(me["username"]?.string == Self.citizen)
  }

  /// Runs schemathesis with a fixed seed. With `known`, paths name what is there.
  private func expectNoFaults(
    _ server: RunningServer, _ scratch: Scratch, token: String, _ options: [String], known: Bool = false
  ) throws {
    let checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
    let configuration = Peers.script(known ? "schemathesis-known.toml" : "schemathesis.toml")
    let said = try PeerProcess.run(
      [
        "-m", "schemathesis.cli", "--no-color", "--config-file", configuration, "run",
        "http://\(server.api)/openapi.json", "--checks", checks, "--seed", "1", "--generation-database", "none",
        "--request-timeout", "20", "--header", "Authorization: Bearer \(token)",
      ] + options, directory: scratch.url)
    #expect(said.status == 0, "\(said.text)\n\(server.logged)")
    #expect(said.text.contains("No issues found") || said.text.contains("passed"), "\(said.text)")
  }

  private static func server(_ scratch: Scratch) throws -> RunningServer {
    try scratch.copyRulebook()
    return try RunningServer(scratch, ["--demo"])
  }

  private static func operatorToken(_ scratch: Scratch) throws -> String {
    let data = scratch.url.appending(path: "data").path()
    return try Program.run(["token", "operator", "--data", data]).out.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
