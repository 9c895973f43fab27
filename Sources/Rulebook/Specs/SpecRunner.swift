internal import Core
package import LuaRuntime

/// Runs the specs of a rulebook, each in a run of its own with its own limits.
package struct SpecRunner {
  /// What the specs are about.
  package let rulebook: CheckedRulebook
  /// Which of them run.
  package var filter = SpecFilter.all
  /// Whether the lines that ran are counted.
  package var countsLines = false
  /// What properties draw their cases from; nil derives a seed from each spec's name.
  package var seed: UInt64?
  /// What one spec may cost, beside the decisions it makes.
  package var limits = RunLimits(fuel: 10_000_000).untimed

  /// A runner of all specs of `rulebook`.
  package init(
    rulebook: CheckedRulebook, filter: SpecFilter = .all, countsLines: Bool = false, seed: UInt64? = nil
  ) {
    self.rulebook = rulebook
    self.filter = filter
    self.countsLines = countsLines
    self.seed = seed
  }

  /// Runs the specs on the caller's thread, file by file in the order of their paths. Blocks.
  package func run() -> SpecRun {
    let clock = ContinuousClock()
    var run = SpecRun(results: [])
    let probed = countsLines ? ProbedRulebook(rulebook) : nil
    let session = SpecSession(rulebook: probed?.rulebook ?? rulebook, plain: rulebook, countsLines: countsLines)
    let elapsed = clock.measure {
      let matches = filter.matcher()
      for module in rulebook.modules where module.path.role == .spec {
        switch declared(in: module, session) {
        case .failure(let error): run.loadErrors.append(error.message)
        case .success(let specs):
          for spec in specs where matches(spec.title(in: module.path.path)) {
            run.results.append(session.run(spec, of: module.path, seed: seed(for: spec, module.path), limits))
          }
        }
      }
    }
    run.durationNanoseconds = elapsed.nanoseconds
    if let probed {
      let hits = session.hits
      run.coverage = coverage(hits.lines)
      run.coverage?.branches = probed.branches(hits.branches)
    }
    return run
  }

  /// How many specs the files declare, and what is wrong with files that don't load or declare none. Blocks.
  package func list() -> (specs: Int, errors: [RulebookError]) {
    let session = SpecSession(rulebook: rulebook)
    var (count, errors): (Int, [RulebookError]) = (0, [])
    for module in rulebook.modules where module.path.role == .spec {
      switch declared(in: module, session) {
      case .failure(let error): errors.append(error)
      case .success(let specs): count += specs.count
      }
    }
    return (count, errors)
  }

  private func declared(in module: CompiledModule, _ session: SpecSession) -> Result<[SpecSession.Spec], RulebookError>
  {
    let path = module.path.path
    return session.list(module.path, limits).mapError { RulebookError($0, path: path) }.flatMap { specs in
      guard specs.isEmpty else { return .success(specs) }
      let text = "declares no spec: it(\"says what must hold\", function() … end)"
      return .failure(RulebookError(.neverRuns, file: path, line: 1, text))
    }
  }

  /// 63 bits, so that the seed is the same number in Lua.
  func seed(for spec: SpecSession.Spec, _ path: RulebookPath) -> UInt64 {
    if let seed { return seed & UInt64(Int64.max) }
    // FNV-1a.
    return spec.title(in: path.path).utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
      & UInt64(Int64.max)
  }

  private func coverage(_ hits: [ExactText: [Int: UInt64]]) -> LineCoverage {
    var files: [ExactText: [Int: UInt64]] = [:]
    for module in rulebook.modules where !module.path.isForSpecs {
      let path = ExactText(module.path.path)
      let lines = module.bytecode.activeLines.map { ($0, hits[path]?[$0] ?? 0) }
      files[path] = Dictionary(lines) { first, _ in first }
    }
    return LineCoverage(files: files)
  }
}

extension Duration {
  fileprivate var nanoseconds: UInt64 {
    UInt64(max(0, components.seconds)) * 1_000_000_000 + UInt64(max(0, components.attoseconds) / 1_000_000_000)
  }
}

/// The machines that a run of specs uses. Confined to one thread.
final class SpecSession {
  /// A spec as its file declares it.
  struct Spec {
    var number: Int
    var path: [String]
    var name: String
    var isPending: Bool
    var isProperty: Bool
    var reason: String?
    /// The file and the line of the case that it is declared for.
    var place: String?

    func title(in file: String) -> String {
      ([file] + path + [name, place].compactMap(\.self)).joined(separator: " ")
    }
  }

  private let rulebook: CheckedRulebook
  private let countsLines: Bool
  private let host: SpecHost
  private var machine: VirtualMachine?
  private var counted = RunHits()

  /// A run of the specs of `rulebook`, which is `plain` but for what it counts.
  init(rulebook: CheckedRulebook, plain: CheckedRulebook? = nil, countsLines: Bool = false) {
    self.rulebook = rulebook
    self.countsLines = countsLines
    host = SpecHost(
      runner: DecisionRunner(rulebook: rulebook, countsLines: countsLines, keepsNotes: true),
      plain: plain ?? rulebook)
  }

  /// What ran so far in spec files and decisions, where that is counted.
  var hits: RunHits { (machine.map { counted + RunHits($0) } ?? counted) + host.hits }

  /// The specs that a file declares.
  func list(_ file: RulebookPath, _ limits: RunLimits) -> Result<[Spec], LuaFailure> {
    let (result, _) = call(file, ["list": true], limits)
    return result.flatMap { json in
      guard let specs = json["specs"]?.array else { return .success([]) }
      return .success(
        specs.enumerated().map { index, json in
          Spec(
            number: index + 1, path: json["path"]?.array?.compactMap(\.string) ?? [], name: json["name"]?.string ?? "",
            isPending: json["pending"]?.bool ?? false, isProperty: json["property"]?.bool ?? false,
            reason: json["reason"]?.string, place: json["case"]?.string)
        })
    }
  }

  /// What became of one spec.
  func run(_ spec: Spec, of file: RulebookPath, seed: UInt64, _ limits: RunLimits) -> SpecResult {
    var result = SpecResult(
      file: file.path, path: spec.path, name: spec.name, status: .pending, message: spec.reason)
    result.place = spec.place
    if spec.isPending { return result }
    let input: JSON = ["run": .integer(Int64(spec.number)), "seed": .integer(Int64(seed))]
    let (answer, cost) = call(file, input, limits)
    result.notes = host.takeNotes()
    result.fuel = cost?.fuel ?? 0
    result.durationNanoseconds = cost?.nanoseconds ?? 0
    result.seed = spec.isProperty ? seed : nil
    let behind = spec.place.map { "\nwith the case " + $0 } ?? ""
    switch answer {
    case .success(let json):
      let nothing = json["asserts_nothing"]?.string
      result.status = nothing == nil ? .passed : .failed
      result.assertsNothing = nothing != nil
      result.message = nothing.map { $0 + behind }
    case .failure(let failure):
      result.status = .failed
      result.message = RuntimeAdvice.advised(failure.message, by: rulebook) + behind
      result.traceback = failure.traceback
    }
    return result
  }

  private func call(_ file: RulebookPath, _ input: JSON, _ limits: RunLimits) -> (Result<JSON, LuaFailure>, RunCost?) {
    do throws(LuaFailure) {
      let machine = try usableMachine()
      host.file = file
      let request = RunRequest(
        decision: 0, nowMilliseconds: 0, id: Identifier(high: 0, low: 1), limits: limits)
      let outcome = machine.runSpec(
        prelude: SpecPrelude.name, scope: file.scope, name: file.module, request: request, input: input.bytes,
        handler: host)
      let result: Result<JSON, LuaFailure>
      switch outcome.ending {
      case .result(let bytes): result = .success((try? JSON(parsing: bytes)) ?? .null)
      case .failure(let failure): result = .failure(failure)
      case .fetch: result = .failure(LuaFailure(code: .runtime, message: "a spec has nothing to fetch"))
      }
      if outcome.isSpent {
        if countsLines { counted = counted + RunHits(machine) }
        self.machine = nil
      }
      return (result, outcome.cost)
    } catch {
      return (.failure(error), nil)
    }
  }

  private func usableMachine() throws(LuaFailure) -> VirtualMachine {
    if let machine { return machine }
    let made = try MachineAssembly.machine(
      rulebook.modules, countsLines: countsLines, isPatient: true, extraHostCalls: SpecHost.extraHostCalls)
    try MachineAssembly.loadEverything(into: made, rulebook.modules)
    try SpecPrelude.add(to: made)
    try rulebook.bindAndSeal(made)
    machine = made
    return made
  }
}
