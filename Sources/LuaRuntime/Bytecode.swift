/// Compiled Lua source: made by this process, loaded by its machines only.
///
/// The bytes have a fixed place, as machines refer to them while they load.
@safe package final class Bytecode: Sendable {
  nonisolated(unsafe) let pointer: UnsafeRawBufferPointer

  init(copying bytes: UnsafeRawBufferPointer) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
    unsafe copy.copyMemory(from: bytes)
    unsafe pointer = UnsafeRawBufferPointer(copy)
  }

  deinit { unsafe pointer.deallocate() }

  /// The number of bytes of code.
  package var count: Int { unsafe pointer.count }
}
