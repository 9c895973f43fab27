import Decisions
import LuaRuntime
import NIOCore
import Platform

/// The addresses that a host takes besides its program. A host that finds none in the middle of its work can only end,
/// so it starts with enough of them or not at all.
struct AddressDemand: Sendable {
  /// Stores, records, buffers and the threads that run no machine: measured are some 900 MiB.
  private static let own = 1 << 30
  /// A machine with the stack of its thread.
  private static let machine = VirtualMachine.addresses(of: .init()) + ThreadStack.minimum

  /// How many bytes they are, most of them never used.
  let bytes: Int

  /// For so many `lanes`, as many as there are processors when nobody says; while a reload is under way, each has a
  /// machine of both generations.
  init(lanes: Int?) {
    bytes = Self.own + (2 * (lanes ?? System.coreCount) + EffectLimits().threads) * Self.machine
  }

  /// Whether this process may take them.
  var isMet: Bool { AddressSpace.holds(bytes) }

  /// What to say when it may not.
  var problem: String { "this process may not have \(bytes >> 20) MiB of memory, counted as addresses" }

  /// What to do then.
  static let advice = "allow more (`ulimit -v`, or LimitAS= in the unit), or have fewer lanes (--lanes)"

  /// Throws when this process may not take them.
  func require() throws(ReadingError) {
    if !isMet { throw ReadingError(message: "\(problem): \(Self.advice)") }
  }
}
