import Synchronization
import Testing

@testable import AgentOperators

@Suite("A follower's mailbox")
struct MemoryMailboxTests {
    @Test("What was posted before the thread could be woken wakes it as soon as it can be")
    func earlyJobs() {
        for isClosing in [false, true] {
            let (mailbox, wakes) = (MemoryMailbox(), Counter())
            if isClosing { mailbox.close() } else { #expect(mailbox.post { _ in }) }
            mailbox.connect { wakes.add() }
            #expect(wakes.count == 1)
        }
    }

    @Test("After the end nothing is taken, and what was there is given out")
    func end() {
        let mailbox = MemoryMailbox()
        #expect(mailbox.post { _ in })
        #expect(mailbox.end().count == 1)
        #expect(!mailbox.post { _ in })
    }
}

private final class Counter: Sendable {
    private let value = Mutex(0)
    var count: Int { value.withLock { $0 } }

    func add() { value.withLock { $0 += 1 } }
}
