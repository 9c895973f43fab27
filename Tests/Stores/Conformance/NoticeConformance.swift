package import Core

/// What everybody who spreads notices must do.
package enum NoticeConformance {
  /// All cases.
  package static let cases: [StoreCase<any Notices>] = [
    StoreCase("everybody who has subscribed hears a notice") { notices in
      let (first, second) = (notices.subscribe(.credits), notices.subscribe(.credits))
      await notices.tell(.credits)
      for stream in [first, second] {
        var iterator = stream.makeAsyncIterator()
        try expect(await iterator.next() != nil, true)
      }
    },
    StoreCase("notices that nobody has taken yet are one") { notices in
      let stream = notices.subscribe(.ledger)
      for _ in 0..<1_000 { await notices.tell(.ledger) }
      let count = await withTaskGroup(of: Int.self) { group in
        group.addTask {
          var count = 0
          for await _ in stream { count += 1 }
          return count
        }
        await Task.yield()
        // Whatever a driver needs to spread them; the stream ends with its task.
        try? await Task.sleep(for: .milliseconds(200))
        group.cancelAll()
        return await group.next() ?? 0
      }
      try expect((1...3).contains(count), true, "\(count)")
    },
    StoreCase("topics are apart") { notices in
      let graph = notices.subscribe(.graph)
      await notices.tell(.rulebook)
      await notices.tell(.graph)
      var iterator = graph.makeAsyncIterator()
      try expect(await iterator.next() != nil, true)
    },
    StoreCase("whoever follows runs at once and after each notice") { notices in
      let (runs, continuation) = AsyncStream.makeStream(of: Void.self)
      let following = Task {
        await notices.follow(.credits, atLeastEvery: .seconds(600)) { continuation.yield() }
        continuation.finish()
      }
      var iterator = runs.makeAsyncIterator()
      try expect(await iterator.next() != nil, true, "at once:")
      await notices.tell(.credits)
      try expect(await iterator.next() != nil, true, "after a notice:")
      following.cancel()
      while await iterator.next() != nil {}
    },
  ]
}
