internal import Glibc

/// Bytes that are read from one open file and written to another, or to the same: a connection, or the standard ones.
/// Every call waits.
package struct ByteChannel: Sendable {
  private let input: Int32
  private let output: Int32

  /// What the process reads and prints.
  package static let standard = ByteChannel(input: STDIN_FILENO, output: STDOUT_FILENO)

  init(input: Int32, output: Int32) {
    self.input = input
    self.output = output
  }

  /// The next bytes, at most `count`; none at the end. O(bytes).
  package func next(_ count: Int) throws(FileError) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: count)
    while true {
      let found = unsafe buffer.withUnsafeMutableBytes { unsafe read(input, $0.baseAddress, $0.count) }
      if found < 0, errno == EINTR { continue }
      if found < 0 { throw FileError("read", "the connection") }
      buffer.removeLast(count - found)
      return buffer
    }
  }

  /// Writes all of `bytes`. O(bytes).
  package func write(_ bytes: [UInt8]) throws(FileError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(output, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      if count < 0 { throw FileError("write to", "the connection") }
      rest = rest.dropFirst(count)
    }
  }

  /// Closes both ends of it.
  package func end() {
    close(input)
    if output != input { close(output) }
  }
}
