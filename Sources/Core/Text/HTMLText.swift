/// Text of a page.
package enum HTMLText {
  /// `text` in which nothing is markup. O(length).
  package static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }
}
