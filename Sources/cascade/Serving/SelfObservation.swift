import Core
import Decisions
import Logging
import Metrics
import Observability
import Platform
import Server
import ServiceLifecycle

/// Makes the steps of the platform's model of itself, and tells what comes of them.
final class SelfObservation: Service {
  private let observer: SelfObserver
  private let readings: HostReadings
  private let stream: StreamHub
  private let path: String
  /// The time between two steps; zero for no steps.
  private let interval: Duration
  private let figure: OwnFigure
  private let logger: Logger

  private static let parts = ["awareness", "coverage", "prediction", "calibration", "integration"]

  /// Goes on with the model in the data directory. One that can't be read begins anew, and the log says so.
  init(
    _ settings: ServeSettings, rules: any SelfRules, readings: HostReadings, stream: StreamHub, figure: OwnFigure,
    logger: Logger
  ) {
    self.figure = figure
    self.readings = readings
    self.stream = stream
    self.logger = logger
    interval = .seconds(settings.awareness)
    path = DataDirectory.awareness(in: settings.data)
    var model = SelfModel()
    if File.exists(path) {
      let kept = (try? InputFile.read(path)).flatMap {
        try? JSON(parsing: $0, limits: JSON.ParsingLimits(bytes: InputFile.limit))
      }
      if let known = kept.flatMap({ SelfModel(json: $0) }) {
        model = known
      } else {
        logger.warning("\(path) can't be read, or is no model of this platform; it begins anew")
      }
    }
    observer = SelfObserver(rules, model: model)
  }

  /// What an operator sees of it.
  var report: JSON { get async { await observer.report } }

  /// What anybody may know of it.
  var brief: JSON { get async { await observer.brief } }

  func run() async throws {
    if interval == .zero { return try await gracefulShutdown() }
    var problem = await step(knowing: nil)
    for await _ in AsyncTimer(interval: interval).cancelOnGracefulShutdown() { problem = await step(knowing: problem) }
  }

  /// Returns why the rules said nothing, which is logged unless it was `known`.
  private func step(knowing known: String?) async -> String? {
    let made = await observer.step(await readings.read(now: WallClock.milliseconds()))
    figure.note(made.score?["awareness"]?.number)
    for part in Self.parts {
      // What isn't known is no number.
      Meter(label: "cascade_awareness", dimensions: [("part", part)]).set(made.score?[part]?.number ?? .nan)
    }
    for component in made.surprises {
      Counter(label: "cascade_surprises", dimensions: [("component", component)]).increment()
      let first = made.firstSurprise ?? component
      stream.publish(event(.alarms, "surprise", ["component": .string(component), "first": .string(first)]))
    }
    if made.problem != known, let problem = made.problem {
      logger.warning("the platform has no score of itself: \(problem)")
    }
    let unhealthy = made.unhealthy.map { name, problem -> JSON in
      ["name": .string(name), "problem": .string(problem)]
    }
    let score = Self.parts.map { ($0, made.score?[$0] ?? .null) }
    let told = JSON.Object(score + [("unhealthy", .array(unhealthy))])
    stream.publish(event(.awareness, "awareness", .object(told)))
    do {
      try File.replace(path, with: await observer.json.bytes)
    } catch {
      logger.warning("the platform's model of itself can't be kept: \(error)")
    }
    return made.problem
  }

  private func event(_ topic: StreamTopic, _ name: String, _ data: JSON) -> StreamEvent {
    StreamEvent(topic, name, at: 0, bytes: data.bytes)
  }
}

/// The rules that serve, asked without a record unless it is wanted.
struct ServingRules: SelfRules {
  let decisions: OwnDecisions
  let records: RecordLog

  func answer(_ point: String, _ input: JSON) async throws -> SelfAnswer {
    let made = try await decisions.decide(point, input, requester: "self")
    return SelfAnswer(result: try made.decided.result(), generation: made.decided.generation) {
      await records.append(made.record, patience: RecordLimits.patience)
    }
  }
}
