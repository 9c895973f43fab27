internal import Core
import Glibc
internal import Platform

/// One pass over everything on which the content of a rulebook depends, watching it on the way.
///
/// A directory is always watched *before* it is looked at, so what changes behind the pass is an event
/// in front of the next one.
struct DirectoryScan {
  /// What of a directory matters.
  struct Interest {
    /// Every rule file and folder in it, not only `names`.
    var everything = false
    /// Entries that matter whatever they are called: steps on the way to the rulebook.
    var names: Set<ExactText> = []
  }

  /// The inotify watch of each directory → what of it matters.
  private(set) var interests: [Int32: Interest] = [:]
  /// Whether every directory that matters is watched.
  private(set) var isComplete = true

  private let inotify: Inotify
  private let limit: Int

  /// An empty pass that will watch at most `limit` directories.
  init(inotify: Inotify, limit: Int) {
    self.inotify = inotify
    self.limit = limit
  }

  /// Watches the tree at `path` (absolute, perhaps missing, perhaps through symbolic links) and every
  /// directory in which a step on the way to it could be replaced. O(directories and links).
  mutating func cover(_ path: String) {
    var trees: [String] = []
    if let tree = resolve(path, from: "/") { trees.append(tree) }
    while let tree = trees.popLast() {
      guard watchTree(tree) else { continue }
      for entry in (try? Directory.entries(of: tree)) ?? [] {
        if entry.isDirectory {
          trees.append(Self.join(tree, entry.name))
        } else if entry.mayBeLink, let target = resolve(entry.name, from: tree) {
          // A link to a file ends here: watching it as a directory is refused.
          trees.append(target)
        }
      }
    }
  }

  /// Follows `path` from the directory `start` as the kernel would and watches each directory in which
  /// a step is looked up. Returns the path without symbolic links, or nil when it leads nowhere.
  private mutating func resolve(_ path: String, from start: String) -> String? {
    var pending = Self.steps(path)
    var current = path.begins(with: "/") ? "/" : start
    var links = 0
    while let step = pending.popLast() {
      if step == "." { continue }
      if step == ".." {
        current = Self.parent(of: current)
        continue
      }
      // The last step may be a linked file, whose content counts.
      watch(current, for: step, mask: pending.isEmpty ? Inotify.everything : Inotify.structure)
      let next = Self.join(current, step)
      switch Self.readLink(next) {
      case .missing: return nil
      case .notALink: current = next
      case .link(let target):
        links += 1
        if links > 40 { return nil }
        if target.begins(with: "/") { current = "/" }
        pending += Self.steps(target)
      }
    }
    return current
  }

  /// Returns false when the tree needs no look: not a directory, or watched in this pass already.
  private mutating func watchTree(_ path: String) -> Bool {
    guard let watch = add(path, mask: Inotify.everything) else { return false }
    if interests[watch]?.everything == true { return false }
    interests[watch, default: Interest()].everything = true
    return true
  }

  private mutating func watch(_ path: String, for name: String, mask: UInt32) {
    guard let watch = add(path, mask: mask) else { return }
    interests[watch, default: Interest()].names.insert(ExactText(name))
  }

  private mutating func add(_ path: String, mask: UInt32) -> Int32? {
    switch inotify.add(path, mask: mask) {
    case .notThere: return nil
    case .exhausted:
      isComplete = false
      return nil
    case .watching(let watch):
      if interests[watch] != nil || interests.count < limit { return watch }
      isComplete = false
      inotify.remove(watch)
      return nil
    }
  }
}

extension DirectoryScan {
  private enum Link {
    case missing
    case notALink
    case link(String)
  }

  private static func readLink(_ path: String) -> Link {
    let capacity = Int(PATH_MAX)
    var buffer = [CChar](repeating: 0, count: capacity)
    let count = readlink(path, &buffer, capacity)
    if count < 0 { return errno == EINVAL ? .notALink : .missing }
    return .link(String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self))
  }

  /// The steps of a path, the first one last.
  private static func steps(_ path: String) -> [String] {
    path.words(at: "/").reversed().map { String($0) }
  }

  private static func join(_ directory: String, _ name: String) -> String {
    directory == "/" ? "/" + name : directory + "/" + name
  }

  private static func parent(of path: String) -> String {
    let steps = path.words(at: "/").dropLast()
    return "/" + steps.joined(separator: "/")
  }
}
