internal import Core

/// The forms in which `cascade test` tells what a run found.
///
/// Each formatter is a pure function from a ``SpecRun`` to text that ends in a newline, in O(size of
/// the run). The same run gives the same bytes: nothing depends on the clock, the locale or hashing.
package enum SpecReport {}

extension SpecResult {
  /// The `describe` names and the spec's own name, outermost first, joined by ` › `; behind it the case, if it has one.
  var title: String {
    (path + [nameWithCase]).joined(separator: " › ")
  }

  /// The spec's own name, and the file and line of its case in parentheses, if it has one.
  var nameWithCase: String {
    guard let place else { return name }
    return "\(name) (\(place.pieces(at: "/").last ?? ""))"
  }
}
