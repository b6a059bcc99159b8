import Dispatch
import EventLog
import StreamCore
import Synchronization
import Testing

@Suite struct WaitConformance {
    static let place = TopicPartition("reviews", 0)

    @Test(arguments: LogUnderTest.all)
    func `waiting for nothing ends when the time is over`(under: LogUnderTest) throws {
        try under.run { host in
            try host.createTopic(TopicSpecification("reviews", partitions: 1))
            let reader = try host.open().makeReader(isolation: .committed)
            try reader.open(Self.place, at: 0)
            _ = try reader.read(Self.place, maxRecords: 1, maxBytes: 1_000)
            reader.wait(upTo: .milliseconds(200))
            let took = ContinuousClock().measure { reader.wait(upTo: .milliseconds(100)) }
            #expect(took < patience)
        }
    }

    @Test(arguments: LogUnderTest.all)
    func `wake ends a wait at once, from any thread`(under: LogUnderTest) throws {
        try under.run { host in
            try host.createTopic(TopicSpecification("reviews", partitions: 1))
            let reader = try host.open().makeReader(isolation: .committed)
            try reader.open(Self.place, at: 0)
            let wake = reader.wake
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(50)) { wake() }
            let took = ContinuousClock().measure { reader.wait(upTo: patience) }
            #expect(took < patience / 2)
        }
    }

    @Test(arguments: LogUnderTest.all)
    func `wake before a wait ends the next one`(under: LogUnderTest) throws {
        try under.run { host in
            try host.createTopic(TopicSpecification("reviews", partitions: 1))
            let reader = try host.open().makeReader(isolation: .committed)
            reader.wake()
            reader.wake()
            let took = ContinuousClock().measure { reader.wait(upTo: patience) }
            #expect(took < patience / 2)
        }
    }

    @Test(arguments: LogUnderTest.all)
    func `another instance's append ends a wait`(under: LogUnderTest) throws {
        try under.run { host in
            try host.createTopic(TopicSpecification("reviews", partitions: 1))
            let (writing, reading) = (try host.open(), try host.open())
            try expectWake(writing: writing, reading: reading)
        }
    }

    @Test(arguments: LogUnderTest.all)
    func `the same instance's append ends a wait`(under: LogUnderTest) throws {
        try under.run { host in
            try host.createTopic(TopicSpecification("reviews", partitions: 1))
            let log = try host.open()
            try expectWake(writing: log, reading: log)
        }
    }

    /// Waits in `reading` while `writing` appends from another thread, until the record is there.
    func expectWake(writing: any EventLog, reading: any EventLog) throws {
        let reader = try reading.makeReader(isolation: .committed)
        try reader.open(Self.place, at: 0)
        let failure = Mutex<(any Error)?>(nil)
        let done = DispatchSemaphore(value: 0)
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(30)) {
            do { try writing.append(RecordBuffer(Sample.numbered(0..<1), to: Self.place)) } catch {
                failure.withLock { $0 = error }
            }
            done.signal()
        }
        let clock = ContinuousClock()
        let end = clock.now + patience
        var records: [LogRecord] = []
        while records.isEmpty, clock.now < end {
            reader.wait(upTo: patience)
            records = try reader.read(Self.place, maxRecords: 10, maxBytes: 1_000).records
        }
        let late = clock.now >= end
        done.wait()
        let failed = failure.withLock { $0 }
        #expect(failed == nil)
        #expect(!late && records.map(Sample.init) == Sample.numbered(0..<1))
    }
}
