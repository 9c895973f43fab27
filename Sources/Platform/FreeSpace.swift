internal import Glibc

/// What is left on a disk for whoever isn't its administrator.
package struct FreeSpace: Sendable, Equatable {
  /// How many bytes they may still write.
  package var bytes: Int64
  /// Files that can still be made; nil where the file system has no such limit.
  package var files: Int64?

  /// On the disk that `path` lies on. Throws when nobody can tell.
  package init(on path: String) throws(FileError) {
    var status = statvfs()
    if unsafe statvfs(path, &status) != 0 { throw FileError("look at", path) }
    bytes =
      Int64(clamping: status.f_bavail).multipliedReportingOverflow(by: Int64(clamping: status.f_frsize))
      .partialValue
    files = status.f_files == 0 ? nil : Int64(clamping: status.f_favail)
  }
}
