extension SelfModel {
  /// A reading in which a part isn't healthy when a series of it is over what the rules let it be.
  ///
  /// A share is taken of the newest steps that have as many cases together as the rules ask for: one bad case in a
  /// quiet hour is no share yet. O(values · (declared + steps)).
  package mutating func judged(_ reading: SelfReading) -> SelfReading {
    for (name, new) in reading.cases where cases[name] != nil || cases.count < SelfModelLimits.names {
      cases[name, default: []].append(new)
      if let count = cases[name]?.count, count > SelfModelLimits.steps { cases[name]?.removeFirst() }
    }
    var judged = reading
    for (name, component, value) in reading.values {
      guard let part = declared.first(where: { $0.name == component }), let most = part.most[name],
        let judgeable = judgeable(name, value, among: part.among[name]), judgeable > most
      else { continue }
      let problem = "\(name) is over \(most)"
      if let place = judged.components.firstIndex(where: { $0.name == component }) {
        if judged.components[place].isHealthy != false {
          judged.components[place] = .init(component, isHealthy: false, problem: problem)
        }
      } else {
        judged.components.append(.init(component, isHealthy: false, problem: problem))
      }
    }
    return judged
  }

  /// What a series is judged by: its value, or the share of the last so many cases; nil while there were fewer.
  private func judgeable(_ name: String, _ value: Double, among: Int64?) -> Double? {
    guard let among, let steps = cases[name] else { return value }
    var sum = SelfReading.Cases(bad: 0, all: 0)
    for step in steps.reversed() {
      sum.bad += step.bad
      sum.all += step.all
      if sum.all >= among { return sum.all == 0 ? 0 : Double(sum.bad) / Double(sum.all) }
    }
    return nil
  }
}
