internal import Core
internal import LuaRuntime

/// A rulebook whose rules count their branches, for runs that ask what the specs cover.
struct ProbedRulebook {
  /// The same rulebook, counting.
  let rulebook: CheckedRulebook
  /// The branches of each file, with the number of its first.
  private let branches: [(file: String, first: Int, branches: [Branch])]

  /// The rules of `rulebook`, compiled anew to count. A file that can't be compiled so, as it is too large then, counts
  /// nothing. O(source).
  init(_ rulebook: CheckedRulebook) {
    var (modules, branches, next) = (rulebook.modules, [(file: String, first: Int, branches: [Branch])](), 0)
    for (place, module) in modules.enumerated() where !module.path.isForSpecs {
      let path = module.path.path
      guard let counting = BranchProbes.counting(rulebook.snapshot.files[path] ?? [], from: next),
        let compiler = try? VirtualMachine(VirtualMachine.Configuration()),
        let bytecode = try? compiler.compile(
          path: path, source: counting.source, deadline: RulebookLimits.patience)
      else { continue }
      modules[place].bytecode = bytecode
      branches.append((path, next, counting.branches))
      next += counting.branches.count
    }
    self.rulebook = rulebook.replacing(modules: modules)
    self.branches = branches
  }

  /// The branches by file, with how often each was taken. O(branches).
  func branches(_ hits: [Int: BranchHits]) -> [ExactText: [Branch]] {
    var files: [ExactText: [Branch]] = [:]
    for (file, first, branches) in branches {
      files[ExactText(file)] = branches.enumerated().map { place, branch in
        var branch = branch
        branch.hits = hits[first + place] ?? BranchHits()
        return branch
      }.sorted { ($0.line, $0.column, $0.kind.rawValue) < ($1.line, $1.column, $1.kind.rawValue) }
    }
    return files
  }
}
