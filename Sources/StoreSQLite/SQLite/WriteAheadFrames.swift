internal import Core
internal import Glibc
internal import Platform

/// Reads a database's write-ahead log as SQLite's file format describes it, frame by frame, also while a host writes
/// it.
///
/// log   = u32be(magic) || u32be(3007000) || u32be(page bytes) || u32be(sequence) || salts[8] || sums[8]   || frames
///     frame = u32be(page) || u32be(pages behind it, where it ends a commit, else 0) || salts[8] || sums[8]    || page
///
/// A frame counts when its salts are the log's and its sums follow those of the frame before it.
struct WriteAheadFrames {
  /// Where a reading ended, always behind a commit.
  struct Place: Equatable {
    /// What tells one beginning of the log from another.
    fileprivate(set) var salts: [UInt8]
    /// Frames that were read.
    fileprivate(set) var frames: Int
    fileprivate var sums: Sums

    static func == (left: Place, right: Place) -> Bool { left.salts == right.salts && left.frames == right.frames }
  }

  /// The two running sums over words of a log.
  fileprivate struct Sums: Equatable {
    var first: UInt32 = 0
    var second: UInt32 = 0

    /// Adds bytes, of which there is a multiple of eight. O(bytes).
    mutating func add(_ bytes: ArraySlice<UInt8>, isBigEndian: Bool) {
      unsafe bytes.withUnsafeBytes { bytes in
        for place in stride(from: 0, to: bytes.count - 7, by: 8) {
          let (left, right) = unsafe (
            bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self),
            bytes.loadUnaligned(fromByteOffset: place + 4, as: UInt32.self)
          )
          first = first &+ (isBigEndian ? UInt32(bigEndian: left) : UInt32(littleEndian: left)) &+ second
          second = second &+ (isBigEndian ? UInt32(bigEndian: right) : UInt32(littleEndian: right)) &+ first
        }
      }
    }

    init() {}

    init(_ bytes: ArraySlice<UInt8>) {
      first = UInt32(truncatingIfNeeded: Int(bigEndianBytes: bytes.prefix(4)))
      second = UInt32(truncatingIfNeeded: Int(bigEndianBytes: bytes.dropFirst(4).prefix(4)))
    }
  }

  /// The file as it lies beside its database.
  private let path: String
  /// Bytes of a page.
  let pageBytes: Int
  /// The beginning of the log, before its first frame.
  let start: Place
  private let isBigEndian: Bool

  private static let (headBytes, frameBytes) = (32, 24)

  /// The log beside the database at `path`; nil when there is none with anything in it. Throws when it can't be read.
  init?(beside path: String) throws(FileError) {
    self.path = path + "-wal"
    guard File.exists(self.path) else { return nil }
    let head = try Descriptor(opening: self.path, O_RDONLY).next(Self.headBytes)
    guard head.count == Self.headBytes else { return nil }
    let magic = Int(bigEndianBytes: head[..<4])
    guard magic & ~1 == 0x377f_0682 else { return nil }
    isBigEndian = magic & 1 == 1
    pageBytes = Int(bigEndianBytes: head[8..<12])
    var sums = Sums()
    sums.add(head[..<24], isBigEndian: isBigEndian)
    guard sums == Sums(head[24...]), (512...65_536).contains(pageBytes) else { return nil }
    start = Place(salts: Array(head[16..<24]), frames: 0, sums: sums)
  }

  /// The commits behind `place`, and where they end; about `limit` bytes of them, more only where one commit is larger.
  /// Throws when the file can't be read. O(bytes).
  func commits(behind place: Place, limit: Int) throws(FileError) -> (commits: [DatabaseCommit], end: Place) {
    let file = try Descriptor(opening: path, O_RDONLY)
    let step = Self.frameBytes + pageBytes
    var (commits, end, reached): ([DatabaseCommit], Place, Place) = ([], place, place)
    var pages: [DatabaseCommit.Page] = []
    var taken = 0
    while taken < limit || !pages.isEmpty {
      let frame = try file.bytes(step, at: Self.headBytes + step * reached.frames)
      guard frame.count == step, frame[8..<16].elementsEqual(place.salts) else { break }
      reached.sums.add(frame[..<8], isBigEndian: isBigEndian)
      reached.sums.add(frame[Self.frameBytes...], isBigEndian: isBigEndian)
      guard reached.sums == Sums(frame[16..<24]) else { break }
      reached.frames += 1
      let number = Int(bigEndianBytes: frame[..<4])
      guard number > 0 else { break }
      pages.append(DatabaseCommit.Page(number: number, bytes: Array(frame[Self.frameBytes...])))
      let count = Int(bigEndianBytes: frame[4..<8])
      if count == 0 { continue }
      commits.append(DatabaseCommit(pages: pages, pageCount: count))
      taken += step * pages.count
      pages = []
      end = reached
    }
    return (commits, end)
  }
}
