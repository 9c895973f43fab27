import Core
import Decisions
import Glibc
import Platform

/// Finds what changed in files that are only added to, or replaced as a whole, beside a copy of them.
struct FollowedFiles {
  /// The data directory that is read.
  let data: String
  /// The copy, which whoever asks keeps up to date.
  let copy: String
  /// What was seen of each file when it was last read.
  private var seen: [String: FileSignature] = [:]
  /// How often in a row a file was gone.
  private var gone: [String: Int] = [:]

  /// So many bytes before the end of a copy must still be the same where a file was only added to.
  private static let comparedBytes = 64 << 10
  /// A file is gone when it was so many times: what destroys a directory takes the files one by one.
  private static let looks = 3
  /// How often files are listed again when one of them was packed meanwhile.
  private static let attempts = 5

  init(data: String, copy: String) {
    self.data = data
    self.copy = copy
  }

  /// What changed in the files of `part`. Throws what can't be read. O(files, and bytes that changed).
  mutating func changes(of part: DataPart) throws(FileError) -> [Shipment.Piece] {
    for attempt in 1... {
      do throws(FileError) {
        return try changes(in: CopiedFile.all(in: part.path, below: data), CopiedFile.all(in: part.path, below: copy))
      } catch {
        if !error.isMissing || attempt == Self.attempts { throw error }
      }
    }
    return []
  }

  private mutating func changes(in now: [String], _ before: [String]) throws(FileError) -> [Shipment.Piece] {
    var pieces: [Shipment.Piece] = []
    for path in now {
      gone[path] = nil
      let signature = try FileSignature(data + "/" + path)
      if seen[path] == signature { continue }
      if let change = try change(of: path, to: signature.size) {
        pieces.append(Shipment.Piece(path: path, change: change))
      }
      seen[path] = signature
    }
    let present = Set(now)
    for path in before where !present.contains(path) {
      gone[path, default: 0] += 1
      if gone[path] ?? 0 >= Self.looks { pieces.append(Shipment.Piece(path: path, change: .gone)) }
    }
    return pieces
  }

  /// How the copy becomes the file of `size` bytes; nil when it is that already.
  private func change(of path: String, to size: Int) throws(FileError) -> Shipment.Piece.Change? {
    let file = try Descriptor(opening: data + "/" + path, O_RDONLY)
    guard File.exists(copy + "/" + path) else { return .whole(try file.bytes(size, at: 0)) }
    let old = try Descriptor(opening: copy + "/" + path, O_RDONLY)
    let known = try FileSignature(old).size
    if size >= known {
      let from = max(0, known - Self.comparedBytes)
      if try file.bytes(known - from, at: from) == old.bytes(known - from, at: from) {
        return size == known ? nil : .appended(at: known, bytes: try file.bytes(size - known, at: known))
      }
    }
    return .whole(try file.bytes(size, at: 0))
  }
}
