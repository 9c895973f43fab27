package import Core
package import LuaRuntime

/// What machines that count have counted.
package struct RunHits: Sendable {
  /// How often each line ran: path → line → hits.
  package var lines: [ExactText: [Int: UInt64]] = [:]
  /// How often each branch was taken, by its number.
  package var branches: [Int: BranchHits] = [:]

  /// Counts of machines that have not run yet.
  package init() {}

  /// What a machine has counted.
  init(_ machine: VirtualMachine) {
    lines = machine.lineHits
    branches = machine.branchHits
  }

  /// Both together. O(lines + branches).
  package static func + (left: RunHits, right: RunHits) -> RunHits {
    var sum = RunHits()
    sum.lines = left.lines.merging(right.lines) { $0.merging($1) { $0 + $1 } }
    sum.branches = left.branches.merging(right.branches) { $0 + $1 }
    return sum
  }

  /// The same without what policies did, which `with_policy` writes anew.
  var withoutPolicies: RunHits {
    var rest = self
    rest.lines = lines.filter { path, _ in RulebookPath(path.text)?.role != .policy }
    return rest
  }
}
