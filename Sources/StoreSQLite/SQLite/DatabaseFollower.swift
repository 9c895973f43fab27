package import Core
internal import GRDB
internal import Glibc
internal import Platform

/// Follows what a host commits to a database, from outside: reads its write-ahead log commit by commit.
///
/// A host begins that log anew once all of it is in the file and nobody reads it. One reading is therefore always open,
/// the next one before the last ends: so no frame is gone before it was read, and what a new beginning of the log
/// leaves
/// out was there before. When that can't be said (at the first time, or after it was let go),
/// every page is compared with the copy. A log that grew long is let go for one call. For one thread at a time.
package final class DatabaseFollower {
  /// What changed since it was last asked.
  package struct Changes: Sendable {
    /// In their order; none when nothing changed.
    package var commits: [DatabaseCommit] = []
    /// Bytes of each of its pages; 0 when nothing changed and none was read.
    package var pageBytes: Int
    /// Whether there is more already.
    package var isCut = false
  }

  private let path: String
  private let copy: String
  private var readings: [DatabaseQueue] = []
  private var signature: FileSignature?
  /// Where the last reading of the log ended; nil when the whole file must be compared.
  private var place: WriteAheadFrames.Place?
  /// The file as it was when it was compared, and there was no log.
  private var alone: FileSignature?
  /// Frames of the log after which it is let go the next time.
  private var limit = DatabaseFollower.longestLog

  /// Bytes of the log that are taken at once.
  private static let stepBytes = 32 << 20
  /// After so many frames of a log it is let go for once, so that the host can begin it anew.
  private static let longestLog = 65_536
  /// Pages that are compared at once.
  private static let comparedPages = 256

  /// Follows the database at `path`, of which an earlier state is in the file `copy`.
  package init(_ path: String, copy: String) {
    self.path = path
    self.copy = copy
  }

  deinit { letGo() }

  /// What was committed that the copy doesn't have; whoever gets it brings it into the copy before asking again.
  /// Blocks. Throws when the database is gone or can't be read, and what it is then is unknown: everything is compared
  /// the next time. O(bytes that changed), or O(bytes) as above.
  package func changes() throws(StoreError) -> Changes {
    do {
      let now = try FileSignature(path)
      if let signature, !signature.isSameFile(as: now) { letGo() }
      signature = now
      if let frames = place?.frames {
        if frames > limit {
          letGo()
          limit = frames + Self.longestLog
          return Changes(pageBytes: 0)
        }
        if frames + Self.longestLog < limit { limit = Self.longestLog }
      }
      let isUnbroken = try hold()
      if isUnbroken, let place, let found = try following(place) { return found }
      if try alone == FileSignature(path), try WriteAheadFrames(beside: path) == nil { return Changes(pageBytes: 0) }
      return try compared()
    } catch {
      letGo()
      throw StoreError(error, while: "reading \(path)", advice: "look at it with 'cascade doctor'")
    }
  }

  /// Ends the reading. Again is harmless.
  package func letGo() {
    for reading in readings {
      try? reading.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
      try? reading.close()
    }
    readings = []
    place = nil
    alone = nil
  }

  /// Begins a reading and ends the one before it; whether there was one all the time.
  private func hold() throws -> Bool {
    let next = try ReadOnlyDatabase.reading(path)
    let isUnbroken = !readings.isEmpty
    let before = (place, alone)
    letGo()
    readings = [next]
    (place, alone) = before
    return isUnbroken
  }

  /// The commits behind `place`; nil when that can't be told from the log.
  private func following(_ place: WriteAheadFrames.Place) throws -> Changes? {
    guard let log = try WriteAheadFrames(beside: path) else { return nil }
    // Another beginning: all that the last one had was read, and is in the file.
    let from = log.start.salts == place.salts ? place : log.start
    let (commits, end) = try log.commits(behind: from, limit: Self.stepBytes)
    // A log that began anew in between: what was read may be half of the last one.
    guard try WriteAheadFrames(beside: path)?.start == log.start else { return nil }
    self.place = end
    let bytes = commits.reduce(0) { $0 + $1.pages.count * log.pageBytes }
    return Changes(commits: commits, pageBytes: log.pageBytes, isCut: bytes >= Self.stepBytes)
  }

  /// What differs between the database and its copy, page by page. While the reading is open, the file and the log's
  /// frames over it are one state.
  private func compared() throws -> Changes {
    let file = try Descriptor(opening: path, O_RDONLY)
    let head = try file.bytes(100, at: 0)
    guard head.count == 100 else { throw StoreError(.corrupt, "\(path) is cut") }
    let size = Int(bigEndianBytes: head[16..<18])
    let pageBytes = size == 1 ? 65_536 : size
    guard pageBytes >= 512 else { throw StoreError(.corrupt, "\(path) is no database") }
    var over: [Int: [UInt8]] = [:]
    var pageCount = Int(bigEndianBytes: head[28..<32])
    var end: WriteAheadFrames.Place?
    if let log = try WriteAheadFrames(beside: path) {
      var from = log.start
      while case let (commits, reached) = try log.commits(behind: from, limit: Self.stepBytes), !commits.isEmpty {
        for commit in commits {
          pageCount = commit.pageCount
          for page in commit.pages { over[page.number] = page.bytes }
        }
        from = reached
      }
      end = from
    }
    let pages = try differing(file, over, pageCount, pageBytes)
    place = end
    alone = try end == nil ? FileSignature(path) : nil
    let isSame = try pages.isEmpty && FileSignature(copy).size == pageCount * pageBytes
    return Changes(
      commits: isSame ? [] : [DatabaseCommit(pages: pages, pageCount: pageCount)], pageBytes: pageBytes)
  }

  private func differing(
    _ file: borrowing Descriptor, _ over: [Int: [UInt8]], _ pageCount: Int, _ pageBytes: Int
  ) throws -> [DatabaseCommit.Page] {
    let old = try Descriptor(opening: copy, O_RDONLY)
    var pages: [DatabaseCommit.Page] = []
    for first in stride(from: 0, to: pageCount, by: Self.comparedPages) {
      let count = min(Self.comparedPages, pageCount - first) * pageBytes
      let (now, before) = (
        try file.bytes(count, at: first * pageBytes), try old.bytes(count, at: first * pageBytes)
      )
      for number in first + 1...first + count / pageBytes {
        let place = (number - 1 - first) * pageBytes
        let page = over[number] ?? Array(now.dropFirst(place).prefix(pageBytes))
        guard page.count == pageBytes else { throw StoreError(.corrupt, "\(path) is cut") }
        if !page.elementsEqual(before.dropFirst(place).prefix(pageBytes)) {
          pages.append(DatabaseCommit.Page(number: number, bytes: page))
        }
      }
    }
    return pages
  }
}
