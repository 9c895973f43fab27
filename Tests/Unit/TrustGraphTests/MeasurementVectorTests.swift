internal import Foundation
internal import Testing
internal import TrustGraph

/// The seven graphs of the domain, and the formula over what the graph gives.
struct MeasurementVectorTests {
  struct Vector: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var pairs: [(String, String, Double)]
    var citizen = "a"
    var ratio: Double?
    var alignment: Double
    var triangles: Int
    var crystallised: Int
    var clustering: Double
    var median: Double
    var level: Double
  }

  static let vectors: [Vector] = {
    let names = ["a", "b", "c", "d", "e"]
    let ring = (0..<5).map { (names[$0], names[($0 + 1) % 5]) }
    let chords = (0..<5).map { (names[$0], names[($0 + 2) % 5]) }
    func all(_ pairs: [(String, String)], _ trust: Double) -> [(String, String, Double)] {
      pairs.map { ($0.0, $0.1, trust) }
    }
    let star = [("a", "b", 99.93), ("a", "c", 99.95), ("a", "d", 99.95), ("a", "e", 99.94), ("b", "c", 50.0)]
    let clique = all(ring + chords, 99.94)
    return [
      Vector(
        testDescription: "V1", pairs: star, alignment: 0.618034, triangles: 1, crystallised: 1,
        clustering: 0.132231, median: 99.94, level: 0.349878),
      Vector(
        testDescription: "V2", pairs: all(ring, 100) + all(chords, 38.2), ratio: 1.618, alignment: 0.690962,
        triangles: 6, crystallised: 3, clustering: 0.626028, median: 69.10, level: 0.538934),
      Vector(
        testDescription: "V3", pairs: all(ring, 99.94), ratio: 1.499101, alignment: 0.617478, triangles: 0,
        crystallised: 0, clustering: 0, median: 99.94, level: 0.308739),
      Vector(
        testDescription: "V4", pairs: clique, ratio: 1, alignment: 0.618034, triangles: 6, crystallised: 6,
        clustering: 0.9994, median: 99.94, level: 0.617849),
      Vector(
        testDescription: "V5", pairs: clique + (0..<12).map { ("x\($0)", "y\($0)", 50.07) }, ratio: 1,
        alignment: 0.618034, triangles: 6, crystallised: 6, clustering: 0.9994, median: 50.07, level: 0.807495),
      Vector(
        testDescription: "V6", pairs: all(ring + chords, 100), ratio: 1, alignment: 0.618034, triangles: 6,
        crystallised: 6, clustering: 1, median: 100, level: 0.618034),
      Vector(
        testDescription: "V7", pairs: [("a", "b", 50)], alignment: 0, triangles: 0, crystallised: 0,
        clustering: 0, median: 50, level: 0.190983),
    ]
  }()

  @Test(arguments: vectors)
  func `the formula over the metrics gives the domain's vector`(_ vector: Vector) throws {
    let snapshot = TrustSnapshot(try vector.pairs.map { try Relationship($0.0, $0.1, trust: $0.2) })
    let metrics = try snapshot.metrics(
      of: vector.citizen, MetricsOptions(window: 47, neutral: 50, crystalMean: 70, top: 4))
    #expect(metrics.triangles == vector.triangles)
    #expect(metrics.crystallised == vector.crystallised)
    let median = try #require(metrics.median)
    #expect(abs(median - vector.median) < 1e-9)

    let golden = (1 + 5.0.squareRoot()) / 2
    let field = metrics.topTrusts.reduce(0) { $0 + min(max(($1 - 50) / (99.93 - 50), 0), 1) } / 4
    func meanDistance(_ trusts: [Double]) -> Double { trusts.reduce(0) { $0 + 2 - $1 / 100 } / 5 }
    let ratio = metrics.pentagon.map { meanDistance($0.diagonals) / meanDistance($0.sides) }
    #expect(ratio.map { ($0 * 1e6).rounded() } == vector.ratio.map { ($0 * 1e6).rounded() })
    let resonance = ratio.map { max(0, 1 - abs($0 - golden) / (golden - 1)) } ?? 0
    let alignment = field / golden + resonance / (golden * golden)
    let degree = Double(metrics.degree)
    let clustering = degree < 2 ? 0 : 2 * metrics.triangleStrengthSum / (degree * (degree - 1))
    let valve = max(0, 1 - abs(median - 50) / 10)
    let level = alignment / 2 + clustering / (2 * golden) + valve / (2 * golden * golden)
    #expect(abs(alignment - vector.alignment) < 6e-7)
    #expect(abs(clustering - vector.clustering) < 6e-7)
    #expect(abs(level - vector.level) < 6e-7)
  }
}
