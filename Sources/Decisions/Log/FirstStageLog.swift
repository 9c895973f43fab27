internal import Core
internal import Cryptography
internal import Ledger
internal import Logging
internal import Synchronization

/// The log of the first stage, which had one for all lanes. Nobody writes to it any more.
final class FirstStageLog: Sendable {
  private let directory: String
  /// Where it ends, once somebody asked.
  private let known = Mutex<RecordHead?>(nil)

  /// Cuts off what a crash left half written at its end, and says so. O(last segment) where that has no index yet.
  init(directory: String, logger: Logger) throws(StoreError) {
    self.directory = directory
    guard let last = try RecordFile.segments(in: directory).last else { return }
    let path = RecordFile.path(directory, last)
    let length = try RecordFile.Reader(path).length
    if RecordIndexFile(RecordFile.indexPath(directory, last), segmentBytes: length) != nil { return }
    let content = try RecordFile.read(path)
    var scan = SegmentScan(content, .single)
    if !scan.faults.isEmpty { scan = SegmentScan(content, .single, following: try heads(before: last)) }
    if scan.isDamaged {
      let faults = scan.faults.map(\.message).joined(separator: "; ")
      logger.error("\(path) is damaged: \(faults). 'cascade replay --all' shows what can be read")
      return
    }
    if let fault = scan.faults.first {
      try RecordFile.cut(path, to: scan.end)
      logger.notice(
        "\(path): \(fault.message); that is cut off, as a crash leaves it",
        metadata: ["bytes": "\(content.count - scan.end)"])
    }
    let entries = [RecordIndex.Entry](scan, of: content)
    try? RecordFile.replace(
      RecordFile.indexPath(directory, last), with: RecordIndexFile.bytes(entries, segmentBytes: scan.end))
  }

  private func heads(before segment: Int) throws(StoreError) -> [[UInt8]] {
    guard segment > 1, let content = try SegmentContent.read(directory, segment - 1, .single) else {
      return [RecordSegment.firstHash]
    }
    return content.scan(following: nil).heads
  }

  /// The last segment and its length; nil when there is none.
  func end() throws(StoreError) -> (segment: Int, length: Int)? {
    guard let last = try RecordFile.segments(in: directory).last else { return nil }
    return (last, try RecordFile.Reader(RecordFile.path(directory, last)).length)
  }

  /// Where it ends; nil when there is none. O(segments), and O(last segment) the first time.
  func head() throws(StoreError) -> RecordHead? {
    if let known = known.withLock({ $0 }) { return known }
    let numbers = try RecordFile.segments(in: directory)
    guard let last = numbers.last, let content = try SegmentContent.read(directory, last, .single) else { return nil }
    let heads = content.bytes.isEmpty ? try heads(before: last) : content.scan(following: nil).heads
    var count = 0
    for number in numbers {
      count += try SegmentMemory().index(of: RecordReader.Segment(folder: "", number: number), in: directory).count
    }
    let head = RecordHead(
      log: RecordLogName.name(ofFolder: ""), sequence: Int64(count), hash: heads.first ?? RecordSegment.firstHash,
      count: Int64(count))
    known.withLock { $0 = head }
    return head
  }
}
