package import Core
internal import LuaRuntime

/// The numbers and words of a rulebook's policies by name, such as `fees.fee`: what people sign for and look up.
package enum PolicyNumbers {
  /// A value that differs between two rulebooks; nil where a side doesn't have it.
  package struct Change: Sendable, Equatable {
    /// The policy and the path in its table: `fees.fee`, `tiers.limits.gold`, `fees.steps.2`.
    package var name: String
    package var old: JSON?
    package var new: JSON?
  }

  /// Every leaf of every policy's table, by name. Throws everything that is wrong with the rulebook. O(source).
  package static func read(_ snapshot: RulebookSnapshot) throws(RulebookRejected) -> [ExactText: JSON] {
    try read(try RulebookLoader.load(snapshot, runSpecs: false, isPatient: true))
  }

  /// The same of a rulebook that is loaded already. Throws what is wrong with a policy. O(source).
  package static func read(_ rulebook: CheckedRulebook) throws(RulebookRejected) -> [ExactText: JSON] {
    var leaves: [ExactText: JSON] = [:]
    do throws(LuaFailure) {
      let modules = rulebook.rules
      let machine = try MachineAssembly.machine(modules, isPatient: true)
      try MachineAssembly.loadEverything(into: machine, modules)
      for module in modules where module.path.role == .policy {
        let bytes = try machine.describeModule(scope: module.path.scope, name: module.path.module)
        guard let json = try? JSON(parsing: bytes) else { continue }
        collect(json, module.path.module.rest(behind: "policies.").map { String($0) } ?? "", into: &leaves)
      }
    } catch {
      throw RulebookRejected([RulebookError(error, path: error.file ?? "policies")])
    }
    return leaves
  }

  /// What differs, by name. O(leaves · log leaves).
  package static func changes(from old: [ExactText: JSON], to new: [ExactText: JSON]) -> [Change] {
    Set(old.keys).union(new.keys).sorted().compactMap { name in
      old[name] == new[name] ? nil : Change(name: name.text, old: old[name], new: new[name])
    }
  }

  private static func collect(_ json: JSON, _ name: String, into leaves: inout [ExactText: JSON]) {
    switch json {
    case .object(let object):
      for member in object.members { collect(member.value, "\(name).\(member.name)", into: &leaves) }
    case .array(let list):
      for (index, item) in list.enumerated() { collect(item, "\(name).\(index + 1)", into: &leaves) }
    case .null, .bool, .integer, .double, .string: leaves[name] = json
    }
  }
}
