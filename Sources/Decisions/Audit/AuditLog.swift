package import Core
internal import Platform

/// The acts of operators on a data directory, as files of JSON lines `DATA/audit/<number>.jsonl`. The host and the
/// commands beside it append to the last one, a line a write. None is ever removed by Cascade.
package struct AuditLog: Sendable {
  /// Bytes after which the next file begins.
  private static let fileBytes = 16 << 20
  /// The most bytes of a line.
  private static let lineBytes = 16 << 10

  let files: NumberedFiles

  /// Where the files are.
  package var directory: String { files.directory }

  /// The log of the data directory `data`; its own directory is made by the first act.
  package init(data: String) { files = NumberedFiles(in: data + "/" + DataPart.audit.path, ending: ".jsonl") }

  /// Bytes of all its files; they only grow. Blocks. O(files). Throws when they can't be looked at.
  package func byteCount() throws(StoreError) -> Int64 {
    try StoreError.catching { () throws(FileError) in
      var count: Int64 = 0
      for number in try files.numbers() { count += Int64(try FileSignature(files.path(of: number)).size) }
      return count
    }
  }

  /// Appends an act. It is in the system's hands when this returns, and on the disk a moment later. Blocks. Throws when
  /// it can't be written.
  package func append(_ event: AuditEvent) throws(StoreError) {
    var line = event.json.bytes
    if line.count >= Self.lineBytes {
      var short = event
      short.details = [("cut", "\(line.count) bytes")]
      line = short.json.bytes
    }
    line.append(UInt8(ascii: "\n"))
    try StoreError.catching { () throws(FileError) in
      try Directory.make(directory)
      let number = try files.numbers().last ?? 1
      let path = files.path(of: number)
      let length = File.exists(path) ? try FileSignature(path).size : 0
      try File.append(length < Self.fileBytes ? path : files.path(of: number + 1), line)
    }
  }

  /// Calls `body` with each act since `milliseconds`, oldest first. Lines that can't be read are counted; the answer is
  /// how many. Blocks. O(bytes).
  package func forEach(since milliseconds: Int64, _ body: (AuditEvent) -> Void) throws(StoreError) -> Int {
    var unreadable = 0
    for number in try StoreError.catching({ () throws(FileError) in try files.numbers() }) {
      let bytes = try StoreError.catching { () throws(FileError) in try File.read(files.path(of: number)) }
      for line in bytes.split(separator: UInt8(ascii: "\n")) {
        guard let event = (try? JSON(parsing: Array(line))).flatMap(AuditEvent.init(json:)) else {
          unreadable += 1
          continue
        }
        if event.milliseconds >= milliseconds { body(event) }
      }
    }
    return unreadable
  }
}
