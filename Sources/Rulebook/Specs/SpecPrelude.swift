internal import Core
internal import LuaRuntime
internal import Synchronization

/// The words of spec files: modules in Lua that every machine of specs loads.
enum SpecPrelude {
  /// What a machine calls the module that runs a spec file.
  static let name = prefix + "prelude"

  private static let prefix = "cascade.spec."
  private static let sources = [
    ("values", PackageResources.values_lua), ("drawing", PackageResources.drawing_lua),
    ("assertions", PackageResources.assertions_lua), ("properties", PackageResources.properties_lua),
    ("words", PackageResources.words_lua), ("prelude", PackageResources.prelude_lua),
  ]
  /// Compiled once: a run of mutants makes thousands of machines. Nothing until then, and after a compilation that a
  /// busy machine kept from ending in time.
  private static let compiled = Mutex<[(name: String, bytecode: Bytecode)]?>(nil)

  /// Adds the modules to a machine that isn't sealed yet, and loads them. Throws what keeps them from loading.
  static func add(to machine: VirtualMachine) throws(LuaFailure) {
    for (name, bytecode) in try modules() {
      try machine.addModule(scope: "", name: prefix + name, path: path(of: name), bytecode: bytecode)
    }
    try machine.loadModule(scope: "", name: Self.name)
  }

  private static func modules() throws(LuaFailure) -> [(name: String, bytecode: Bytecode)] {
    if let modules = compiled.withLock({ $0 }) { return modules }
    let compiler = try VirtualMachine(VirtualMachine.Configuration())
    var modules: [(name: String, bytecode: Bytecode)] = []
    for (name, source) in sources {
      let bytecode = try compiler.compile(path: path(of: name), source: source, deadline: RulebookLimits.patience)
      modules.append((name, bytecode))
    }
    compiled.withLock { $0 = modules }
    return modules
  }

  /// What messages call a module.
  private static func path(of name: String) -> String { "=spec \(name)" }
}
