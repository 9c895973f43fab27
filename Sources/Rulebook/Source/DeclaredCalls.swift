internal import Core

/// Holds what decisions declare in `uses` and `debits` against the host calls that they can reach.
struct DeclaredCalls {
  /// What is known of the values.
  let inference: ShapeInference
  private let reaches: [Reach]

  /// What one decision can reach.
  private struct Reach {
    var decision: DecisionDefinition
    var calls: [(call: HostCallName, file: Int, place: LuaTree.Place)] = []
    /// Whether the host goes where it can't be followed.
    var losesHost = false
    /// The functions that it can reach, its own among them.
    var functions: Set<RulebookSource.FunctionPlace> = []
  }

  /// The functions that each decision can reach, its own among them.
  var reached: [(decision: DecisionDefinition, functions: Set<RulebookSource.FunctionPlace>)] {
    reaches.map { ($0.decision, $0.functions) }
  }

  /// Follows every decision of `inference`. O(decisions · nodes).
  init(inference: ShapeInference) {
    self.inference = inference
    let bodies = Bodies(inference)
    reaches = inference.decisions.map { decision, place in
      var reach = Reach(decision: decision)
      var waiting = [place]
      var seen: Set = [place]
      while let function = waiting.popLast() {
        guard let body = bodies.all[function] else { continue }
        reach.calls += body.calls.map { ($0.call, function.file, $0.place) }
        reach.losesHost = reach.losesHost || body.losesHost
        waiting += body.functions.filter { seen.insert($0).inserted }
      }
      reach.functions = seen
      return reach
    }
  }

  /// Calls that aren't declared, and debits that aren't.
  var findings: [SourceFinding] {
    reaches.flatMap { reach -> [SourceFinding] in
      reach.calls.compactMap { call, file, place in
        let name = reach.decision.name
        let text: String
        if !reach.decision.uses.contains(call) {
          text = "\(name) calls host.\(call.rawValue), which it doesn't declare; add \"\(call.rawValue)\" to its 'uses'"
        } else if let account = undeclaredDebit(call, file, place, reach.decision) {
          text = "\(name) debits \(account)"
        } else if let credits = reach.decision.credits, call == .post || call == .hold,
          let account = account("to", file, place), !credits.contains(where: { account.isCovered(by: $0) })
        {
          text = "\(name) credits \(account.text), which its 'credits' doesn't name; add \"\(account.pattern)\" there"
        } else {
          return nil
        }
        let source = inference.source.files[file]
        return SourceFinding(
          code: .undeclaredCall, file: source, offset: source.tree.nodes[place].range.lowerBound, text: text)
      }
    }
  }

  /// Declarations that nothing makes use of, at their lines.
  func declarations(in snapshot: RulebookSnapshot) -> [RulebookError] {
    reaches.filter { !$0.losesHost }.flatMap { reach -> [RulebookError] in
      let made = Set(reach.calls.map(\.call))
      let lines = KeyLines(source: snapshot.files[reach.decision.file] ?? [])
      func error(_ key: String, _ text: String) -> RulebookError {
        let position = lines.position(of: ["decisions", reach.decision.name, key])
        return RulebookError(
          .unusedDeclaration, file: reach.decision.file, line: position?.line ?? 1, column: position?.column,
          "\(reach.decision.name): \(text)")
      }
      var errors = reach.decision.uses.filter { !made.contains($0) }.map { call in
        error("uses", "'uses' declares \"\(call.rawValue)\", and the decision never calls it; take it out")
      }
      if !reach.decision.debits.isEmpty, made.isDisjoint(with: [.post, .hold, .settle, .void]) {
        errors.append(error("debits", "'debits' names accounts, and the decision moves no money; take it out"))
      } else {
        errors += unused(reach.decision.debits, "from", reach).map {
          error("debits", "'debits' names \"\($0)\", which the decision never debits; take it out")
        }
        errors += unused(reach.decision.credits ?? [], "to", reach).map {
          error("credits", "'credits' names \"\($0)\", which the decision never credits; take it out")
        }
      }
      return errors
    }
  }

  /// The patterns that none of the accounts of `reach` under `key` can match; nothing when one of the accounts isn't
  /// known before the decision runs.
  private func unused(_ patterns: [AccountPattern], _ key: String, _ reach: Reach) -> [AccountPattern] {
    let moves = reach.calls.filter { $0.call == .post || $0.call == .hold }
    let accounts = moves.compactMap { account(key, $0.file, $0.place) }
    if moves.isEmpty || accounts.count < moves.count { return [] }
    return patterns.filter { pattern in !accounts.contains { $0.canBe(pattern) } }
  }

  /// An account that a call debits and `debits` doesn't cover, as a part of a sentence; nil when none can be named.
  private func undeclaredDebit(
    _ call: HostCallName, _ file: Int, _ place: LuaTree.Place, _ decision: DecisionDefinition
  ) -> String? {
    guard call == .post || call == .hold else { return nil }
    if decision.debits.isEmpty { return "an account, and declares none; list the accounts in its 'debits'" }
    guard let account = account("from", file, place) else { return nil }
    if case .named("world") = account { return "'world', where money comes from; no rule may: take it from an account" }
    if decision.debits.contains(where: { account.isCovered(by: $0) }) { return nil }
    return "\(account.text), which its 'debits' doesn't name; add \"\(account.pattern)\" there"
  }

  /// What is known of an account before anything runs.
  private enum Account {
    /// An account whose whole name is written out.
    case named(String)
    /// Accounts whose names begin so.
    case beginning(String)

    /// The account as part of a sentence.
    var text: String {
      switch self {
      case .named(let name): "'\(name)'"
      case .beginning(let prefix): "accounts that begin with '\(prefix)'"
      }
    }

    /// What a declaration would say.
    var pattern: String {
      switch self {
      case .named(let name): name
      case .beginning(let prefix): prefix.ends(with: ":") ? prefix + "*" : prefix + "…"
      }
    }

    func isCovered(by pattern: AccountPattern) -> Bool {
      switch self {
      case .named(let name): pattern.matches(name)
      case .beginning(let prefix): pattern.matches(anyBeginning: prefix)
      }
    }

    /// Whether one of the accounts may match the pattern.
    func canBe(_ pattern: AccountPattern) -> Bool {
      if case .beginning(let prefix) = self, prefix.isEmpty { return true }
      return isCovered(by: pattern)
    }
  }

  /// The account that a call has under `key`: where it is written out or a policy's, and where its beginning is.
  private func account(_ key: String, _ file: Int, _ place: LuaTree.Place) -> Account? {
    let source = inference.source
    guard case .call(_, let arguments) = source.files[file].tree.nodes[place].kind, arguments.count == 1,
      case .table(let entries) = source.files[file].tree.nodes[arguments[0]].kind,
      let value = source.value(of: key, in: entries, of: file)
    else { return nil }
    let tree = source.files[file].tree
    let origin = tree.origin(of: value)
    if let name = text(origin, file) { return .named(name) }
    switch tree.nodes[origin].kind {
    case .binary("..", let left, _): return text(left, file).map { .beginning($0) }
    case .call(let callee, let arguments):
      guard case .name("account", local: nil) = tree.nodes[callee].kind, arguments.count > 1 else { return nil }
      return text(arguments[0], file).map { .beginning($0 + ":") }
    default: return nil
    }
  }

  /// The text that an expression is, where it is written out or a policy's.
  private func text(_ place: LuaTree.Place, _ file: Int) -> String? {
    if let text = inference.source.files[file].tree.text(of: place) { return text }
    guard case .data(let values, of: _) = inference.shapes[file][place], values.count == 1 else { return nil }
    return values[0].string
  }
}

/// What each function does itself, nested functions left out.
private struct Bodies {
  struct Body {
    var calls: [(call: HostCallName, place: LuaTree.Place)] = []
    var functions: [RulebookSource.FunctionPlace] = []
    var losesHost = false
  }

  private(set) var all: [RulebookSource.FunctionPlace: Body] = [:]

  init(_ inference: ShapeInference) {
    let source = inference.source
    for (file, content) in source.files.enumerated() where !content.path.isForSpecs {
      for (place, node) in content.tree.nodes.enumerated() {
        let function = RulebookSource.FunctionPlace(file: file, function: node.function)
        if let other = source.function(place, in: file) { all[function, default: Body()].functions.append(other) }
        switch inference.shapes[file][place] {
        case .host, .hostPart, .hostCall: break
        default: continue
        }
        let parent = content.parents[place]
        if case .hostCall(let call) = inference.shapes[file][place], parent >= 0,
          case .call(place, _) = content.tree.nodes[parent].kind
        {
          all[function, default: Body()].calls.append((call, parent))
        } else if !Self.isFollowed(place, parent, file, inference) {
          all[function, default: Body()].losesHost = true
        }
      }
    }
  }

  /// Whether what becomes of the host at this place is seen elsewhere.
  private static func isFollowed(
    _ place: LuaTree.Place, _ parent: LuaTree.Place, _ file: Int, _ inference: ShapeInference
  ) -> Bool {
    let tree = inference.source.files[file].tree
    guard parent >= 0 else { return true }
    switch tree.nodes[parent].kind {
    case .index(let base, let key): return base == place && tree.text(of: key) != nil
    case .local(let locals, let values):
      let position = values.firstIndex(of: place) ?? locals.count
      return position < locals.count && !tree.locals[locals[position]].isReassigned
    case .call(let callee, let arguments):
      guard callee != place else { return true }
      guard let function = inference.source.function(callee, in: file),
        let position = arguments.firstIndex(of: place)
      else { return false }
      return inference.keepsHost(function, position)
    default: return false
    }
  }
}

extension LuaTree {
  /// The expression that an expression stands for: through the names of locals that keep their one value.
  fileprivate func origin(of place: Place) -> Place {
    var place = bare(place)
    while case .name(_, let local?) = nodes[place].kind, !locals[local].isReassigned,
      case .value(let value) = locals[local].origin
    { place = bare(value) }
    return place
  }
}

extension ShapeInference {
  /// Whether a function is known to get the host as this argument, and so is followed.
  func keepsHost(_ function: RulebookSource.FunctionPlace, _ position: Int) -> Bool {
    let tree = source.files[function.file].tree
    let parameters = tree.functions[function.function].parameters
    // A function that takes fewer arguments drops it.
    guard position < parameters.count else { return true }
    return shape(ofParameter: position, of: function) == .host
  }
}
