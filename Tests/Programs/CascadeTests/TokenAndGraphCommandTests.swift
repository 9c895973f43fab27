import Core
import Foundation
import Testing

/// `token` and `graph`.
struct TokenAndGraphCommandTests {
  @Test func `verify answers every line, an empty one too`() throws {
    let scratch = try Scratch()
    // RFC 7515, appendix A.1.
    let key = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
    let keys = try scratch.write("keys.json", "{\"keys\":[{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"\(key)\"}]}")
    let token =
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
      + "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
      + "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    let arguments = ["token", "verify", "--jwks", keys, "--format", "json"]
    let expired = try Program.run(arguments, input: token + "\n")
    #expect(expired.code == 2)
    let signed = try Program.run(arguments + ["--signature-only"], input: token + "\n")
    #expect(signed.code == 0)
    #expect(try signed.json()["valid"] == true)
    #expect(try signed.json()["claims"]?["iss"] == "joe")
    let mixed = try Program.run(arguments + ["--signature-only"], input: "\(token)\n\n\(token)x\n")
    #expect(mixed.code == 2)
    #expect(try mixed.jsonLines().map { $0["valid"] } == [true, false, false])
    #expect(try mixed.jsonLines()[1]["code"] == "invalid_token")
  }

  struct Vector: Sendable {
    var name: String
    var rows: [String]
    var citizen: String
    var expected: [String: Double]
    var rho: Double?
    var ready = false
  }

  /// The domain's table. Pairs beyond those that a graph is about have names of their own.
  static let vectors: [Vector] = [
    Vector(
      name: "V1", rows: ["hub,a,99.93", "hub,b,99.95", "hub,c,99.95", "hub,d,99.94", "a,b,50"], citizen: "hub",
      expected: [
        "F": 1, "R": 0, "P": 0.618034, "triangles": 1, "crystallised": 1, "C": 0.132231, "V": 0, "level": 0.349878,
      ]),
    Vector(
      name: "V2", rows: clique { abs($0 - $1) == 1 || abs($0 - $1) == 4 ? "100" : "38.2" }, citizen: "c1",
      expected: ["F": 0.5, "P": 0.690962, "triangles": 6, "crystallised": 3, "C": 0.626028, "V": 0, "level": 0.538934],
      rho: 1.618),
    Vector(
      name: "V3", rows: ["c1,c2,99.94", "c2,c3,99.94", "c3,c4,99.94", "c4,c5,99.94", "c1,c5,99.94"], citizen: "c1",
      expected: ["F": 0.5, "P": 0.617478, "triangles": 0, "C": 0, "V": 0, "level": 0.308739], rho: 1.499101),
    Vector(
      name: "V4", rows: clique { _, _ in "99.94" }, citizen: "c1",
      expected: ["F": 1, "R": 0, "P": 0.618034, "triangles": 6, "C": 0.9994, "V": 0, "level": 0.617849], rho: 1),
    Vector(
      name: "V5", rows: clique { _, _ in "99.94" } + (0..<12).map { "x\($0),y\($0),50.07" }, citizen: "c1",
      expected: ["F": 1, "P": 0.618034, "C": 0.9994, "median": 50.07, "V": 0.993, "level": 0.807495], rho: 1,
      ready: true),
    Vector(
      name: "V6", rows: clique { _, _ in "100" }, citizen: "c1",
      expected: ["F": 1, "P": 0.618034, "C": 1, "median": 100, "V": 0, "level": 0.618034], rho: 1, ready: true),
    Vector(
      name: "V7", rows: ["a,b,50"], citizen: "a",
      expected: ["F": 0, "R": 0, "P": 0, "triangles": 0, "C": 0, "median": 50, "V": 1, "level": 0.190983]),
  ]

  static func clique(_ trust: (Int, Int) -> String) -> [String] {
    (1...5).flatMap { left in (left..<5).map { "c\(left),c\($0 + 1),\(trust(left, $0 + 1))" } }
  }

  @Test(arguments: vectors)
  func `graph measure gives the domain's vectors to six decimals`(vector: Vector) throws {
    let scratch = try Scratch()
    let header = "citizen1,citizen2,trustScore,strengthScore,lastInteraction\n"
    let edges = try scratch.write("edges.csv", header + vector.rows.map { $0 + ",0,\n" }.joined())
    let ending = try Program.run(["graph", "measure", "--edges", edges, "--citizen", vector.citizen])
    #expect(ending.code == 0, "\(ending.error)")
    let json = try ending.json()
    for (name, value) in vector.expected {
      let got = try #require(json[name]?.number, "\(vector.name): \(name) is missing in \(ending.out)")
      #expect(abs(got - value) < 1e-6, "\(vector.name): \(name) is \(got), not \(value)")
    }
    let rho = json["rho"]?.number
    #expect(vector.rho.map { abs($0 - (rho ?? -1)) < 1e-6 } ?? (rho == nil), "\(vector.name): rho is \(rho as Any)")
    #expect(json["ready"] == .bool(vector.ready), "\(vector.name)")
  }

  @Test func `graph measure refuses a name that is not in the data`() throws {
    let ending = try Program.run([
      "graph", "measure", "--edges", "Sources/cascade/Resources/venice_relationships.csv", "--citizen", "Nobody",
    ])
    #expect(ending.code == 2)
    #expect(ending.error.contains("Nobody"))
  }
}
