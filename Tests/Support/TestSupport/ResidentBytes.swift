public import Glibc

/// What a process has in memory, in bytes; this one's when none is named. 0 when there is none.
public func residentBytes(of process: pid_t = getpid()) -> Int {
  guard let file = unsafe fopen("/proc/\(process)/statm", "r") else { return 0 }
  defer { unsafe fclose(file) }
  var text = [UInt8](repeating: 0, count: 128)
  let count = unsafe fread(&text, 1, text.count, file)
  let fields = String(decoding: text[..<count], as: UTF8.self).split { $0.isWhitespace }
  guard fields.count > 1, let pages = Int(fields[1]) else { return 0 }
  return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
}
