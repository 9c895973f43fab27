internal import Core
internal import LuaRuntime

/// Makes a checked rulebook out of files: compiled, loaded, its tables read, its schemas checked, its specs run.
///
/// Everything happens on the caller's thread, within the limits of loading; never call it on a lane.
package enum RulebookLoader {
  /// Reads and checks the rulebook in `directory` for somebody who waits for it: a busy machine doesn't make it wrong.
  /// Throws everything that is wrong with it. Blocks.
  package static func load(
    directory: String, runSpecs: Bool, limits: RulebookLimits = RulebookLimits()
  ) throws(RulebookRejected) -> CheckedRulebook {
    let rulebook = try load(
      read(directory: directory, limits: limits), runSpecs: runSpecs, review: .doubts, isPatient: true)
    return rulebook.adding(doubts: RulebookFiles(directory: directory, limits: limits).strays())
  }

  /// Reads the files of a rulebook without looking into them. Throws when they can't be read. Blocks.
  package static func read(
    directory: String, limits: RulebookLimits = RulebookLimits()
  ) throws(RulebookRejected) -> RulebookSnapshot {
    do throws(RulebookError) {
      return try RulebookFiles(directory: directory, limits: limits).read()
    } catch {
      throw RulebookRejected([error])
    }
  }

  /// How far sources are read beside being loaded.
  package enum Review: Sendable {
    /// Not at all: a rulebook out of the archive is taken as it decided once.
    case none
    /// For names that nothing declares, which keep it from being taken.
    case faults
    /// For all that `cascade check` says, too.
    case doubts
  }

  /// Checks a rulebook. Files that are as they were in `previous` are not compiled again. Throws everything that is
  /// wrong with it. No host waits for one that `isPatient`, so it has much longer for it.
  /// O(source), and what its specs cost.
  ///
  /// `review` says how far its sources are read, too.
  package static func load(
    _ snapshot: RulebookSnapshot, runSpecs: Bool, review: Review = .none, previous: CheckedRulebook? = nil,
    isPatient: Bool = false
  ) throws(RulebookRejected) -> CheckedRulebook {
    let (modules, cases) = try compile(snapshot, previous, isPatient: isPatient)
    let needed = modules.filter { !$0.path.isForSpecs }
    let rulebook = try attempting { () throws(LuaFailure) in
      let machine = try MachineAssembly.machine(needed, isPatient: isPatient)
      return try Loading.plugins(machine, needed, snapshot).flatMap { loaded in
        let read = review == .none ? nil : Loading.review(snapshot, loaded, needed, machine, cases)
        if let faults = read?.faults, !faults.isEmpty { return .failure(RulebookRejected(faults)) }
        let doubts = review == .doubts ? read?.doubts ?? [] : []
        return .success(
          CheckedRulebook(
            snapshot: snapshot, plugins: loaded.plugins, removed: loaded.removed, modules: modules,
            cases: cases, doubts: doubts + loaded.plugins.flatMap(\.doubts).map { $0.finding(in: snapshot) }))
      }.bindingAndSealing(machine)
    }.get()
    if runSpecs { try check(SpecRunner(rulebook: rulebook).run()) }
    return rulebook
  }

  private static func attempting<Result>(_ body: () throws(LuaFailure) -> Result) throws(RulebookRejected) -> Result {
    do throws(LuaFailure) {
      return try body()
    } catch {
      throw RulebookRejected([RulebookError(error, path: error.file ?? "rulebook")])
    }
  }

  /// The compiled files, and the cases that specs read.
  private typealias Files = (modules: [CompiledModule], cases: [ExactText: CaseFile])

  /// Every file that doesn't compile or can't be read is reported, each with its first error.
  private static func compile(
    _ snapshot: RulebookSnapshot, _ previous: CheckedRulebook?, isPatient: Bool
  ) throws(RulebookRejected) -> Files {
    var errors = forbiddenPlugin(snapshot).map { [$0] } ?? []
    var modules: [CompiledModule] = []
    let known = Dictionary((previous?.modules ?? []).map { (ExactText($0.path.path), $0) }) { first, _ in first }
    var cases: [ExactText: CaseFile] = [:]
    for path in snapshot.paths.compactMap(RulebookPath.init) {
      if path.role == .cases {
        let name = ExactText(path.path)
        do throws(RulebookError) {
          cases[name] = try CaseFile.read(path.path, snapshot, previous)
        } catch {
          errors.append(error)
        }
        continue
      }
      if let module = known[path.path],
        previous?.snapshot.files[path.path] == snapshot.files[path.path]
      {
        modules.append(module)
        continue
      }
      do throws(LuaFailure) {
        // A machine of its own for each file: compiling one can use up the memory.
        let compiler = try VirtualMachine(VirtualMachine.Configuration())
        let deadline = isPatient ? RulebookLimits.patience : VirtualMachine.compiling
        let bytecode = try compiler.compile(
          path: path.path, source: snapshot.files[path.path] ?? [], deadline: deadline)
        modules.append(CompiledModule(path: path, bytecode: bytecode))
      } catch {
        var error = RulebookError(error, path: path.path)
        let source = snapshot.files[path.path] ?? []
        error.message = SyntaxAdvice.advised(error.message, line: error.line, source: source)
        errors.append(error)
      }
    }
    if !errors.isEmpty { throw RulebookRejected(errors) }
    return (modules, cases)
  }

  /// The folder of what all plugins share can't be a plugin as well.
  private static func forbiddenPlugin(_ snapshot: RulebookSnapshot) -> RulebookError? {
    let path = "plugins/\(RulebookPath.library)/plugin.lua"
    guard let source = snapshot.files[path] else { return nil }
    return RulebookError(
      .invalidPlugin, file: path, line: KeyLines(source: source).line(of: ["name"]) ?? 1,
      "a plugin can't be named 'library': that folder holds what all plugins share; rename the folder")
  }

  private static func check(_ run: SpecRun) throws(RulebookRejected) {
    if run.isSuccess { return }
    var errors = run.loadErrors.map { error in
      let place = SpecMessage(error)
      return RulebookError(.specFailed, message: error, file: place.file, line: place.line)
    }
    for result in run.results where result.status == .failed {
      let place = SpecMessage(result.message ?? "failed without a message")
      let file = place.file ?? result.file
      let text = result.title + ": " + place.text
      var error = RulebookError(.specFailed, file: file, line: place.line, text)
      error.traceback = result.traceback
      errors.append(error)
    }
    throw RulebookRejected(errors)
  }
}

extension Result where Success == CheckedRulebook {
  /// A rulebook's decisions bound in `machine`, which then is of no more use.
  fileprivate func bindingAndSealing(_ machine: VirtualMachine) throws(LuaFailure) -> Self {
    if case .success(let rulebook) = self { try rulebook.bindAndSeal(machine) }
    return self
  }
}

/// The steps from a machine that knows all modules to the definitions of their plugins.
private enum Loading {
  /// The plugins, the decisions that are gone on purpose, and the tables of plugins and policies by their paths.
  typealias Loaded = (plugins: [PluginDefinition], removed: Set<String>, described: [String: JSON])

  static func plugins(
    _ machine: VirtualMachine, _ modules: [CompiledModule], _ snapshot: RulebookSnapshot
  ) -> Result<Loaded, RulebookRejected> {
    var errors: [RulebookError] = []
    for module in MachineAssembly.inLoadingOrder(modules) {
      do throws(LuaFailure) {
        try machine.loadModule(scope: module.path.scope, name: module.path.module)
      } catch {
        errors.append(explained(error, module.path.path, snapshot))
        // The machine is spent, so nothing more can be learned from it.
        if [.deadline, .fuelExhausted, .memoryExhausted].contains(error.code) { break }
      }
    }
    if !errors.isEmpty { return .failure(RulebookRejected(causes(errors))) }

    var plugins: [PluginDefinition] = []
    var removed: Set<String> = []
    var described: [String: JSON] = [:]
    for module in modules where module.path.role == .policy || module.path.module == "plugin" {
      do throws(RulebookRejected) {
        let json = try describe(module, machine)
        described[module.path.path] = json
        if let name = module.path.plugin {
          plugins.append(
            try PluginReader.read(json, name: name, source: snapshot.files[module.path.path] ?? []))
        } else if json.members == nil && json.array == nil {
          errors.append(RulebookError(.invalidPolicy, file: module.path.path, line: 1, "a policy must return a table"))
        } else if module.path.path.isSame(as: RemovedDecisions.path) {
          removed = try RemovedDecisions.names(json)
        } else if let line = function(in: json) {
          errors.append(
            RulebookError(
              .invalidPolicy, file: module.path.path, line: line,
              "a policy is data, and this is a function; move it to plugins/\(RulebookPath.library)/"))
        }
      } catch {
        errors += error.errors
      }
    }
    errors += duplicates(plugins, snapshot)
    return errors.isEmpty ? .success((plugins, removed, described)) : .failure(RulebookRejected(errors))
  }

  /// What Lua said of a file's top level, with what to do.
  private static func explained(_ failure: LuaFailure, _ path: String, _ snapshot: RulebookSnapshot) -> RulebookError {
    if failure.message.ends(with: " returned nothing") {
      let line = LuaLines.of(snapshot.files[path] ?? []).count
      return RulebookError(.loadFailed, file: path, line: line, "returns nothing; end it with return { … }")
    }
    var error = RulebookError(failure, path: path)
    error.message = RuntimeAdvice.advised(error.message)
    if error.message.holds("module 'policies."), error.message.holds("' not found") {
      let known = snapshot.paths.compactMap(RulebookPath.init).filter { $0.role == .policy }.map(\.module)
      let name = error.message.pieces(at: "'").dropFirst().first.map { String($0) } ?? ""
      error.message += NearestName.suggestion(for: name, in: known)
    }
    return error
  }

  /// A file that failed is left half loaded, and whoever requires it then is told so; that adds nothing.
  private static func causes(_ errors: [RulebookError]) -> [RulebookError] {
    let causes = errors.filter { !$0.message.contains(" did not load: ") }
    return causes.isEmpty ? errors : causes
  }

  private static func describe(_ module: CompiledModule, _ machine: VirtualMachine) throws(RulebookRejected) -> JSON {
    let path = module.path.path
    do throws(LuaFailure) {
      let bytes = try machine.describeModule(scope: module.path.scope, name: module.path.module)
      do throws(JSON.ParsingError) {
        return try JSON(parsing: bytes)
      } catch {
        throw LuaFailure(code: .runtime, message: "\(path): its table can't be read: \(error)", file: path)
      }
    } catch {
      throw RulebookRejected([RulebookError(error, path: path)])
    }
  }

  /// The line of a function in what a policy returned; nil when there is none.
  private static func function(in json: JSON) -> Int? {
    if let line = json["$function"]?.integer { return Int(line) }
    return (json.array ?? json.members?.map(\.value) ?? []).lazy.compactMap { function(in: $0) }.first
  }

  /// What the sources say, held against what the loaded modules are.
  static func review(
    _ snapshot: RulebookSnapshot, _ loaded: Loaded, _ modules: [CompiledModule], _ machine: VirtualMachine,
    _ cases: [ExactText: CaseFile]
  ) -> SourceReview {
    var values = loaded.described
    for module in modules where values[module.path.path] == nil {
      // What can't be described has no names that could be missed.
      values[module.path.path] = try? describe(module, machine)
    }
    return SourceReview(snapshot, plugins: loaded.plugins, modules: values, cases: cases)
  }

  private static func duplicates(_ plugins: [PluginDefinition], _ snapshot: RulebookSnapshot) -> [RulebookError] {
    var first: [String: DecisionDefinition] = [:]
    var errors: [RulebookError] = []
    for decision in plugins.flatMap(\.decisions) {
      guard let other = first[decision.name] else {
        first[decision.name] = decision
        continue
      }
      let line = KeyLines(source: snapshot.files[decision.file] ?? []).line(of: ["decisions", decision.name])
      errors.append(
        RulebookError(
          .duplicateDecision, file: decision.file, line: line ?? 1,
          "\(decision.name): the plugins '\(other.plugin)' and '\(decision.plugin)' both offer this decision; "
            + "one of them must give it up"))
    }
    return errors
  }
}
