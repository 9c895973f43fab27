package import Logging
package import LuaRuntime
package import NIOCore
package import Rulebook
internal import Synchronization

/// A host that runs a rulebook: the generation that decides, and the lanes that decide by it.
package final class Host: HostControl, Sendable {
  /// Renders the metrics of a moment.
  package typealias MetricsRenderer = @Sendable (LaneStatistics, RulebookStatus) -> String

  /// The lanes.
  package let lanes: LaneGroup
  private let keeper: RulebookKeeper
  private let renderMetrics: MetricsRenderer
  private let isStopping = Mutex(false)
  private let storageProblem: @Sendable () -> String?

  /// Loads the rulebook in `directory` and makes a lane on each of `loops`. `storageProblem` says why decisions can't
  /// be kept, nil when they can; it is asked often and must not wait. Throws `RulebookRejected` with everything that is
  /// wrong with the files, or `RulebookError` when the data directory can't be used.
  package init(
    directory: String, dataDirectory: String, loops: [any EventLoop], limits: RunLimits = RunLimits(),
    runSpecs: Bool, logger: Logger, storageProblem: @escaping @Sendable () -> String? = { nil },
    renderMetrics: @escaping MetricsRenderer
  ) async throws {
    self.storageProblem = storageProblem
    let installed = InstalledLanes()
    keeper = try RulebookKeeper(directory: directory, dataDirectory: dataDirectory) {
      (generation: Generation) async throws(RulebookError) in
      try await installed.install(generation)
    }
    let generation = try await keeper.reload(runSpecs: runSpecs)
    lanes = try await LaneGroup(loops: loops, generation: generation, limits: limits)
    installed.lanes = lanes
    self.renderMetrics = renderMetrics
  }

  /// The generation that decides; nil never, once the host is made.
  package var generation: Generation? { keeper.current }

  /// Decisions are no longer to be expected: the host is stopping.
  package func beginStop() { isStopping.withLock { $0 = true } }

  /// What serves.
  package var status: RulebookStatus {
    // There is a generation from the beginning on.
    let generation = keeper.current
    return RulebookStatus(
      generation: generation?.number ?? 0, digest: generation?.digest ?? "",
      plugins: (generation?.plugins ?? []).map { plugin in
        PluginStatus(name: plugin.name, version: plugin.version, decisions: plugin.decisions.map(\.name))
      },
      lanes: lanes.places.count, activatedMilliseconds: generation?.activatedMilliseconds ?? 0,
      retained: keeper.retained, lastReloadProblems: keeper.lastProblems.map(RulebookProblem.init))
  }

  /// Every decision of the generation that serves, by name.
  package var decisions: [DecisionDescription] {
    (keeper.current?.decisions ?? []).map { decision in
      DecisionDescription(
        name: decision.name, plugin: decision.plugin, summary: decision.summary,
        input: decision.input.jsonSchema, output: decision.output.jsonSchema, uses: decision.uses,
        debits: decision.debits.map(\.text), operators: decision.needsOperator)
    }
  }

  /// Why decisions are not being served, or can't be kept; nil when all is well.
  package var unreadiness: String? {
    isStopping.withLock { $0 } ? "the host is stopping, and no decisions are being served" : storageProblem()
  }

  /// Reads the files again; see ``RulebookKeeper/reload(runSpecs:)``.
  package func reload(runSpecs: Bool) async throws(RulebookChangeRefused) -> RulebookStatus {
    do throws(RulebookRejected) {
      _ = try await keeper.reload(runSpecs: runSpecs)
    } catch {
      throw RulebookChangeRefused(problems: error.errors.map(RulebookProblem.init))
    }
    return status
  }

  /// Goes back one generation; see ``RulebookKeeper/rollback()``.
  package func rollback() async throws(RulebookChangeRefused) -> RulebookStatus {
    do throws(RulebookRejected) {
      _ = try await keeper.rollback()
    } catch {
      throw RulebookChangeRefused(problems: error.errors.map(RulebookProblem.init))
    }
    return status
  }

  /// All metrics as Prometheus text. Asks every lane, so it waits for at most one decision on each.
  package func metricsText() async -> String { renderMetrics(await lanes.statistics(), status) }
}

/// The lanes that a new generation goes to; none until the first generation has made them.
private final class InstalledLanes: Sendable {
  private let box = Mutex<LaneGroup?>(nil)

  var lanes: LaneGroup? {
    get { box.withLock { $0 } }
    set { box.withLock { $0 = newValue } }
  }

  func install(_ generation: Generation) async throws(RulebookError) {
    guard let lanes else { return }
    do throws(LuaFailure) {
      try await lanes.install(generation)
    } catch {
      // The rulebook was loaded a moment ago, so only memory can be short.
      throw RulebookError(
        .memoryExhausted, message: "generation \(generation.number) could not reach the lanes: \(error.message)")
    }
  }
}

extension RulebookProblem {
  /// What the rulebook's own error says.
  init(_ error: RulebookError) {
    self.init(code: error.code.rawValue, message: error.message, file: error.file, line: error.line)
  }
}
