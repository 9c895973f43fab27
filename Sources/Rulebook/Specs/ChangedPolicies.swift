internal import Core

/// The rulebooks that `with_policy` decides by: the one under test, with other numbers in some of its policies.
struct ChangedPolicies {
  /// Rulebooks kept at once; beyond that they are made anew.
  private static let limit = 16

  /// The rulebook under test as it loads, whatever is counted.
  private let plain: CheckedRulebook
  private var runners: [ExactText: DecisionRunner] = [:]
  private var counted = RunHits()

  /// None yet of `plain`.
  init(plain: CheckedRulebook) { self.plain = plain }

  /// What ran by changed policies, where that is counted.
  var hits: RunHits { runners.values.reduce(counted) { $0 + $1.hits.withoutPolicies } }

  /// A runner of the rulebook of `usual` with these changes: tables of changed names by the policy's name. Throws what
  /// keeps the changed rulebook from loading.
  mutating func runner(_ usual: DecisionRunner, changes: JSON) throws(RulebookRejected) -> DecisionRunner {
    guard let policies = changes.members, !policies.isEmpty else { return usual }
    let key = ExactText(changes.text)
    if let runner = runners[key] { return runner }
    var files = plain.snapshot.files
    for (name, changes) in policies {
      let path = "policies/\(name).lua"
      guard let original = files[ExactText(path)] else {
        let known = plain.snapshot.paths.compactMap(RulebookPath.init).filter { $0.role == .policy }
        let names = known.compactMap { $0.module.rest(behind: "policies.").map { String($0) } }
        throw RulebookRejected([
          RulebookError(
            .invalidPolicy,
            message: "there is no policy '\(name)'" + NearestName.suggestion(for: name, in: names))
        ])
      }
      let aside = "policies/before_\(name).lua"
      files[ExactText(aside)] = original
      files[ExactText(path)] = Array(Self.source(of: changes, to: name, over: "policies.before_\(name)").utf8)
    }
    let rulebook = try RulebookLoader.load(
      RulebookSnapshot(files: files), runSpecs: false, previous: plain, isPatient: true
    ).replacing(codeBy: usual.rulebook)
    if runners.count >= Self.limit {
      counted = hits
      runners.removeAll()
    }
    let runner = DecisionRunner(rulebook: rulebook, countsLines: usual.countsLines, keepsNotes: usual.keepsNotes)
    runners[key] = runner
    return runner
  }

  /// A policy that is the one before with changes: tables with names are merged, everything else is replaced. Of a
  /// policy with names at its top no other can be changed.
  private static func source(of changes: JSON, to name: String, over before: String) -> String {
    """
    local function changed(old, new)
      if type(old) ~= "table" or type(new) ~= "table" or #old > 0 or #new > 0 then return new end
      local all = {}
      for name, value in pairs(old) do all[name] = value end
      for name, value in pairs(new) do all[name] = changed(old[name], value) end
      return all
    end
    local before, changes = require "\(before)", \(literal(changes))
    local names = {}
    for name in pairs(before) do names[#names + 1] = tostring(name) end
    table.sort(names)
    for name in pairs(#before > 0 and {} or changes) do
      if before[name] == nil then
        error("the policy '\(name)' has no '" .. tostring(name) .. "'; it has " .. table.concat(names, ", "), 0)
      end
    end
    return changed(before, changes)

    """
  }

  private static func literal(_ json: JSON) -> String {
    switch json {
    case .null: "nil"
    case .bool(let value): "\(value)"
    case .integer, .double: json.text
    case .string(let text): AnnotationText.quoted(text)
    case .array(let elements): "{ " + elements.map(literal).joined(separator: ", ") + " }"
    case .object(let object):
      "{ " + object.members.map { "[\(AnnotationText.quoted($0.name))] = \(literal($0.value))" }.joined(separator: ", ")
        + " }"
    }
  }
}
