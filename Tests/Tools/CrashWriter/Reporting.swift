internal import Glibc

/// Writes `text` and a newline to standard output at once, past any buffer.
func report(_ text: String) {
  let line = Array("\(text)\n".utf8)
  _ = unsafe line.withUnsafeBytes { unsafe write(STDOUT_FILENO, $0.baseAddress, $0.count) }
}
