package import Core
internal import Decisions

/// What a rulebook promises of its decisions, and how fast a promise may be used up before something follows.
///
/// Of each objective's budget, the share that may go wrong, a burn of 1 uses up all in the time the objective is kept
/// over (Beyer and others, *The Site Reliability Workbook*, 2018, chapter 5).
package struct ServiceObjectives: Sendable {
  /// Something that is promised of a decision.
  struct Promise: Sendable {
    /// What of a decision is counted as bad.
    enum Kind: Sendable {
      /// Runs that failed through the platform's fault.
      case availability
      /// Runs that took longer than a bound of the histogram, of this place in it.
      case latency(bucket: Int)

      /// The objective's name: `availability` or `latency`.
      var name: String { if case .availability = self { "availability" } else { "latency" } }
    }

    var point: String
    var kind: Kind
    /// The share that may go wrong.
    var budget: Double
  }

  /// A speed at which a budget is used up too fast.
  struct Burn: Sendable {
    var factor: Double
    /// The windows over which it must burn so, as Prometheus writes them: `1h`.
    var long: String
    var short: String
    var severity: String
    /// Whether no rulebook comes into force meanwhile.
    var holdsActivation: Bool
  }

  /// Over so many days a promise is kept.
  let days: Int64
  /// How decisions end that count as failed.
  let failures: [String]
  let promises: [Promise]
  let burns: [Burn]

  /// Reads `awareness.objectives`' answer. Throws the name of what it can't be read by.
  package init(_ answer: JSON) throws(UsageError) {
    guard let days = answer["days"]?.integer, days > 0 else { throw UsageError("days wants a whole number") }
    self.days = days
    failures = (answer["failures"]?.array ?? []).compactMap(\.string)
    for code in failures where DecisionErrorCode(rawValue: code) == nil {
      throw UsageError("failures has '\(code)', and no decision ends so")
    }
    var burns: [Burn] = []
    for burn in answer["burns"]?.array ?? [] {
      guard let factor = burn["factor"]?.number, factor > 0, let severity = burn["severity"]?.string,
        let long = burn["long"]?.string, let short = burn["short"]?.string, Self.seconds(long) != nil,
        Self.seconds(short) != nil
      else { throw UsageError("burns wants {factor, long, short, severity}, windows like 5m, 1h or 3d") }
      burns.append(
        Burn(
          factor: factor, long: long, short: short, severity: severity,
          holdsActivation: burn["holds_activation"] == true))
    }
    self.burns = burns
    var promises: [Promise] = []
    for (number, point) in (answer["points"]?.array ?? []).enumerated() {
      promises += try Self.promises(point, number + 1)
    }
    self.promises = promises
  }

  private static func promises(_ json: JSON, _ number: Int) throws(UsageError) -> [Promise] {
    guard let point = json["point"]?.string, point.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x22 && $0 != 0x5C }) else {
      throw UsageError("points[\(number)].point wants a decision's name")
    }
    var promises: [Promise] = []
    if let share = json["availability"]?.number {
      let budget = try budget(share, "points[\(number)].availability")
      promises.append(Promise(point: point, kind: .availability, budget: budget))
    }
    if let latency = json["latency"] {
      guard let seconds = latency["seconds"]?.number, let share = latency["share"]?.number else {
        throw UsageError("points[\(number)].latency wants {seconds, share}")
      }
      let bounds = LaneStatistics.bucketBounds.map { MetricText.number(Double($0) / 1e9) }
      let bound = MetricText.number(seconds)
      guard let bucket = bounds.firstIndex(of: bound) else {
        let known = bounds.joined(separator: ", ")
        throw UsageError("points[\(number)].latency.seconds is \(bound), and is measured by \(known)")
      }
      promises.append(
        Promise(
          point: point, kind: .latency(bucket: bucket),
          budget: try budget(share, "points[\(number)].latency.share")))
    }
    return promises
  }

  private static func budget(_ share: Double, _ name: String) throws(UsageError) -> Double {
    guard share > 0, share < 1 else { throw UsageError("\(name) wants a share between 0 and 1") }
    // To the twelfth place: of 0.999, a thousandth is left.
    return ((1 - share) * 1e12).rounded() / 1e12
  }

  /// The seconds of a window such as `5m`; nil for any other text, and for more than a year.
  static func seconds(_ window: String) -> Int64? {
    let units: [UInt8: Int64] = [
      UInt8(ascii: "s"): 1, UInt8(ascii: "m"): 60, UInt8(ascii: "h"): 3600, UInt8(ascii: "d"): 86_400,
      UInt8(ascii: "w"): 7 * 86_400,
    ]
    guard let unit = window.utf8.last.flatMap({ units[$0] }), window.utf8.count <= 10,
      let count = Int64(Substring(window.utf8.dropLast())), count > 0, count * unit <= 366 * 86_400
    else { return nil }
    return count * unit
  }
}
