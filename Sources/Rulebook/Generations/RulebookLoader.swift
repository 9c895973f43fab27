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
    let snapshot = try read(directory: directory, limits: limits)
    let strays = RulebookFiles(directory: directory, limits: limits).strays()
    do throws(RulebookRejected) {
      return try load(snapshot, runSpecs: runSpecs, review: .doubts, isPatient: true).adding(doubts: strays)
    } catch {
      throw RulebookRejected(error.errors + strays)
    }
  }

  /// What `cascade check` says of a rulebook that was read from `directory`, whatever it is. Blocks. O(source)
  static func doubts(
    about snapshot: RulebookSnapshot, in directory: String, previous: CheckedRulebook?
  ) -> [RulebookError] {
    let strays = RulebookFiles(directory: directory).strays()
    do throws(RulebookRejected) {
      return try load(snapshot, runSpecs: false, review: .doubts, previous: previous, isPatient: true).doubts + strays
    } catch {
      return error.errors + strays
    }
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
    let files = compile(snapshot, previous, isPatient: isPatient)
    let rulebook = try attempting(besides: files.errors) { () throws(LuaFailure) in
      try assemble(files, of: snapshot, review, isPatient: isPatient)
    }.get()
    if runSpecs { try check(SpecRunner(rulebook: rulebook).run()) }
    return rulebook
  }

  /// The rulebook that compiled files make, or all that is wrong with it.
  private static func assemble(
    _ files: CompiledFiles, of snapshot: RulebookSnapshot, _ review: Review, isPatient: Bool
  ) throws(LuaFailure) -> Result<CheckedRulebook, RulebookRejected> {
    let needed = files.modules.filter { !$0.path.isForSpecs }
    let machine = try MachineAssembly.machine(needed, isPatient: isPatient)
    let loaded = Loading.plugins(machine, needed, snapshot, broken: files.broken)
    let errors = files.errors + loaded.errors
    // A machine that is spent tells nothing more of its modules.
    let read = review == .none || loaded.isSpent ? nil : Loading.review(snapshot, loaded, needed, machine, files)
    let faults = read?.faults ?? []
    let doubts = review == .doubts ? read?.doubts ?? [] : []
    if !errors.isEmpty || !faults.isEmpty { return .failure(RulebookRejected(errors, then: faults, doubts)) }
    let rulebook = CheckedRulebook(
      snapshot: snapshot, plugins: loaded.plugins, removed: loaded.removed, modules: files.modules,
      cases: files.cases, doubts: doubts + loaded.plugins.flatMap(\.doubts).map { $0.finding(in: snapshot) })
    try rulebook.bindAndSeal(machine)
    return .success(rulebook)
  }

  private static func attempting<Value>(
    besides errors: [RulebookError], _ body: () throws(LuaFailure) -> Value
  ) throws(RulebookRejected) -> Value {
    do throws(LuaFailure) {
      return try body()
    } catch {
      throw RulebookRejected(errors + [RulebookError(error, path: error.file ?? "rulebook")])
    }
  }

  /// Every file that doesn't compile or can't be read is reported, each with its first error.
  private static func compile(
    _ snapshot: RulebookSnapshot, _ previous: CheckedRulebook?, isPatient: Bool
  ) -> CompiledFiles {
    var files = CompiledFiles()
    files.errors = forbiddenPlugin(snapshot).map { [$0] } ?? []
    let known = Dictionary((previous?.modules ?? []).map { (ExactText($0.path.path), $0) }) { first, _ in first }
    for path in snapshot.paths.compactMap(RulebookPath.init) {
      if path.role == .cases {
        let name = ExactText(path.path)
        do throws(RulebookError) {
          files.cases[name] = try CaseFile.read(path.path, snapshot, previous)
        } catch {
          files.errors.append(error)
          files.broken.append(path)
        }
        continue
      }
      if let module = known[path.path],
        previous?.snapshot.files[path.path] == snapshot.files[path.path]
      {
        files.modules.append(module)
        continue
      }
      do throws(LuaFailure) {
        // A machine of its own for each file: compiling one can use up the memory.
        let compiler = try VirtualMachine(VirtualMachine.Configuration())
        let deadline = isPatient ? RulebookLimits.patience : VirtualMachine.compiling
        let bytecode = try compiler.compile(
          path: path.path, source: snapshot.files[path.path] ?? [], deadline: deadline)
        files.modules.append(CompiledModule(path: path, bytecode: bytecode))
      } catch {
        var error = RulebookError(error, path: path.path)
        let source = snapshot.files[path.path] ?? []
        error.column = SyntaxAdvice.column(of: error.message, line: error.line, source: source)
        error.message = SyntaxAdvice.advised(error.message, line: error.line, source: source)
        files.errors.append(error)
        files.broken.append(path)
      }
    }
    return files
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

/// The files of a rulebook, compiled as far as they can be.
private struct CompiledFiles {
  var modules: [CompiledModule] = []
  /// The cases that specs read, by path.
  var cases: [ExactText: CaseFile] = [:]
  /// What is wrong with those that aren't here.
  var errors: [RulebookError] = []
  /// Those that can't be read.
  var broken: [RulebookPath] = []
}

extension RulebookRejected {
  /// `errors`, and what the sources show beside them: nothing of a line that is named before, as one mistake is told
  /// once.
  fileprivate init(_ errors: [RulebookError], then later: [RulebookError]...) {
    var (all, named) = (errors, Set(errors.map(Self.place)))
    for findings in later {
      all += findings.filter { !named.contains(Self.place($0)) }
      named.formUnion(findings.map(Self.place))
    }
    self.init(all)
  }

  private static func place(_ error: RulebookError) -> ExactText {
    ExactText("\(error.file ?? ""):\(error.line ?? 0)")
  }
}

/// The steps from a machine that knows all modules to the definitions of their plugins.
private enum Loading {
  /// What the modules turned out to be.
  struct Loaded {
    var plugins: [PluginDefinition] = []
    /// The decisions that are gone on purpose.
    var removed: Set<String> = []
    /// The tables of plugins and policies by their paths.
    var described: [String: JSON] = [:]
    /// What is wrong with those that aren't here.
    var errors: [RulebookError] = []
    /// Those of which nothing is known, or not all.
    var failed: [RulebookPath] = []
    /// Whether the machine can't go on.
    var isSpent = false
  }

  /// Loads `modules`; `broken` are those that did not compile, of which whoever requires them says nothing new.
  static func plugins(
    _ machine: VirtualMachine, _ modules: [CompiledModule], _ snapshot: RulebookSnapshot, broken: [RulebookPath]
  ) -> Loaded {
    var loaded = Loaded()
    for module in MachineAssembly.inLoadingOrder(modules) {
      do throws(LuaFailure) {
        try machine.loadModule(scope: module.path.scope, name: module.path.module)
      } catch {
        loaded.failed.append(module.path)
        if isMissing(error, in: module.path, broken) { continue }
        loaded.errors.append(explained(error, module.path.path, snapshot))
        // The machine is spent, so nothing more can be learned from it.
        loaded.isSpent = [.deadline, .fuelExhausted, .memoryExhausted].contains(error.code)
        if loaded.isSpent { break }
      }
    }
    loaded.errors = causes(loaded.errors, broken: broken)
    if !loaded.isSpent {
      let failed = Set(loaded.failed)
      for module in modules where !failed.contains(module.path) { define(module, machine, snapshot, &loaded) }
      loaded.errors += duplicates(loaded.plugins, snapshot)
    }
    return loaded
  }

  /// Notes what a module that loaded is, or what is wrong with it.
  private static func define(
    _ module: CompiledModule, _ machine: VirtualMachine, _ snapshot: RulebookSnapshot, _ loaded: inout Loaded
  ) {
    let path = module.path.path
    guard module.path.role == .policy || module.path.module == "plugin" else { return }
    do throws(RulebookRejected) {
      let json = try describe(module, machine)
      if let name = module.path.plugin {
        loaded.plugins.append(try PluginReader.read(json, name: name, source: snapshot.files[path] ?? []))
      } else if json.members == nil && json.array == nil {
        throw RulebookRejected([RulebookError(.invalidPolicy, file: path, line: 1, "a policy must return a table")])
      } else if path.isSame(as: RemovedDecisions.path) {
        loaded.removed = try RemovedDecisions.names(json)
      } else if let line = function(in: json) {
        throw RulebookRejected([
          RulebookError(
            .invalidPolicy, file: path, line: line,
            "a policy is data, and this is a function; move it to plugins/\(RulebookPath.library)/")
        ])
      }
      loaded.described[path] = json
    } catch {
      loaded.errors += error.errors
      loaded.failed.append(module.path)
    }
  }

  /// Whether a module failed since it, or what it requires, requires one of `broken`.
  private static func isMissing(_ failure: LuaFailure, in path: RulebookPath, _ broken: [RulebookPath]) -> Bool {
    guard let name = RuntimeAdvice.missingModule(in: failure.message) else { return false }
    let scope = (failure.file.flatMap(RulebookPath.init) ?? path).scope
    return broken.contains { $0.module.isSame(as: name) && ($0.scope.isEmpty || $0.scope.isSame(as: scope)) }
  }

  /// What Lua said of a file's top level, with what to do.
  private static func explained(_ failure: LuaFailure, _ path: String, _ snapshot: RulebookSnapshot) -> RulebookError {
    if failure.message.ends(with: " returned nothing") {
      let line = LuaLines.of(snapshot.files[path] ?? []).count
      return RulebookError(.loadFailed, file: path, line: line, "returns nothing; end it with return { … }")
    }
    var error = RulebookError(failure, path: path)
    error.message = RuntimeAdvice.advised(error.message)
    if let name = RuntimeAdvice.missingModule(in: error.message), name.begins(with: "policies.") {
      let known = snapshot.paths.compactMap(RulebookPath.init).filter { $0.role == .policy }.map(\.module)
      error.message += NearestName.suggestion(for: name, in: known)
    }
    return error
  }

  /// A file that failed is left half loaded, and whoever requires it then is told so; that adds nothing.
  private static func causes(_ errors: [RulebookError], broken: [RulebookPath]) -> [RulebookError] {
    let causes = errors.filter { !$0.message.contains(" did not load: ") }
    return causes.isEmpty && broken.isEmpty ? errors : causes
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
    _ files: CompiledFiles
  ) -> SourceReview {
    var values = loaded.described
    let failed = Set(loaded.failed)
    for module in modules where values[module.path.path] == nil && !failed.contains(module.path) {
      // What can't be described has no names that could be missed.
      values[module.path.path] = try? describe(module, machine)
    }
    return SourceReview(
      snapshot, plugins: loaded.plugins, modules: values, cases: files.cases, unknown: files.broken + loaded.failed)
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
