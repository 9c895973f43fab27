package import Core
internal import Glibc

/// The acts of operators on a data directory, as files of JSON lines `DATA/audit/<number>.jsonl`. The host and the
/// commands beside it append to the last one, a line a write. None is ever removed by Cascade.
package struct AuditLog: Sendable {
  private static let ending = ".jsonl"
  /// Bytes after which the next file begins.
  private static let fileBytes = 16 << 20
  /// The most bytes of a line.
  private static let lineBytes = 16 << 10

  /// Where the files are.
  package let directory: String

  /// The log of the data directory `data`; its own directory is made by the first act.
  package init(data: String) { directory = data + "/" + DataPart.audit.path }

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
    try RecordFile.makeDirectory(directory)
    let number = try RecordFile.numbers(in: directory, ending: Self.ending).last ?? 1
    let path = RecordFile.path(directory, number, ending: Self.ending)
    let length = RecordFile.exists(path) ? try RecordFile.Reader(path).length : 0
    try RecordFile.append(
      line, to: length < Self.fileBytes ? path : RecordFile.path(directory, number + 1, ending: Self.ending))
  }

  /// Calls `body` with each act since `milliseconds`, oldest first. Lines that can't be read are counted; the answer is
  /// how many. Blocks. O(bytes).
  package func forEach(since milliseconds: Int64, _ body: (AuditEvent) -> Void) throws(StoreError) -> Int {
    var unreadable = 0
    for number in RecordFile.exists(directory) ? try RecordFile.numbers(in: directory, ending: Self.ending) : [] {
      let bytes = try RecordFile.read(RecordFile.path(directory, number, ending: Self.ending))
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
