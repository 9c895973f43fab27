internal import CLuaBridge

/// Makes memory run short, for tests.
package enum AllocationFailures {
  /// From the `countdown`-th allocation on, all allocations of machines that this thread makes within `body`
  /// fail; 0 lets all succeed.
  package static func ofNewMachines<Result, Failure: Error>(
    after countdown: UInt64, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    clb_fail_allocations_of_new_vms(countdown)
    defer { clb_fail_allocations_of_new_vms(0) }
    return try body()
  }
}

extension VirtualMachine {
  /// From the `countdown`-th allocation on, all of this machine's fail; 0 ends it.
  package func failAllocations(after countdown: UInt64) { unsafe clb_vm_fail_allocations(vm, countdown) }
}
