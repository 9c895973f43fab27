import Core
import Cryptography
import Glibc
import Platform

/// A file on its way into a backup, or out of one.
enum CopiedFile {
  private static let pieceBytes = 1 << 20

  /// Copies the bytes that `source` has now into `target`, which must not be there, and makes them durable. Gives their
  /// number and hash. O(bytes). A file that grows meanwhile is copied as it was. The copy is of the same age, as the
  /// archive of rulebooks knows by it which came first.
  static func copy(_ source: String, to target: String) throws(FileError) -> (size: Int64, sha256: String) {
    let reading = try Descriptor(opening: source, O_RDONLY)
    var left = try FileSignature(reading).size
    try Directory.make(Directory.parent(of: target))
    let writing = try Descriptor(opening: target, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)
    var hasher = SHA256Hasher()
    var size: Int64 = 0
    while left > 0 {
      let piece = try reading.next(min(left, pieceBytes))
      if piece.isEmpty { break }
      hasher.update(piece)
      try writing.write(piece)
      left -= piece.count
      size += Int64(piece.count)
    }
    try writing.takeAge(of: reading)
    try writing.sync()
    return (size, Hexadecimal.text(hasher.finish()))
  }

  /// The number and hash of a file's bytes. O(bytes).
  static func hash(_ path: String) throws(FileError) -> (size: Int64, sha256: String) {
    let reading = try Descriptor(opening: path, O_RDONLY)
    var hasher = SHA256Hasher()
    var size: Int64 = 0
    while case let piece = try reading.next(pieceBytes), !piece.isEmpty {
      hasher.update(piece)
      size += Int64(piece.count)
    }
    return (size, Hexadecimal.text(hasher.finish()))
  }

  /// The files in a folder and the folders in it, or the file itself, as paths below `root`, sorted; none where nothing
  /// is. What an unfinished write left is none. O(files).
  static func all(in path: String, below root: String) throws(FileError) -> [String] {
    let whole = root + "/" + path
    guard File.exists(whole) else { return [] }
    guard try FileSignature(whole).isDirectory else { return [path] }
    var found: [String] = []
    for entry in try Directory.entries(of: whole)
    where !entry.name.ends(with: ".new") && !entry.name.ends(with: ".lock") {
      found += try all(in: path + "/" + entry.name, below: root)
    }
    return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Removes a folder with everything in it, as far as that can be.
  static func removeAll(_ path: String) {
    if (try? FileSignature(path))?.isDirectory == true, let entries = try? Directory.entries(of: path) {
      for entry in entries { removeAll(path + "/" + entry.name) }
      rmdir(path)
    } else {
      File.remove(path)
    }
  }
}
