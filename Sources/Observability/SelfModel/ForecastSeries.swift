package import Core

/// One figure of the platform, step by step, with the interval that was forecast for each.
package struct ForecastSeries: Sendable, Equatable {
  /// What it is: `request_rate`.
  package let name: String
  /// Whose it is: `decisions`.
  package let component: String
  /// When each of them came, milliseconds since 1970; 0 where nobody knows it.
  package private(set) var times: [Int64] = []
  /// The last ``SelfModelLimits/steps`` values.
  package private(set) var observed: [Double] = []
  /// The lower bound for each of them.
  package private(set) var low: [Double] = []
  /// The upper bound for each of them.
  package private(set) var high: [Double] = []
  /// The bounds for the next value; nil when nobody forecast it.
  package var next: ClosedRange<Double>?
  /// How many of the last values in a row lay outside their intervals.
  package private(set) var outside = 0

  /// A series that has no values yet.
  package init(_ name: String, of component: String) {
    self.name = name
    self.component = component
  }

  /// Takes the value of a step at `time`; whether the series surprises by it, as it does once for each stay outside.
  ///
  /// A value that nobody forecast stands as its own interval: the first ones aren't scored. O(steps).
  package mutating func take(_ value: Double, at time: Int64) -> Bool {
    let bounds = next ?? value...value
    next = nil
    times.append(time)
    observed.append(value)
    low.append(bounds.lowerBound)
    high.append(bounds.upperBound)
    outside = bounds.contains(value) ? 0 : outside + 1
    if observed.count > SelfModelLimits.steps {
      times.removeFirst()
      observed.removeFirst()
      low.removeFirst()
      high.removeFirst()
    }
    return outside == SelfModelLimits.surprising
  }

  /// As `awareness.score` is given it. O(steps).
  package var scored: JSON {
    ["name": .string(name), "observed": Self.list(observed), "low": Self.list(low), "high": Self.list(high)]
  }

  /// As `awareness.forecast` is given it. O(steps).
  package var history: JSON { ["name": .string(name), "observed": Self.list(observed)] }

  /// The last of the steps whose time is known, with their intervals, as operators see them. O(steps).
  package var told: JSON {
    let known = times.firstIndex { $0 > 0 } ?? times.endIndex
    let from = max(known, times.count - SelfModelLimits.toldSteps)
    return [
      "time": .array(times[from...].map { .integer($0) }), "observed": Self.list(Array(observed[from...])),
      "low": Self.list(Array(low[from...])), "high": Self.list(Array(high[from...])),
    ]
  }

  private static func list(_ values: [Double]) -> JSON { .array(values.map { .double($0) }) }
}

extension ForecastSeries {
  /// As it is kept. O(steps).
  package var json: JSON {
    var object = scored.object ?? JSON.Object()
    object.append("component", .string(component))
    object.append("outside", .integer(Int64(outside)))
    object.append("times", .array(times.map { .integer($0) }))
    if let next { object.append("next", [.double(next.lowerBound), .double(next.upperBound)]) }
    return .object(object)
  }

  /// Reads ``json`` back; nil when it isn't that. O(steps).
  package init?(json: JSON) {
    guard let name = json["name"]?.string, let component = json["component"]?.string,
      let outside = json["outside"]?.integer, let observed = json["observed"]?.numbers, let low = json["low"]?.numbers,
      let high = json["high"]?.numbers, low.count == observed.count, high.count == observed.count,
      observed.count <= SelfModelLimits.steps
    else { return nil }
    self.init(name, of: component)
    (self.observed, self.low, self.high, self.outside) = (observed, low, high, Int(clamping: outside))
    let times = (json["times"]?.array ?? []).compactMap(\.integer)
    // An earlier version kept none.
    self.times = times.count == observed.count ? times : Array(repeating: 0, count: observed.count)
    if let next = json["next"]?.numbers, next.count == 2, next[0] <= next[1] { self.next = next[0]...next[1] }
  }
}

extension JSON {
  /// The numbers of a list of nothing else; nil for anything else.
  fileprivate var numbers: [Double]? {
    guard let array else { return nil }
    let numbers = array.compactMap(\.number)
    return numbers.count == array.count ? numbers : nil
  }
}
