internal import Dispatch
internal import Synchronization

/// What a commit queue does with a batch of tasks: the one thread that writes.
package protocol BatchCommitting: AnyObject, Sendable {
  associatedtype Task: Sendable
  /// How many of those that wait, at least one of them, share the next commit.
  func share(of waiting: [Task]) -> Int
  /// Commits a batch and tells each caller how that went. On the queue's thread, which may block.
  func perform(_ batch: [Task])
}

/// Tasks of many callers for one writer. Those that come while a commit is under way share the next one, so that the
/// disk is waited for once: a batch closes when the commit before it has returned and as many are there again, or a
/// short moment after it.
package final class CommitQueue<Committer: BatchCommitting>: Sendable {
  private struct Inbox {
    var waiting: [Committer.Task] = []
    var isDraining = false
    /// How many tasks the queue waits for; 0 while it doesn't.
    var awaited = 0
    var isClosed = false
  }

  private let queue: DispatchQueue
  private let limit: Int
  /// What is written, in the words of an error: "the store of payments".
  private let subject: String
  /// What its tasks are called in one.
  private let tasks: String
  private let inbox = Mutex(Inbox())
  private let gathered = DispatchSemaphore(value: 0)

  /// A queue in which at most `limit` tasks wait to be written to `subject`.
  package init(_ subject: String, tasks: String = "writes", limit: Int) {
    self.subject = subject
    self.tasks = tasks
    self.limit = limit
    queue = DispatchQueue(label: "cascade.writer of \(subject)", qos: .userInitiated)
  }

  /// Lets `committer` do a task in one of the next batches; nil when it will, otherwise why not: `overloaded` or
  /// `closed`. A last task closes the queue and is always taken, also when one came before.
  package func enter(_ task: Committer.Task, isLast: Bool = false, for committer: Committer) -> StoreError? {
    inbox.withLock { inbox in
      if isLast {
        inbox.isClosed = true
      } else if inbox.isClosed {
        return StoreError(.closed, "\(subject) is closed")
      } else if inbox.waiting.count >= limit {
        return StoreError(
          .overloaded, "\(limit) \(tasks) wait for \(subject) already; try again later",
          retryAfter: .seconds(1))
      }
      inbox.waiting.append(task)
      if inbox.awaited > 0, inbox.isClosed || inbox.waiting.count >= inbox.awaited {
        inbox.awaited = 0
        gathered.signal()
      }
      if !inbox.isDraining {
        inbox.isDraining = true
        queue.async { self.drain(committer) }
      }
      return nil
    }
  }

  private func drain(_ committer: Committer) {
    var last: (count: Int, nanoseconds: UInt64) = (0, 0)
    while true {
      gather(last.count, for: last.nanoseconds / 8)
      let batch: [Committer.Task] = inbox.withLock { inbox in
        let batch = Array(inbox.waiting.prefix(inbox.waiting.isEmpty ? 0 : committer.share(of: inbox.waiting)))
        inbox.waiting.removeFirst(batch.count)
        if batch.isEmpty { inbox.isDraining = false }
        return batch
      }
      if batch.isEmpty { return }
      let begin = DispatchTime.now().uptimeNanoseconds
      committer.perform(batch)
      last = (batch.count, DispatchTime.now().uptimeNanoseconds - begin)
    }
  }

  /// Waits until `count` tasks are there, at most for `nanoseconds`. Callers who were just answered often come again
  /// at once; without a moment's wait the first of them would have a commit of its own, and the others wait for it.
  private func gather(_ count: Int, for nanoseconds: UInt64) {
    let waits = inbox.withLock { inbox in
      if inbox.isClosed || inbox.waiting.count >= count { return false }
      inbox.awaited = count
      return true
    }
    guard waits else { return }
    if gathered.wait(timeout: .now() + .nanoseconds(Int(min(nanoseconds, 10_000_000)))) == .timedOut {
      let wasSignaled = inbox.withLock { inbox in
        defer { inbox.awaited = 0 }
        return inbox.awaited == 0
      }
      if wasSignaled { gathered.wait() }
    }
  }
}
