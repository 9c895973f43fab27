internal import Core
internal import Synchronization
internal import Testing

struct ListenersTests {
  @Test func `whoever listens hears of what comes from then on, in the order they were added`() {
    let listeners = Listeners<Int>()
    let heard = Mutex<[String]>([])
    listeners.tell(1)
    listeners.add { news in heard.withLock { $0.append("first \(news)") } }
    listeners.tell(2)
    listeners.add { news in heard.withLock { $0.append("second \(news)") } }
    listeners.tell(3)
    #expect(heard.withLock { $0 } == ["first 2", "first 3", "second 3"])
  }
}
