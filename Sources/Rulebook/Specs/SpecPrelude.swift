internal import Core
internal import LuaRuntime

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
  /// Compiled once: a run of mutants makes thousands of machines.
  private static let compiled = Result { () throws(LuaFailure) in
    let compiler = try VirtualMachine(VirtualMachine.Configuration())
    return try sources.map { name, source throws(LuaFailure) in
      (name, try compiler.compile(path: path(of: name), source: source))
    }
  }

  /// Adds the modules to a machine that isn't sealed yet, and loads them. Throws what keeps them from loading.
  static func add(to machine: VirtualMachine) throws(LuaFailure) {
    for (name, bytecode) in try compiled.get() {
      try machine.addModule(scope: "", name: prefix + name, path: path(of: name), bytecode: bytecode)
    }
    try machine.loadModule(scope: "", name: Self.name)
  }

  /// What messages call a module.
  private static func path(of name: String) -> String { "=spec \(name)" }
}
