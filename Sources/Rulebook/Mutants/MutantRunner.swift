internal import Core
internal import LuaRuntime

/// What the specs made of one mutant.
package struct MutantResult: Sendable, Equatable {
  /// What a mutant can come to.
  package enum Fate: Sendable, Equatable {
    /// A spec failed, or it cost more than it may.
    case found
    /// It isn't even a rulebook; nobody needs a spec to see that.
    case unloadable
    /// Every spec passed, so none notices the change.
    case survived
  }

  /// The mutant that was tried.
  package var mutant: Mutant
  /// What became of it.
  package var fate: Fate
}

/// Runs specs on mutants of a rulebook. Immutable; many threads may run mutants at once.
package struct MutantRunner: Sendable {
  /// The rulebook that every mutant differs from at one place.
  package let rulebook: CheckedRulebook
  /// Its mutants, by files and places.
  package let mutants: [Mutant]
  /// What one spec may cost on a mutant; many of them never end by themselves.
  private let limits = RunLimits(fuel: 10_000_000).untimed
  /// The folders whose specs are run for a change in a folder.
  private let readers: [String: Set<String>]
  /// What of the rulebook those specs need.
  private let surroundings: [String: [ExactText: [UInt8]]]

  /// The mutants of the rules of `plugin`, or of all plugins and the library when it is nil. O(bytes · mutants).
  package init(rulebook: CheckedRulebook, plugin: String? = nil) {
    self.rulebook = rulebook
    let paths = rulebook.modules.map(\.path).filter { path in
      (path.role == .module || path.role == .library) && (plugin == nil || plugin == path.folder)
    }
    mutants = paths.flatMap { path in
      MutantFinder.mutants(of: path.path, source: rulebook.snapshot.files[path.path] ?? [])
    }
    let source = RulebookSource(rulebook.snapshot)
    let readers = Self.readers(of: rulebook, source)
    let folders = Set(paths.map(\.folder))
    self.readers = readers
    surroundings = Dictionary(
      folders.map { ($0, Self.surroundings(of: readers[$0] ?? [$0], rulebook, source)) }
    ) { first, _ in first }
  }

  /// Runs the specs of the mutant's plugin on it, until one of them fails. What a library's mutant is held against are
  /// its own specs and those of the plugins that require it. Blocks; needs a thread with the stack of
  /// ``ThreadStack/minimum``.
  package func run(_ mutant: Mutant) -> MutantResult {
    guard let path = RulebookPath(mutant.file), let original = rulebook.snapshot.files[path.path] else {
      return MutantResult(mutant: mutant, fate: .unloadable)
    }
    var files = surroundings[path.folder] ?? rulebook.snapshot.files
    files[ExactText(path.path)] = mutant.source(original)
    do throws(RulebookRejected) {
      let mutated = try RulebookLoader.load(
        RulebookSnapshot(files: files), runSpecs: false, previous: rulebook, isPatient: true)
      return MutantResult(mutant: mutant, fate: survives(mutated, path) ? .survived : .found)
    } catch {
      return MutantResult(mutant: mutant, fate: .unloadable)
    }
  }

  /// What becomes of all mutants, in their order, `atOnce` of them at a time. `tell` hears of each that is done.
  package func run(atOnce: Int, tell: @escaping @Sendable () -> Void) async -> [MutantResult] {
    await withTaskGroup(of: (Int, MutantResult).self) { group in
      var results = [MutantResult?](repeating: nil, count: mutants.count)
      var waiting = mutants.indices.makeIterator()
      func start() {
        guard let place = waiting.next() else { return }
        group.addTask { [self] in (place, await LoadingThread.run { run(mutants[place]) }) }
      }
      for _ in 0..<max(1, atOnce) { start() }
      for await (place, result) in group {
        results[place] = result
        tell()
        start()
      }
      return results.compactMap(\.self)
    }
  }

  private func survives(_ mutated: CheckedRulebook, _ path: RulebookPath) -> Bool {
    let folders = readers[path.folder] ?? [path.folder]
    let session = SpecSession(rulebook: mutated)
    let runner = SpecRunner(rulebook: mutated)
    let specs = mutated.modules.filter { $0.path.role == .spec && folders.contains($0.path.folder) }
    // Its own specs first: they are the likeliest to notice.
    for module in specs.filter({ $0.path.folder == path.folder }) + specs.filter({ $0.path.folder != path.folder }) {
      guard case .success(let list) = session.list(module.path, limits) else { return false }
      for spec in list {
        let seed = runner.seed(for: spec, module.path)
        if session.run(spec, of: module.path, seed: seed, limits).status == .failed { return false }
      }
    }
    return true
  }

  /// The files of these folders, of the plugins whose decisions their sources name, and those that everybody shares:
  /// the less is loaded for each mutant, the sooner they are through.
  private static func surroundings(
    of folders: Set<String>, _ rulebook: CheckedRulebook, _ source: RulebookSource
  ) -> [ExactText: [UInt8]] {
    var needed = folders
    for file in source.files where folders.contains(file.path.folder) {
      for node in file.tree.nodes {
        guard case .constant(.string(let text?)) = node.kind, let decision = rulebook.decision(named: text) else {
          continue
        }
        needed.insert(decision.plugin)
      }
    }
    return rulebook.snapshot.files.filter { path, _ in
      guard let path = RulebookPath(path.text) else { return false }
      return path.role == .policy || path.role == .library || needed.contains(path.folder)
    }
  }

  /// For the library's folder, itself and the plugins that read it.
  private static func readers(of rulebook: CheckedRulebook, _ source: RulebookSource) -> [String: Set<String>] {
    var folders: Set = [RulebookPath.library]
    for file in source.files where file.path.role == .module {
      let names = file.tree.nodes.indices.compactMap { file.tree.required(by: $0) }
      if names.contains(where: { $0.begins(with: RulebookPath.library + ".") }) { folders.insert(file.path.folder) }
    }
    return [RulebookPath.library: folders]
  }
}

extension RulebookPath {
  /// The folder below `plugins` that the file stands in, the library's among them; empty for a policy.
  var folder: String { role == .library ? Self.library : scope }
}
