package import Core

extension SelfModel {
  /// The model as it is kept between two runs of a host. O(model).
  package var json: JSON {
    let parts = components.sorted { $0.key < $1.key }.map { name, component -> JSON in
      var object = JSON.Object([
        ("name", .string(name)), ("probes", .string(component.probes.map { $0 ? "1" : "0" }.joined())),
      ])
      if let heard = component.heard { object.append("heard", .integer(heard)) }
      if let claimed = component.claimed { object.append("claimed", .double(claimed)) }
      return .object(object)
    }
    let seen = calls.sorted { $0.key < $1.key }.map { call, time -> JSON in
      [.string(call.from), .string(call.to), .integer(time)]
    }
    return [
      "version": .integer(Self.version), "components": .array(parts), "series": .array(series.map(\.json)),
      "claims": claims.json, "calls": .array(seen), "surprises": .array(surprises.map(\.json)),
      "sights": .array(
        sights.sorted { $0.key < $1.key }.map { sight, time in
          [.string(sight.kind.rawValue), .string(sight.name), .integer(time)]
        }),
    ]
  }

  private static let version: Int64 = 1

  /// Reads ``json`` back; nil when it isn't that. What was declared is asked for again. O(model).
  package init?(json: JSON) {
    guard json["version"]?.integer == Self.version, let parts = json["components"]?.array,
      let series = json["series"]?.array, let claims = json["claims"].flatMap(ClaimBook.init(json:)),
      let calls = json["calls"]?.array
    else { return nil }
    self.init()
    for part in parts.prefix(SelfModelLimits.names) {
      guard let name = part["name"]?.string, let probes = part["probes"]?.string else { return nil }
      var component = Component()
      component.probes = probes.utf8.suffix(SelfModelLimits.steps).map { $0 == UInt8(ascii: "1") }
      component.heard = part["heard"]?.integer
      component.claimed = part["claimed"]?.number
      restore(name, component)
    }
    let read = series.prefix(SelfModelLimits.names).compactMap(ForecastSeries.init(json:))
    if read.count != min(series.count, SelfModelLimits.names) { return nil }
    var seen: [SelfCall: Int64] = [:]
    for call in calls.prefix(SelfModelLimits.names) {
      guard let row = call.array, row.count == 3, let from = row[0].string, let to = row[1].string,
        let time = row[2].integer
      else { return nil }
      seen[SelfCall(from, to)] = time
    }
    restore(series: read, claims: claims, calls: seen)
    // An earlier version kept neither.
    let sights = (json["sights"]?.array ?? []).prefix(SelfModelLimits.sights).compactMap { row -> (SelfSight, Int64)? in
      guard let row = row.array, row.count == 3, let kind = row[0].string.flatMap(SelfSight.Kind.init(rawValue:)),
        let name = row[1].string, let time = row[2].integer
      else { return nil }
      return (SelfSight(kind, name), time)
    }
    restore(
      surprises: (json["surprises"]?.array ?? []).suffix(SelfModelLimits.surprises).compactMap(Surprise.init(json:)),
      sights: Dictionary(sights) { first, _ in first })
  }
}

extension SelfModel.Surprise {
  /// As it is kept, and as operators see it.
  package var json: JSON {
    ["time": .integer(time), "component": .string(component), "series": .string(series)]
  }

  /// Reads ``json`` back; nil when it isn't that.
  init?(json: JSON) {
    guard let time = json["time"]?.integer, let component = json["component"]?.string,
      let series = json["series"]?.string
    else { return nil }
    self.init(time: time, component: component, series: series)
  }
}
