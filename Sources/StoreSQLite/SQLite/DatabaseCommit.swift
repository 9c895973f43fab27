internal import Core
internal import Glibc
package import Platform

/// What a commit, or several, changed in a database's file: whole pages.
package struct DatabaseCommit: Sendable, Equatable {
  /// A page as it was left.
  package struct Page: Sendable, Equatable {
    /// The first one is 1.
    package var number: Int
    package var bytes: [UInt8]

    /// A page of this content.
    package init(number: Int, bytes: [UInt8]) {
      self.number = number
      self.bytes = bytes
    }
  }

  /// Each page once, or in the order in which they were written.
  package var pages: [Page]
  /// How many pages the file has afterwards.
  package var pageCount: Int

  /// These pages, after which the file has so many.
  package init(pages: [Page], pageCount: Int) {
    self.pages = pages
    self.pageCount = pageCount
  }

  /// What all of these come to, as one. O(pages).
  package static func joined(_ commits: [DatabaseCommit]) -> DatabaseCommit? {
    guard let last = commits.last else { return nil }
    var newest: [Int: [UInt8]] = [:]
    for page in commits.lazy.flatMap(\.pages) { newest[page.number] = page.bytes }
    let pages = newest.filter { $0.key <= last.pageCount }.sorted { $0.key < $1.key }
    return DatabaseCommit(pages: pages.map { Page(number: $0.key, bytes: $0.value) }, pageCount: last.pageCount)
  }

  /// Changes the file at `path`, which nobody has open, in this way. Throws what the disk says. O(bytes).
  package func apply(to path: String, pageBytes: Int) throws(FileError) {
    let file = try Descriptor(opening: path, O_RDWR)
    for page in pages where page.number <= pageCount {
      try file.write(page.bytes, at: (page.number - 1) * pageBytes)
    }
    try file.cut(to: pageCount * pageBytes)
  }
}
