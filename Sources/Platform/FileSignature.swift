internal import Glibc

/// What tells one state of a file or directory from another without reading it.
package struct FileSignature: Hashable, Sendable {
  private var device: UInt
  private var node: UInt
  /// Bytes of a file.
  package var size: Int
  private var modified: [Int]
  /// Whether it is a directory.
  package var isDirectory: Bool
  /// Whether it is a regular file.
  package var isRegular: Bool
  /// Whether it is a socket.
  package var isSocket: Bool
  /// Who may do what, as `chmod` takes it, such as `0o600`.
  package var permissions: UInt32

  /// Whose it is: the numbers of a user and a group.
  package var owner: (user: UInt32, group: UInt32) { (userNumber, groupNumber) }
  private var userNumber: UInt32
  private var groupNumber: UInt32

  /// Whether anybody but the owner may read, write or enter it.
  package var isOpenToOthers: Bool { permissions & 0o077 != 0 }

  /// When the content last changed, seconds since 1970.
  package var modifiedSeconds: Int { modified[0] }

  /// Of what stands at `path`, behind all symbolic links. Throws when nothing does, or nobody can tell.
  package init(_ path: String) throws(FileError) {
    var status = stat()
    if unsafe stat(path, &status) != 0 { throw FileError("look at", path) }
    self.init(status)
  }

  /// Of an open file.
  package init(_ file: borrowing Descriptor) throws(FileError) {
    var status = stat()
    if unsafe fstat(file.number, &status) != 0 { throw FileError("look at", file.path) }
    self.init(status)
  }

  /// Whether both are of one file, whatever has changed in it.
  package func isSameFile(as other: FileSignature) -> Bool { device == other.device && node == other.node }

  private init(_ status: stat) {
    device = UInt(status.st_dev)
    node = UInt(status.st_ino)
    size = Int(status.st_size)
    modified = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec]
    isDirectory = status.st_mode & S_IFMT == S_IFDIR
    isRegular = status.st_mode & S_IFMT == S_IFREG
    isSocket = status.st_mode & S_IFMT == S_IFSOCK
    permissions = status.st_mode & 0o777
    (userNumber, groupNumber) = (status.st_uid, status.st_gid)
  }
}
