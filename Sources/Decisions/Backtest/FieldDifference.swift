package import Core

/// A place at which two results differ.
package struct FieldDifference: Sendable, Equatable {
  /// The place as a JSON pointer; the elements of a list are all `*`.
  package var path: String
  /// What stood there; nil when nothing did.
  package var before: JSON?
  /// What stands there now.
  package var after: JSON?

  /// A difference at `path`.
  package init(path: String, before: JSON?, after: JSON?) {
    self.path = path
    self.before = before
    self.after = after
  }

  /// The places at which `after` differs from `before`, in the order of `before`, then what is new. Members are
  /// compared by name, elements by place; `wholeLists` compares lists as a whole. O(size · members of an object).
  package static func between(_ before: JSON, _ after: JSON, wholeLists: Bool = false) -> [FieldDifference] {
    var found: [FieldDifference] = []
    collect(before, after, "", wholeLists, &found)
    return found
  }

  private static func collect(
    _ before: JSON?, _ after: JSON?, _ path: String, _ wholeLists: Bool, _ found: inout [FieldDifference]
  ) {
    if before == after { return }
    let (old, new) = (before?.object, after?.object)
    if old != nil || new != nil, (before == nil || old != nil) && (after == nil || new != nil) {
      let names = (old?.members ?? []).map(\.name)
      for name in names { collect(old?[name], new?[name], path + "/" + escaped(name), wholeLists, &found) }
      for member in new?.members ?? [] where old?[member.name] == nil {
        collect(nil, member.value, path + "/" + escaped(member.name), wholeLists, &found)
      }
      if names.isEmpty && new?.members.isEmpty ?? true { found.append(Self(path: path, before: before, after: after)) }
    } else if !wholeLists, let old = before?.array, let new = after?.array {
      for place in 0..<max(old.count, new.count) {
        collect(
          place < old.count ? old[place] : nil, place < new.count ? new[place] : nil, path + "/*", wholeLists, &found)
      }
    } else {
      found.append(Self(path: path, before: before, after: after))
    }
  }

  private static func escaped(_ name: String) -> String { name.replacing("~", with: "~0").replacing("/", with: "~1") }
}
