import Core
import Foundation
import Testing

/// `token keys | rotate | sign | operator | revoke`, alone and beside a host, and tokens of rules.
struct TokenCommandTests {
  private static let till = """
    return { name = "till", version = "1.0.0", decisions = {
      ["till.receipt"] = {
        uses = { "token.sign" }, input = { citizen = "string" }, output = { receipt = "string" },
        decide = function(input, host)
          local claims = { sub = input.citizen, code = "sale", amount = amount("1.00 USD/2") }
          return { receipt = host.token.sign { purpose = "receipt", claims = claims } }
        end,
      },
    } }
    """
  private static let key = "018bcfe5-6800-7000-8000-00000000000a"

  private let scratch: Scratch
  private var data: [String] { ["--data", scratch.url.appending(path: "data").path()] }

  init() throws { scratch = try Scratch() }

  private func run(_ arguments: [String], input: String = "") throws -> Program.Ending {
    try Program.run(["token"] + arguments, input: input)
  }

  /// What a command prints, without its line's end.
  private func word(_ arguments: [String]) throws -> String {
    let ending = try run(arguments + data)
    #expect(ending.code == 0, "\(ending.error)")
    return String(ending.out.dropLast())
  }

  /// What `token verify` says of tokens, by the keys that a host publishes.
  private func verify(_ tokens: [String], _ server: RunningServer) throws -> [JSON] {
    let keys = try server.curl(["http://\(server.api)/.well-known/jwks.json"])
    let file = try scratch.write("jwks.json", keys.text)
    #expect(!keys.text.contains("\"d\""))
    return try run(["verify", "--jwks", file], input: tokens.map { $0 + "\n" }.joined()).jsonLines()
  }

  @Test func `a rule's receipt is signed after the commit, for a repeat too, and kept nowhere`() throws {
    try scratch.write("plugins/till/plugin.lua", Self.till)
    let server = try RunningServer(scratch)
    let bearer = "Authorization: Bearer " + (try word(["operator", "--lifetime", "5m"]))
    func ask() throws -> String {
      let answer = try server.curl([
        "-H", bearer, "-H", "Idempotency-Key: " + Self.key, "-d", "{\"input\":{\"citizen\":\"anna\"}}",
        "http://\(server.decisions)/v1/decisions/till.receipt",
      ])
      return try #require(answer["result"]?["receipt"]?.string, "\(answer.text)")
    }
    let tokens = [try ask(), try ask()]
    let reports = try verify(tokens, server)
    let claims = try #require(reports.first?["claims"])
    #expect(reports.allSatisfy { $0["valid"] == true && $0["claims"] == claims })
    #expect(claims["iss"]?.string == "http://\(server.api)")
    #expect(claims["sub"] == "anna" && claims["purpose"] == "receipt" && claims["generation"] == 1)
    #expect(claims["decision"]?.string == Self.key)
    #expect(claims["amount"] == ["asset": "USD/2", "minor": 100])

    // The record names the token, and nobody has it.
    #expect(server.stop() == 0)
    let jti = try #require(claims["jti"]?.string)
    let files = try #require(FileManager.default.enumerator(at: scratch.url, includingPropertiesForKeys: nil))
    var kept = Data()
    for case let file as URL in files where file.lastPathComponent != "jwks.json" {
      if let bytes = try? Data(contentsOf: file) { kept.append(bytes) }
    }
    #expect(kept.firstRange(of: Data(jti.utf8)) != nil)
    for token in tokens + [String(bearer.dropFirst("Authorization: Bearer ".count))] {
      for part in token.split(separator: ".").dropFirst() {
        #expect(kept.firstRange(of: Data(part.utf8)) == nil)
      }
    }
  }

  @Test func `keys are published, checked by their tag, and rotated beside a host`() async throws {
    try scratch.write("plugins/till/plugin.lua", Self.till)
    let server = try RunningServer(scratch, ["--issuer", "https://cascade.example"])
    let first = try word(["operator"])
    let before = try run(["keys", "--format", "json"] + data).json()["keys"]?.array ?? []
    #expect(before.map { $0["state"] } == ["active"] && before.first?["alg"] == "ES256")
    let rotated = try run(["rotate"] + data)
    #expect(rotated.code == 0)
    #expect(rotated.out.split(separator: "\n").count == 3)
    #expect(rotated.out.contains("published") && rotated.out.hasPrefix("kid "))
    let again = try run(["rotate"] + data)
    #expect(again.code == 2 && again.error.contains("waits for its turn"))

    let keys = "http://\(server.api)/.well-known/jwks.json"
    var published: [JSON] = []
    for _ in 0..<200 where published.count < 2 {
      published = try server.curl([keys])["keys"]?.array ?? []
      try await Task.sleep(for: .milliseconds(50))
    }
    let listed = try run(["keys", "--format", "json"] + data).json()["keys"]?.array ?? []
    #expect(published.map { $0["kid"] } == listed.map { $0["kid"] } && published.count == 2)
    #expect(listed.map { $0["state"] } == ["active", "published"])
    let fields = try server.text(["-I", keys]).split(separator: "\r\n").map(String.init)
    #expect(fields.contains { $0.lowercased() == "cache-control: public, max-age=300" })
    let tag = try #require(fields.first { $0.lowercased().hasPrefix("etag: ") }?.dropFirst(6))
    let unchanged = try server.text([
      "-w", "%{http_code} %{size_download}", "-H", "If-None-Match: W/" + tag, keys,
    ])
    #expect(unchanged == "304 0")

    let metadata = try server.curl(["http://\(server.api)/.well-known/oauth-authorization-server"])
    #expect(metadata["issuer"] == "https://cascade.example")
    #expect(metadata["jwks_uri"] == "https://cascade.example/.well-known/jwks.json")
    for token in [first, try word(["operator"])] {
      #expect(try server.status(["-X", "POST", "-H", "Authorization: Bearer " + token], "/v1/rulebook") == 200)
    }
  }

  @Test func `an operator's token is a JWT of a limited life, and can be revoked`() async throws {
    try scratch.write("plugins/till/plugin.lua", Self.till)
    let server = try RunningServer(scratch)
    let token = try word(["operator", "--lifetime", "90s"])
    let claims = try #require(try verify([token], server).first?["claims"])
    #expect(claims["scope"] == "operator" && claims["iss"] == "urn:cascade:operator")
    #expect((claims["exp"]?.integer ?? 0) - (claims["iat"]?.integer ?? 0) == 90)
    #expect(try word(["operator"]) != token)
    let post = ["-X", "POST", "-H", "Authorization: Bearer " + token]
    #expect(try server.status(post, "/v1/rulebook") == 200)
    let jti = try #require(claims["jti"]?.string)
    #expect(try run(["revoke", jti] + data).code == 0)
    var status = 200
    for _ in 0..<200 where status == 200 {
      try await Task.sleep(for: .milliseconds(50))
      status = try server.status(post, "/v1/rulebook")
    }
    #expect(status == 401)
    #expect(!FileManager.default.fileExists(atPath: scratch.url.appending(path: "data/operator.token").path()))
  }

  @Test func `sign makes what a rule could have signed, in the host's name`() throws {
    try scratch.write("plugins/till/plugin.lua", Self.till)
    let claims = try scratch.write("claims.json", "{\"sub\":\"anna\",\"tier\":\"creator\"}")
    let sign = ["sign", "--purpose", "statement", "--claims", claims, "--lifetime", "2h"]
    let early = try run(sign + data)
    #expect(early.code == 1 && early.error.contains("--issuer"))
    let server = try RunningServer(scratch)
    let token = try word(sign)
    let said = try #require(try verify([token], server).first?["claims"])
    #expect(
      said["iss"]?.string == "http://\(server.api)" && said["tier"] == "creator" && said["purpose"] == "statement")
    #expect((said["exp"]?.integer ?? 0) - (said["iat"]?.integer ?? 0) == 7200)
    #expect(said["scope"] == nil)
    #expect(try server.status(["-X", "POST", "-H", "Authorization: Bearer " + token], "/v1/rulebook") == 401)
  }

  @Test(arguments: [
    (["sign", "--purpose", "access", "--claims", "-"], "{\"sub\":\"a\"}", 64, "statement or receipt"),
    (["sign", "--purpose", "receipt", "--claims", "-"], "{\"sub\":\"a\",\"exp\":1}", 1, "host alone sets the claim"),
    (["sign", "--purpose", "receipt", "--claims", "-"], "{\"sub\":\"a\",\"evil\":1}", 1, "no claim 'evil'"),
    (["sign", "--purpose", "receipt", "--claims", "-"], "[]", 1, "no JSON object"),
    (["sign", "--purpose", "receipt", "--claims", "-"], "{", 1, "-:"),
    (["sign", "--purpose", "receipt", "--claims", "-", "--lifetime", "25h"], "{\"sub\":\"a\"}", 1, "lives 1 to 86400"),
    (["operator", "--lifetime", "25h"], "", 64, "at most 86400"),
    (["operator", "--lifetime", "0"], "", 64, "lifetime"),
    (["operator", "--lifetime", "1d"], "", 64, "lifetime"), (["revoke", "x.y.z"], "", 64, "is no jti"),
  ])
  func `what isn't signed or revoked is said clearly`(
    arguments: [String], input: String, code: Int32, message: String
  ) throws {
    let ending = try run(arguments + data, input: input)
    #expect(ending.code == code, "\(ending.error)")
    #expect(ending.error.contains(message), "\(ending.error)")
    #expect(ending.out.isEmpty)
  }

  @Test func `keys that others may read are refused by every command`() throws {
    #expect(try run(["keys"] + data).code == 0)
    let ring = scratch.url.appending(path: "data/keys/ring.json").path()
    #expect(chmod(ring, 0o644) == 0)
    for command in ["keys", "rotate", "operator"] {
      let ending = try run([command] + data)
      #expect(ending.code == 1)
      #expect(ending.error.contains("ring.json") && ending.error.contains("chmod 600"))
    }
  }
}
