import Core
import TrustGraph

/// A random model of a platform as `awareness.score` is given it: parts that are unknown, series that stand still,
/// claims that tie, calls of what nobody declared.
struct RandomModel {
  let input: JSON

  /// A model that replays from the generator's seed.
  init(_ generator: inout SeededGenerator) {
    let names = (0..<generator.next(below: 8)).map { "part\($0)" }
    let components = names.map { name -> JSON in
      let age = generator.next(below: 120_000)
      return age % 7 == 0
        ? ["name": .string(name)]
        : ["name": .string(name), "telemetry_age_milliseconds": .integer(Int64(age))]
    }
    let series = (0..<generator.next(below: 4)).map { Self.series("series\($0)", &generator) }
    let claims = (0..<generator.next(below: 120)).map { _ in Self.claim(&generator) }
    let callers = names + ["stranger"]
    let calls = (0..<generator.next(below: 6)).map { _ -> JSON in
      [
        "from": .string(callers[generator.next(below: callers.count)]),
        "to": .string(callers[generator.next(below: callers.count)]),
      ]
    }
    input = [
      "components": .array(components), "series": .array(series), "claims": .array(claims), "calls": .array(calls),
    ]
  }

  /// Values as a series has them: rounded, so that some are equal; steady, standing still or jumping.
  static func values(_ generator: inout SeededGenerator) -> [Double] {
    let (kind, count) = (generator.next(below: 5), generator.next(below: 100))
    var value = 50.0
    return (0..<count).map { step in
      let change = Double(generator.next(below: 2_001) - 1_000) / 100
      switch kind {
      case 0: return 0
      case 1: value += change
      case 2: return Double(step) * 2
      default: value = 50 + change
      }
      return value
    }
  }

  private static func series(_ name: String, _ generator: inout SeededGenerator) -> JSON {
    let observed = values(&generator)
    let width = Double(generator.next(below: 30))
    let bounds = observed.map { value -> (low: Double, high: Double) in
      let miss = Double(generator.next(below: 3) / 2) * (width + 3)
      return (value - width + miss, value + width + miss)
    }
    func list(_ values: [Double]) -> JSON { .array(values.map { .double($0) }) }
    return [
      "name": .string(name), "observed": list(observed), "low": list(bounds.map(\.low)),
      "high": list(bounds.map(\.high)),
    ]
  }

  private static func claim(_ generator: inout SeededGenerator) -> JSON {
    let claimed = Double(generator.next(below: 21)) / 20
    let isHealthy = Double(generator.next(below: 100)) / 100 < claimed
    return [
      "claimed": .double(claimed), "healthy": .bool(generator.next(below: 10) == 0 ? !isHealthy : isHealthy),
      "n": .integer(Int64(generator.next(below: 4))),
    ]
  }
}
