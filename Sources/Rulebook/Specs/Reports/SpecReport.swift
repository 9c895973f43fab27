/// The forms in which `cascade test` tells what a run found.
///
/// Each formatter is a pure function from a ``SpecRun`` to text that ends in a newline, in O(size of
/// the run). The same run gives the same bytes: nothing depends on the clock, the locale or hashing.
package enum SpecReport {}

extension SpecResult {
  /// The `describe` names and the spec's own name, outermost first, joined by ` › `.
  var title: String {
    (path + [name]).joined(separator: " › ")
  }
}
