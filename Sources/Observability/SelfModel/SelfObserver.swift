package import Core

/// What the rules answered about the model.
package struct SelfAnswer: Sendable {
  /// The result of the decision.
  package var result: JSON
  /// The number of the generation that decided.
  package var generation: Int
  /// Keeps the decision's record; it isn't kept otherwise.
  package var keep: @Sendable () async -> Void

  /// An answer of these parts.
  package init(result: JSON, generation: Int, keep: @escaping @Sendable () async -> Void) {
    self.result = result
    self.generation = generation
    self.keep = keep
  }
}

/// The rules that make the model's expectations and its score.
package protocol SelfRules: Sendable {
  /// What a decision says. Throws why it says nothing.
  func answer(_ point: String, _ input: JSON) async throws -> SelfAnswer
}

/// What came of one step of the model.
package struct SelfStep: Sendable {
  /// What `awareness.score` said; nil when it said nothing.
  package var score: JSON?
  /// The parts that surprise by this step, the first one first.
  package var surprises: [String] = []
  /// The part that surprised first of those that still do; nil while none does.
  package var firstSurprise: String?
  /// The parts that aren't healthy, with the reason of each.
  package var unhealthy: [(name: String, problem: String)] = []
  /// Why the rules said nothing; nil when they did.
  package var problem: String?
}

/// Keeps the model: takes what the host saw, asks the rules what to expect and how the model does.
package actor SelfObserver {
  private let rules: any SelfRules
  private var model: SelfModel
  private var last = SelfStep()
  private var now: Int64 = 0
  private var generation: Int?
  /// What else the host didn't know at the last step.
  private var blind: [(name: String, value: JSON)] = []
  /// When decisions were kept last, and what of the score they must be kept for when it changes.
  private var kept: (time: Int64, mark: JSON)?

  /// How long decisions aren't kept while nothing changes, milliseconds.
  private static let quiet: Int64 = 15 * 60 * 1_000

  /// Goes on with a model that was kept, or begins one.
  package init(_ rules: any SelfRules, model: SelfModel = SelfModel()) {
    self.rules = rules
    self.model = model
  }

  /// Makes a step. When the rules fail, the model goes on without their answers and says why.
  package func step(_ seen: SelfReading) async -> SelfStep {
    let reading = model.judged(seen)
    now = reading.now
    var step = SelfStep()
    step.surprises = model.take(reading)
    step.firstSurprise = model.firstSurprise?.component
    blind = reading.blind
    step.unhealthy = reading.components.filter { $0.isHealthy == false }.map { ($0.name, $0.problem ?? "unhealthy") }
    do {
      let declared = try await rules.answer("awareness.declare", [:])
      model.declare(declared.result)
      let score = try await rules.answer("awareness.score", model.scoreInput(now: now))
      let forecast = try await rules.answer("awareness.forecast", model.forecastInput)
      model.expect(forecast.result)
      let claim = try await rules.answer("awareness.claim", model.claimInput(now: now))
      model.claim(claim.result)
      step.score = score.result
      generation = score.generation
      let mark: JSON = ["of": .array(["band", "mood", "unknown"].map { score.result[$0] ?? .null })]
      // What a host finds at its start is no change.
      if let kept, kept.mark != mark || now - kept.time >= Self.quiet {
        for answer in [score, forecast, claim] { await answer.keep() }
        self.kept = (now, mark)
      } else if kept == nil {
        kept = (now, mark)
      }
    } catch {
      step.problem = "\(error)"
    }
    last = step
    return step
  }

  /// The model as it is kept between two runs of a host.
  package var json: JSON { model.json }

  /// What anybody may know: the figure, its mood, the names of the parts that aren't healthy, and which parts of the
  /// score are unknown; null before the first step.
  package var brief: JSON {
    if now == 0 { return .null }
    return [
      "awareness": last.score?["awareness"] ?? .null, "mood": last.score?["mood"] ?? .null,
      "unhealthy": .array(last.unhealthy.map { .string($0.name) }),
      "unknown": last.score?["unknown"] ?? ["awareness"],
    ]
  }

  /// What an operator sees: the score with its parts, every series with its last steps and their intervals, who
  /// surprised, the parts that aren't healthy, and what the model and the host don't know. O(model).
  package var report: JSON {
    var object = JSON.Object([("time", .integer(now))])
    if let generation { object.append("generation", .integer(Int64(generation))) }
    for name in ["awareness", "coverage", "prediction", "calibration", "integration"] {
      object.append(name, last.score?[name] ?? .null)
    }
    for name in ["unknown", "band", "mood", "calibration_parts", "reliability"] {
      object.append(name, last.score?[name] ?? .null)
    }
    object.append("series", .array(model.series.map { series in row(series) }))
    object.append(
      "components",
      .array(
        model.declared.map { declared in
          let component = model.components[declared.name]
          return [
            "name": .string(declared.name), "heard": component?.heard.map { .integer($0) } ?? .null,
            "healthy": component?.probes.last.map { .bool($0) } ?? .null,
            "claimed": component?.claimed.map { .double($0) } ?? .null,
            "problem": component?.problem.map { .string($0) } ?? .null,
          ]
        }))
    object.append("surprises", .array(model.surprises.map(\.json)))
    object.append("first_surprise", model.firstSurprise?.json ?? .null)
    var spots = model.blindSpots(now: now).object ?? JSON.Object()
    for (name, value) in blind { spots.append(name, value) }
    object.append("blind_spots", .object(spots))
    object.append("problem", last.problem.map { .string($0) } ?? .null)
    return .object(object)
  }

  private func row(_ series: ForecastSeries) -> JSON {
    func number(_ value: Double?) -> JSON { value.map { .double($0) } ?? .null }
    return [
      "name": .string(series.name), "component": .string(series.component), "observed": number(series.observed.last),
      "low": number(series.low.last), "high": number(series.high.last), "outside": .integer(Int64(series.outside)),
      "foresight": last.score?["series"]?[series.name] ?? .null, "steps": series.told,
    ]
  }
}
