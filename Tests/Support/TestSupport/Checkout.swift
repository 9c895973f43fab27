package import FoundationEssentials

/// The checkout that the tests were compiled from.
package enum Checkout {
  /// Its directory, without a slash at the end.
  package static let directory = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")

  /// The same as a URL.
  package static let url = URL(filePath: directory, directoryHint: .isDirectory)
}
