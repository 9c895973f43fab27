internal import CLuaBridge

/// How often a branch was taken, either way.
package struct BranchHits: Sendable, Hashable {
  /// How often its condition held, or its loop had a round.
  package var yes: UInt64
  /// How often it didn't.
  package var no: UInt64

  /// A branch that went so often either way.
  package init(yes: UInt64 = 0, no: UInt64 = 0) {
    self.yes = yes
    self.no = no
  }

  /// How often either way was taken in both together.
  package static func + (left: BranchHits, right: BranchHits) -> BranchHits {
    BranchHits(yes: left.yes + right.yes, no: left.no + right.no)
  }
}

extension VirtualMachine {
  /// The words that a source says where a branch is to be counted; only machines that count lines have them.
  package enum BranchWord {
    /// `__branch(number, value)` counts which way a condition goes, and gives the value.
    package static let condition = "__branch"
    /// `__loop(number, …)` stands around what a `for` goes through, and gives it.
    package static let loop = "__loop"
    /// `__round(number)` begins the body of that `for`.
    package static let round = "__round"
  }

  /// How often each branch was taken since the machine was made, by its number, when it counts them.
  package var branchHits: [Int: BranchHits] {
    let collector = BranchCollector()
    unsafe clb_vm_each_branch(
      vm,
      { context, number, yes, no in
        guard let context = unsafe context else { return }
        let collector = unsafe Unmanaged<BranchCollector>.fromOpaque(context).takeUnretainedValue()
        collector.hits[Int(number)] = BranchHits(yes: yes, no: no)
      }, Unmanaged.passUnretained(collector).toOpaque())
    return withExtendedLifetime(collector) { collector.hits }
  }
}

private final class BranchCollector {
  var hits: [Int: BranchHits] = [:]
}
