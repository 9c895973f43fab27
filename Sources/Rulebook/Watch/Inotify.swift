import Glibc

/// One event of the kernel's inotify interface.
struct InotifyEvent {
  /// The watch it belongs to; -1 for an overflow.
  var watch: Int32
  /// What happened, as the system's `IN_*` bits.
  var mask: UInt32
  /// The entry of the watched directory it is about; empty when it is the directory itself.
  var name: String

  /// Whether the kernel dropped events, so that anything may have happened.
  var isOverflow: Bool { mask & UInt32(IN_Q_OVERFLOW) != 0 }
  /// Whether the watched directory itself went away or was moved.
  var isAboutWatchItself: Bool {
    mask & UInt32(IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED) != 0
  }
  /// Whether the entry is a directory.
  var isDirectory: Bool { mask & UInt32(IN_ISDIR) != 0 }
  /// Whether an entry went away.
  var isDeparture: Bool { mask & UInt32(IN_DELETE | IN_MOVED_FROM) != 0 }
  /// Whether an entry came.
  var isArrival: Bool { mask & UInt32(IN_CREATE | IN_MOVED_TO) != 0 }
  /// Whether an entry came, went or was replaced, rather than changed in place.
  var isStructural: Bool {
    isOverflow || isAboutWatchItself || mask & Inotify.structure != 0
      || (isDirectory && mask & UInt32(IN_ATTRIB) != 0)
  }
}

/// An inotify instance: every system call on it goes through here. Confined to one thread.
final class Inotify {
  /// Entries that come, go or are renamed.
  static let structure = UInt32(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)
  /// The above, and content, permissions and the directory itself.
  static let everything =
    structure | UInt32(IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF)

  /// How adding a watch went.
  enum Added {
    case watching(Int32)
    /// The directory isn't there, isn't a directory or may not be read.
    case notThere
    /// The system's limit on watches is reached.
    case exhausted
  }

  /// The descriptor to poll; readable when there are events.
  let descriptor: Int32
  private let buffer = UnsafeMutableRawBufferPointer.allocate(
    byteCount: 16 * 1024, alignment: MemoryLayout<inotify_event>.alignment)

  /// A new instance without watches. Throws `unavailable` when the user's limit is reached.
  init() throws(WatchError) {
    descriptor = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
    if descriptor < 0 {
      throw WatchError(
        code: .unavailable,
        message: "can't watch for changes: inotify_init1: \(String(cString: strerror(errno))); "
          + "raise fs.inotify.max_user_instances or the limit on open files, or serve without --watch")
    }
  }

  deinit {
    if descriptor >= 0 { _ = close(descriptor) }
    buffer.deallocate()
  }

  /// Watches the directory at `path`, which must not be a symbolic link, for `mask` beside what is
  /// already watched there. The same directory always gives the same number.
  func add(_ path: String, mask: UInt32) -> Added {
    let flags = UInt32(IN_ONLYDIR | IN_DONT_FOLLOW | IN_MASK_ADD)
    let watch = inotify_add_watch(descriptor, path, mask | flags)
    if watch >= 0 { return .watching(watch) }
    return errno == ENOSPC || errno == ENOMEM ? .exhausted : .notThere
  }

  /// Ends a watch; one the kernel has already ended is no error.
  func remove(_ watch: Int32) {
    _ = inotify_rm_watch(descriptor, watch)
  }

  /// The events that are waiting, at most one buffer full; empty when there are none.
  func read() -> [InotifyEvent] {
    let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
    var events: [InotifyEvent] = []
    var offset = 0
    let headerSize = MemoryLayout<inotify_event>.size
    while offset + headerSize <= count {
      let header = buffer.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
      let nameBytes = buffer[(offset + headerSize)..<(offset + headerSize + Int(header.len))]
      let name = String(decoding: nameBytes.prefix { $0 != 0 }, as: UTF8.self)
      events.append(InotifyEvent(watch: header.wd, mask: header.mask, name: name))
      offset += headerSize + Int(header.len)
    }
    return events
  }
}
