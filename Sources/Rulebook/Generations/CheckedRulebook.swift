package import Core
package import LuaRuntime

/// A rulebook that was compiled, loaded and checked: ready to decide. Immutable.
package final class CheckedRulebook: Sendable {
  /// The files that were loaded.
  package let snapshot: RulebookSnapshot
  /// The plugins, sorted by name.
  package let plugins: [PluginDefinition]
  /// The decisions of all plugins, sorted by name; a decision's place is its number in every machine.
  package let decisions: [DecisionDefinition]
  /// The decisions that the rulebook says it gave up, in `policies/removed.lua`.
  package let removed: Set<String>
  /// What `cascade check` says of it though it loads; nothing of its sources where they were not reviewed.
  package let doubts: [RulebookError]
  /// The cases that specs read, by the paths of their files.
  let cases: [ExactText: CaseFile]
  /// The compiled files, sorted by path.
  let modules: [CompiledModule]
  private let numbers: [String: Int]

  init(
    snapshot: RulebookSnapshot, plugins: [PluginDefinition], removed: Set<String> = [], modules: [CompiledModule],
    cases: [ExactText: CaseFile] = [:], doubts: [RulebookError]
  ) {
    self.cases = cases
    self.removed = removed
    self.snapshot = snapshot
    self.doubts = doubts
    self.plugins = plugins
    self.modules = modules
    decisions = plugins.flatMap(\.decisions).sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    numbers = Dictionary(decisions.enumerated().map { ($1.name, $0) }) { first, _ in first }
  }

  /// The same with more doubts.
  func adding(doubts more: [RulebookError]) -> CheckedRulebook {
    CheckedRulebook(
      snapshot: snapshot, plugins: plugins, removed: removed, modules: modules, cases: cases, doubts: doubts + more)
  }

  /// The same by other code of its files, in the same order.
  func replacing(modules: [CompiledModule]) -> CheckedRulebook {
    CheckedRulebook(
      snapshot: snapshot, plugins: plugins, removed: removed, modules: modules, cases: cases, doubts: doubts)
  }

  /// The same by the code that another rulebook has of files that both have.
  func replacing(codeBy other: CheckedRulebook) -> CheckedRulebook {
    let others = Dictionary(other.modules.map { (ExactText($0.path.path), $0) }) { first, _ in first }
    return replacing(
      modules: modules.map { module in
        let path = ExactText(module.path.path)
        return snapshot.files[path] == other.snapshot.files[path] ? others[path] ?? module : module
      })
  }

  /// The rulebook's name: `sha256:…`
  package var digest: String { snapshot.digest }

  /// The number of the decision of this name, nil when no plugin offers it. O(length).
  package func number(of decision: String) -> Int? { numbers[decision] }

  /// The decision of this name, nil when no plugin offers it. O(length).
  package func decision(named name: String) -> DecisionDefinition? { numbers[name].map { decisions[$0] } }

  /// The modules that decide.
  var rules: [CompiledModule] { modules.filter { !$0.path.isForSpecs } }

  /// A machine that has loaded everything, with every decision bound under its number, sealed. O(bytecode).
  ///
  /// One that is traced, or `isPatient`, has much longer for it: nobody waits for a decision then.
  package func makeMachine(
    countsLines: Bool = false, trace: TraceDepth = .none, isPatient: Bool = false
  ) throws(LuaFailure) -> VirtualMachine {
    let rules = rules
    let machine = try MachineAssembly.machine(rules, countsLines: countsLines, trace: trace, isPatient: isPatient)
    try MachineAssembly.loadEverything(into: machine, rules)
    try bindAndSeal(machine)
    return machine
  }

  func bindAndSeal(_ machine: VirtualMachine) throws(LuaFailure) {
    for (number, decision) in decisions.enumerated() {
      let bound = try machine.bind(decision.binding)
      if bound != number {
        throw LuaFailure(code: .runtime, message: "\(decision.name) was bound as \(bound) instead of \(number)")
      }
    }
    try machine.seal()
  }
}

/// A file of a rulebook, compiled.
struct CompiledModule: Sendable {
  var path: RulebookPath
  var bytecode: Bytecode
}

/// How machines come to know a rulebook's modules.
enum MachineAssembly {
  /// A machine that knows `modules` but has loaded none of them; `extraHostCalls` follow the table's.
  static func machine(
    _ modules: [CompiledModule], countsLines: Bool = false, trace: TraceDepth = .none, isPatient: Bool = false,
    extraHostCalls: [String] = []
  ) throws(LuaFailure) -> VirtualMachine {
    var configuration = VirtualMachine.Configuration(
      hostCalls: HostCallName.allCases.map(\.rawValue) + extraHostCalls, countsLines: countsLines, trace: trace)
    if isPatient || trace != .none { configuration.loading.deadline = RulebookLimits.patience }
    let machine = try VirtualMachine(configuration)
    // A plugin may also call its modules by their place in the rulebook, as it does policies.
    for module in modules where module.path.role == .module {
      for name in ["plugins.\(module.path.scope).", "\(module.path.scope)."].map({ $0 + module.path.module }) {
        try machine.addModule(
          scope: module.path.scope, name: name, path: module.path.path, bytecode: module.bytecode)
      }
    }
    for module in modules {
      try machine.addModule(
        scope: module.path.scope, name: module.path.module, path: module.path.path, bytecode: module.bytecode)
    }
    return machine
  }

  /// Loads every module but spec files: policies first, then the library.
  static func loadEverything(into machine: VirtualMachine, _ modules: [CompiledModule]) throws(LuaFailure) {
    for module in inLoadingOrder(modules) {
      try machine.loadModule(scope: module.path.scope, name: module.path.module)
    }
  }

  static func inLoadingOrder(_ modules: [CompiledModule]) -> [CompiledModule] {
    modules.filter { $0.path.role == .policy } + modules.filter { $0.path.role == .library }
      + modules.filter { $0.path.role == .module || $0.path.role == .specSupport }
  }
}
