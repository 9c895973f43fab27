internal import Glibc

/// The addresses that this process may still take (`ulimit -v`), however much memory stands behind them.
package enum AddressSpace {
  /// Whether `bytes` more can be taken in one piece now. They are given back at once, and no page of them is used.
  package static func holds(_ bytes: Int) -> Bool {
    let taken = unsafe mmap(nil, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard unsafe taken != MAP_FAILED else { return false }
    unsafe munmap(taken, bytes)
    return true
  }
}
