@testable import EventLog
import Dispatch
import StreamCore
import Testing

@Suite struct LogWatchTests {
    @Test func `a wait that has long been quiet ends with another process's append`() throws {
        try withFolder { folder in
            let (log, other) = (try logWithTopic(folder), try logWithTopic(folder))
            let reader = try log.makeReader(isolation: .committed)
            try reader.open(place, at: 0)
            reader.wait(upTo: .milliseconds(50))
            // Long enough for the kernel to be asked; several times, as a worker's loop does.
            for _ in 0..<13 { reader.wait(upTo: .milliseconds(100)) }
            for round in 0..<3 {
                DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(20)) {
                    _ = try? other.append(RecordBuffer(Sample.numbered(round..<(round + 1)), to: place))
                }
                _ = try eventually("record \(round)") {
                    reader.wait(upTo: patience)
                    return try reader.read(place, maxRecords: 1, maxBytes: 1).records.first
                }
            }
        }
    }

    @Test func `a change before the wait is not missed`() throws {
        try withFolder { folder in
            let (log, other) = (try logWithTopic(folder), try logWithTopic(folder))
            let reader = try log.makeReader(isolation: .committed)
            try reader.open(place, at: 0)
            for round in 0..<20 {
                try other.append(RecordBuffer(Sample.numbered(round..<(round + 1)), to: place))
                let took = ContinuousClock().measure { reader.wait(upTo: patience) }
                #expect(took < patience / 2)
                let records = try reader.read(place, maxRecords: 10, maxBytes: 1_000).records
                #expect(records.map(\.offset) == [Int64(round)])
            }
        }
    }

    @Test(arguments: [Duration.zero, .milliseconds(-5), .nanoseconds(1)])
    func `a wait for no time returns`(duration: Duration) throws {
        try withFolder { folder in
            let reader = try logWithTopic(folder).makeReader(isolation: .committed)
            reader.wait(upTo: .milliseconds(1))
            let took = ContinuousClock().measure { for _ in 0..<10 { reader.wait(upTo: duration) } }
            #expect(took < patience)
        }
    }

    @Test func `a reader that is gone may still be woken`() throws {
        try withFolder { folder in
            let log = try logWithTopic(folder)
            let wake = try log.makeReader(isolation: .committed).wake
            wake()
            try log.append(RecordBuffer(Sample.numbered(0..<1), to: place))
        }
    }
}
