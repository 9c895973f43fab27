import Core
import Hummingbird
import Rulebook
@testable import Server
import Testing

/// `GET /v1/citizens/{name}/measurement`.
struct GraphMeasurementTests {
  struct Vector: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var pairs: [(String, String, Double)]
    /// F, R, P, triangles, crystallised, C, median, V, level.
    var figures: [Double]
    var rho: Double?
    var ready = false
  }

  private static let names = ["a", "b", "c", "d", "e"]
  private static let ring = (0..<5).map { (names[$0], names[($0 + 1) % 5]) }
  private static let chords = (0..<5).map { (names[$0], names[($0 + 2) % 5]) }

  private static func all(_ pairs: [(String, String)], _ trust: Double) -> [(String, String, Double)] {
    pairs.map { ($0.0, $0.1, trust) }
  }

  /// The domain's table; `a` is measured.
  static let vectors: [Vector] = [
    Vector(
      testDescription: "V1",
      pairs: [("a", "b", 99.93), ("a", "c", 99.95), ("a", "d", 99.95), ("a", "e", 99.94), ("b", "c", 50)],
      figures: [1, 0, 0.618034, 1, 1, 0.132231, 99.94, 0, 0.349878]),
    Vector(
      testDescription: "V2", pairs: all(ring, 100) + all(chords, 38.2),
      figures: [0.5, 0.9999, 0.690962, 6, 3, 0.626028, 69.10, 0, 0.538934], rho: 1.618),
    Vector(
      testDescription: "V3", pairs: all(ring, 99.94),
      figures: [0.5, 0.8076, 0.617478, 0, 0, 0, 99.94, 0, 0.308739], rho: 1.499101),
    Vector(
      testDescription: "V4", pairs: all(ring + chords, 99.94),
      figures: [1, 0, 0.618034, 6, 6, 0.9994, 99.94, 0, 0.617849], rho: 1),
    Vector(
      testDescription: "V5", pairs: all(ring + chords, 99.94) + (0..<12).map { ("x\($0)", "y\($0)", 50.07) },
      figures: [1, 0, 0.618034, 6, 6, 0.9994, 50.07, 0.993, 0.807495], rho: 1, ready: true),
    Vector(
      testDescription: "V6", pairs: all(ring + chords, 100),
      figures: [1, 0, 0.618034, 6, 6, 1, 100, 0, 0.618034], rho: 1, ready: true),
    Vector(
      testDescription: "V7", pairs: [("a", "b", 50)], figures: [0, 0, 0, 0, 0, 0, 50, 1, 0.190983]),
  ]

  @Test(arguments: vectors)
  func `the domain's graphs, sent over HTTP, are measured to six decimals`(vector: Vector) async throws {
    try await GraphFixture.run { fixture in
      let sent = try await fixture.send(vector.pairs.map { GraphFixture.row($0.0, $0.1, $0.2) })
      #expect(sent.status == 200, "\(sent.text)")
      let reply = try await fixture.api.ask(.get, "/v1/citizens/a/measurement")
      #expect(reply.status == 200, "\(reply.text)")
      let names = ["F", "R", "P", "triangles", "crystallised", "C", "median", "V", "level"]
      for (name, expected) in zip(names, vector.figures) {
        let got = try #require(reply.json[name]?.number)
        // The domain's table gives R to four decimals.
        #expect(abs(got - expected) < (name == "R" ? 6e-5 : 6e-7), "\(name) is \(got), not \(expected)")
      }
      #expect(reply.json["rho"]?.number.map { ($0 * 1e6).rounded() } == vector.rho.map { ($0 * 1e6).rounded() })
      #expect(reply.json["ready"] == .bool(vector.ready))
    }
  }

  @Test func `a name that is nowhere in the graph is not found, by a code`() async throws {
    try await GraphFixture.run { fixture in
      _ = try await fixture.send([GraphFixture.row("anna", "a/b é", 60)])
      let reply = try await fixture.api.ask(.get, "/v1/citizens/nobody/measurement")
      #expect(reply.status == 404)
      #expect(reply.json["code"] == "unknown_citizen")
      #expect(reply.json["detail"]?.string?.contains("'nobody'") == true)
      let odd = try await fixture.api.ask(.get, "/v1/citizens/a%2Fb%20%C3%A9/measurement")
      #expect(odd.status == 200, "\(odd.text)")
    }
  }

  @Test func `without the decision the route says which one is missing`() async throws {
    var rules = try GraphFixture.shipped()
    rules = .init(files: rules.files.filter { !$0.key.text.hasPrefix("plugins/consciousness/") })
    try await GraphFixture.run(rules) { fixture in
      _ = try await fixture.send([GraphFixture.row("anna", "bruno", 60)])
      let reply = try await fixture.api.ask(.get, "/v1/citizens/anna/measurement")
      #expect(reply.status == 503)
      #expect(reply.json["code"] == "unavailable")
      #expect(reply.json["detail"]?.string?.contains("'consciousness.measure'") == true)
    }
  }

  @Test func `governance changes the measurement by changing its policy`() async throws {
    let rows = (1...9).map { GraphFixture.row("anna", "c\($0)", 80) } + [GraphFixture.row("c1", "c2", 80)]
    func measure(_ rules: RulebookSnapshot) async throws -> JSON {
      var measured = JSON.null
      try await GraphFixture.run(rules) { fixture in
        _ = try await fixture.send(rows)
        measured = try await fixture.api.ask(.get, "/v1/citizens/anna/measurement").json
      }
      return measured
    }
    let shipped = try await measure(try GraphFixture.shipped())
    #expect(shipped["crystallised"] == 1)
    #expect(shipped["window"] == 10)
    let changed = try await measure(
      try GraphFixture.shipped([
        "policies/consciousness.lua": { text in
          text.replacing("crystal_mean = 70", with: "crystal_mean = 85").replacing("window = 47", with: "window = 5")
            .replacing("ready = 0.618", with: "ready = 0.01").replacing("field_full = 99.93", with: "field_full = 80")
        }
      ]))
    #expect(changed["crystallised"] == 0)
    #expect(changed["window"] == 5)
    #expect(changed["F"]?.number == 1)
    #expect(shipped["ready"] == false)
    #expect(changed["ready"] == true)
  }
}
