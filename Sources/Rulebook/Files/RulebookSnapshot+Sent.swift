package import Core

extension RulebookSnapshot {
  /// The files of a rulebook that somebody sent, by their paths. Throws everything that keeps them from being one:
  /// paths that no rulebook counts, and files over a limit. Types for editors are left out. O(bytes).
  package init(
    sent files: [ExactText: [UInt8]], limits: RulebookLimits = RulebookLimits()
  ) throws(RulebookRejected) {
    let files = files.filter { !RulebookPath.isForEditors($0.key.text) }
    var errors: [RulebookError] = []
    for path in files.keys.sorted() {
      if RulebookPath(path.text) == nil || path.text.unicodeScalars.contains(where: VisibleText.isControl) {
        errors.append(
          RulebookError(
            .unreadable, file: VisibleText.line(path.text),
            "no rulebook has such a file; it has *.lua below plugins/ and policies/, and cases below plugins/NAME/spec/"
          ))
      } else if (files[path]?.count ?? 0) > limits.sourceBytes {
        errors.append(
          RulebookError(
            .tooLarge, file: path.text, "over \(limits.sourceBytes >> 10) KiB of source; split the file"))
      }
      if errors.count == limits.namedErrors { break }
    }
    if files.isEmpty { errors.append(RulebookError(.unreadable, message: "no rulebook: there are no files")) }
    if files.count > limits.files {
      errors.append(RulebookError(.tooLarge, message: "the rulebook has over \(limits.files) files"))
    }
    if files.values.reduce(0, { $0 + $1.count }) > limits.totalBytes {
      errors.append(RulebookError(.tooLarge, message: "the rulebook is over \(limits.totalBytes >> 20) MiB"))
    }
    if !errors.isEmpty { throw RulebookRejected(errors) }
    self.init(files: files)
  }
}
