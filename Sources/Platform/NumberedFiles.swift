internal import Core

/// Files of one directory that are named after numbers, `000000000042.json`, so that their names sort as the numbers
/// do. Every call waits for the disk.
package struct NumberedFiles: Sendable {
  /// The directory that holds them.
  package let directory: String
  private let ending: String

  /// Those in `directory` whose names end with `ending`, such as `.json`.
  package init(in directory: String, ending: String) {
    self.directory = directory
    self.ending = ending
  }

  /// Where the file of this number is, or would be.
  package func path(of number: Int) -> String {
    directory + "/" + String(number).zeroPadded(to: 12) + ending
  }

  /// The numbers that there are files of, ascending; none where there is no directory. O(names · log names).
  package func numbers() throws(FileError) -> [Int] {
    guard File.exists(directory) else { return [] }
    return try Directory.entries(of: directory).compactMap { entry in
      entry.name.ends(with: ending) ? String(entry.name.utf8.dropLast(ending.utf8.count)).flatMap { Int($0) } : nil
    }.sorted()
  }
}
