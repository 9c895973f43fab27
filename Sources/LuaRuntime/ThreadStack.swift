internal import CLuaBridge
package import Core

/// The C stack that nested calls of Lua and the host need.
package enum ThreadStack {
  /// What a thread that runs machines has at least, in bytes: 4 MiB.
  package static let minimum = 4 << 20

  /// Gives every thread made from now on at least ``minimum``. Throws what the system said.
  package static func setDefault() throws(LuaFailure) {
    let error = clb_set_default_thread_stack(minimum)
    if error != 0 {
      throw LuaFailure(
        code: .memoryExhausted, message: "threads can't have \(minimum >> 20) MiB of stack: error \(error)")
    }
  }

  /// Throws `memory_exhausted` when the calling thread has less stack than ``minimum``.
  package static func check() throws(LuaFailure) {
    if current >= minimum { return }
    throw LuaFailure(
      code: .memoryExhausted,
      message: "a thread that runs machines has \(current >> 10) KiB of stack, and needs \(minimum >> 10)")
  }

  /// Bytes of the calling thread's stack; 0 when unknown.
  package static var current: Int { clb_thread_stack() }

  /// The version of Lua: `5.4.4`
  package static var luaVersion: String { unsafe String(cString: clb_lua_version()) }
}
