package import Core

/// The platform's model of itself: what it saw, what it expected, and what it claimed. A value; rules make the
/// expectations and the score.
package struct SelfModel: Sendable, Equatable {
  /// A part of the platform.
  package struct Component: Sendable, Equatable {
    /// When it was last heard of, milliseconds since 1970; nil when it never was.
    package var heard: Int64?
    /// What its last ``SelfModelLimits/steps`` probes found.
    package var probes: [Bool] = []
    /// How probable its health at the next probe was said to be; nil when nobody said.
    package var claimed: Double?
    /// Why it isn't healthy, for people; nil when it is.
    package var problem: String?
  }

  /// A part as the rules declare it.
  package struct Declared: Sendable {
    package var name: String
    /// The names of the parts that it calls.
    package var calls: [String]
    /// By series, the largest value with which it is healthy.
    package var most: [String: Double]
    /// By series that is a share, of how many cases at least it is taken when it is held against that.
    package var among: [String: Int64]
  }

  /// The parts that are declared.
  package private(set) var declared: [Declared] = []
  /// What is known of each part, declared or not.
  package private(set) var components: [String: Component] = [:]
  /// The series, in the order in which they first came.
  package private(set) var series: [ForecastSeries] = []
  /// The claims that were made.
  package private(set) var claims = ClaimBook()
  /// When each call was last seen, milliseconds since 1970.
  package private(set) var calls: [SelfCall: Int64] = [:]
  /// When each decision, route and host call was last asked for, milliseconds since 1970.
  package private(set) var sights: [SelfSight: Int64] = [:]
  /// What can be asked for, by the last step.
  private var offered: [SelfSight] = []
  /// Of each series that is a share, what came in the last ``SelfModelLimits/steps``; not kept between two runs.
  var cases: [String: [SelfReading.Cases]] = [:]
  /// The last surprises, the newest last.
  package private(set) var surprises: [Surprise] = []

  /// A series that began to stay outside its intervals.
  package struct Surprise: Sendable, Equatable {
    /// When, milliseconds since 1970.
    package var time: Int64
    /// The part that the series is of.
    package var component: String
    /// Whose value stayed outside of its interval.
    package var series: String

    /// A surprise of these.
    package init(time: Int64, component: String, series: String) {
      (self.time, self.component, self.series) = (time, component, series)
    }
  }

  /// A model that knows nothing.
  package init() {}

  /// Whether both know the same.
  package static func == (left: SelfModel, right: SelfModel) -> Bool { left.json == right.json }

  mutating func restore(_ name: String, _ component: Component) { components[name] = component }

  mutating func restore(series: [ForecastSeries], claims: ClaimBook, calls: [SelfCall: Int64]) {
    (self.series, self.claims, self.calls) = (series, claims, calls)
  }

  mutating func restore(surprises: [Surprise], sights: [SelfSight: Int64]) {
    (self.surprises, self.sights) = (surprises, sights)
  }

  /// Takes what the rules declare: `awareness.declare`'s answer.
  package mutating func declare(_ answer: JSON) {
    declared = (answer["components"]?.array ?? []).prefix(SelfModelLimits.names).compactMap { component in
      component["name"]?.string.map { name in
        let most = (component["most"]?.object?.members ?? []).compactMap { series, value in
          value.number.map { (series, $0) }
        }
        let among = (component["among"]?.object?.members ?? []).compactMap { series, value in
          value.integer.map { (series, $0) }
        }
        return Declared(
          name: name, calls: (component["calls"]?.array ?? []).compactMap(\.string),
          most: Dictionary(most) { first, _ in first }, among: Dictionary(among) { first, _ in first })
      }
    }
  }

  /// Takes one step; which parts surprise by it, in the order of their series. O(steps).
  package mutating func take(_ reading: SelfReading) -> [String] {
    for read in reading.components where components[read.name] != nil || components.count < SelfModelLimits.names {
      take(read, now: reading.now)
    }
    for call in reading.calls where calls[call] != nil || calls.count < SelfModelLimits.names {
      calls[call] = reading.now
    }
    takeSights(reading)
    var surprising: [String] = []
    for (name, component, value) in reading.values where value.isFinite {
      let place = series.firstIndex { $0.name == name } ?? series.endIndex
      if place == series.endIndex {
        if series.count >= SelfModelLimits.names { continue }
        series.append(ForecastSeries(name, of: component))
      }
      if series[place].take(value, at: reading.now) {
        surprises.append(Surprise(time: reading.now, component: component, series: name))
        if !surprising.contains(component) { surprising.append(component) }
      }
    }
    surprises.removeFirst(max(0, surprises.count - SelfModelLimits.surprises))
    return surprising
  }

  private mutating func takeSights(_ reading: SelfReading) {
    offered = reading.offered
    for sight in reading.asked where sights[sight] != nil || sights.count < SelfModelLimits.sights {
      sights[sight] = reading.now
    }
    sights = sights.filter { reading.now - $0.value < Self.memory }
  }

  /// How long ago is too long to count as seen, milliseconds.
  private static let memory = SelfModelLimits.claimDays * 86_400_000

  /// The surprise with which it began, of the series that stay outside still; nil while none does. O(series).
  package var firstSurprise: Surprise? {
    var staying = Set(series.filter { $0.outside >= SelfModelLimits.surprising }.map(\.name))
    return surprises.reversed().filter { staying.remove($0.series) != nil }.last
  }

  private mutating func take(_ read: SelfReading.Component, now: Int64) {
    var component = components[read.name] ?? Component()
    component.heard = now
    component.problem = read.problem
    if let isHealthy = read.isHealthy {
      if let claimed = component.claimed { claims.note(claimed: claimed, isHealthy: isHealthy, now: now) }
      component.claimed = nil
      component.probes.append(isHealthy)
      if component.probes.count > SelfModelLimits.steps { component.probes.removeFirst() }
    }
    components[read.name] = component
  }

  /// Takes in what `awareness.forecast` answered.
  package mutating func expect(_ answer: JSON) {
    for one in answer["series"]?.array ?? [] {
      guard let place = series.firstIndex(where: { $0.name == one["name"]?.string }), let low = one["low"]?.number,
        let high = one["high"]?.number, low <= high
      else { continue }
      series[place].next = low...high
    }
  }

  /// Takes in what `awareness.claim` answered.
  package mutating func claim(_ answer: JSON) {
    for one in answer["components"]?.array ?? [] {
      guard let name = one["name"]?.string, let claimed = one["claimed"]?.number else { continue }
      components[name]?.claimed = claimed
    }
  }
}

extension SelfModel {
  /// What `awareness.forecast` is given. O(series · steps).
  package var forecastInput: JSON { ["series": .array(series.map(\.history))] }

  /// What `awareness.claim` is given at `now`: the parts that were ever probed. O(components · steps).
  package func claimInput(now: Int64) -> JSON {
    let probed = components.sorted { $0.key < $1.key }.filter { !$0.value.probes.isEmpty }
    let rows = probed.map { name, component -> JSON in
      var telemetry = JSON.Object()
      if let heard = component.heard { telemetry.append("age_milliseconds", .integer(max(0, now - heard))) }
      let values = series.filter { $0.component == name }.compactMap { one in
        one.observed.last.map { (one.name, JSON.double($0)) }
      }
      if !values.isEmpty { telemetry.append("values", .object(JSON.Object(values))) }
      return [
        "name": .string(name), "telemetry": .object(telemetry), "probes": .array(component.probes.map { .bool($0) }),
      ]
    }
    return ["components": .array(rows)]
  }

  /// What `awareness.score` is given at `now`. O(series · steps + claims).
  package func scoreInput(now: Int64) -> JSON {
    let rows = declared.map { declared -> JSON in
      var row = JSON.Object([("name", .string(declared.name))])
      // A part that failed its probe has nothing to tell, so the figure falls with it and not a minute later.
      if let component = components[declared.name], component.probes.last != false, let heard = component.heard {
        row.append("telemetry_age_milliseconds", .integer(max(0, now - heard)))
      }
      return .object(row)
    }
    return [
      "components": .array(rows), "series": .array(series.map(\.scored)), "claims": .array(claims.rows),
      "calls": .array(recentCalls(now: now).map { ["from": .string($0.from), "to": .string($0.to)] }),
    ]
  }

  /// Calls of the last days, by names.
  private func recentCalls(now: Int64) -> [SelfCall] {
    calls.filter { now - $0.value < Self.memory }.keys.sorted()
  }

  /// What the model doesn't know: parts never heard of and never probed, calls that are declared and weren't seen in
  /// the last days, calls that were seen and aren't declared, and decisions, routes and host calls that nobody asked
  /// for in those days. O(calls + offered).
  package func blindSpots(now: Int64) -> JSON {
    let seen = recentCalls(now: now)
    let expected = declared.flatMap { part in part.calls.map { SelfCall(part.name, $0) } }
    func list(_ calls: [SelfCall]) -> JSON {
      .array(calls.sorted().map { ["from": .string($0.from), "to": .string($0.to)] })
    }
    func names(_ isBlind: (Component?) -> Bool) -> JSON {
      .array(declared.filter { isBlind(components[$0.name]) }.map { .string($0.name) })
    }
    return [
      "silent_components": names { $0?.heard == nil },
      "unprobed_components": names { $0?.probes.isEmpty ?? true },
      "unseen_calls": list(expected.filter { !seen.contains($0) }),
      "undeclared_calls": list(seen.filter { !expected.contains($0) }), "unseen_decisions": unseen(.decision, now),
      "unseen_routes": unseen(.route, now), "unseen_host_calls": unseen(.hostCall, now),
    ]
  }

  private func unseen(_ kind: SelfSight.Kind, _ now: Int64) -> JSON {
    let unseen = offered.filter { sight in
      sight.kind == kind && sights[sight].map { now - $0 >= Self.memory } ?? true
    }
    return .array(unseen.map(\.name).sorted().map { .string($0) })
  }
}
