import Dispatch
import EventLog
import StreamCore
import Testing

/// How long a test waits for what must happen before it fails; never how long it takes.
let patience: Duration = .seconds(30)

// Closures are not written inside of #expect in this target: Swift 6.3 gives a closure in a macro's argument and one
// beside the macro the same symbol when both are in a closure, and then runs the wrong one.

/// The log's error that `body` throws; nil when it throws none.
func caught(_ body: () throws -> Void) throws -> EventLogError? {
    do {
        try body()
        return nil
    } catch let error as EventLogError {
        return error
    }
}

/// The code of the log's error that `body` throws; nil when it throws none.
func errorCode(_ body: () throws -> Void) throws -> EventLogError.Code? { try caught(body)?.code }

/// Expects that `body` throws the log's error with `code`.
func expectError(
    _ code: EventLogError.Code, _ location: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) throws {
    let error = try caught(body)
    #expect(error?.code == code, "\(error?.description ?? "no error")", sourceLocation: location)
}

/// Runs `body` again and again until it gives something or ``patience`` is over.
func eventually<Result>(_ what: String, _ body: () throws -> Result?) throws -> Result {
    let clock = ContinuousClock()
    let end = clock.now + patience
    while clock.now < end {
        if let result = try body() { return result }
        pause(.milliseconds(2))
    }
    throw NeverHappened(what: what)
}

/// Sleeps this thread: between two looks at another thread or system, never instead of a condition.
func pause(_ duration: Duration) {
    _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(Int(duration.milliseconds)))
}

/// What a test waited for in vain.
struct NeverHappened: Error, CustomStringConvertible {
    let what: String
    var description: String { "did not happen within \(patience): \(what)" }
}

/// A record as a test writes it down.
struct Sample: Hashable, CustomStringConvertible {
    var key: Bytes?
    var value: Bytes?
    var timestamp = Timestamp(milliseconds: 1_000)
    var headers = Headers.none

    init(_ key: Bytes?, _ value: Bytes?, at milliseconds: Int64 = 1_000, headers: Headers = .none) {
        self.key = key
        self.value = value
        timestamp = Timestamp(milliseconds: milliseconds)
        self.headers = headers
    }

    init(_ record: LogRecord) {
        self.init(record.key, record.value, at: record.timestamp.milliseconds, headers: record.headers)
    }

    var description: String {
        "\(key?.description ?? "null")=\(value?.description ?? "null")@\(timestamp) \(headers.entries)"
    }

    /// `range.count` records with numbers for keys and values, and times that tell the number modulo 1,000.
    ///
    /// Never at time 0, which librdkafka cannot send.
    static func numbered(_ range: Range<Int>) -> [Sample] {
        range.map { Sample(Bytes("k\($0)"), Bytes("v\($0)"), at: 1_000 + Int64($0)) }
    }
}

extension RecordBuffer {
    /// A buffer with `samples` for one partition.
    init(_ samples: [Sample], to destination: TopicPartition) {
        self.init()
        add(samples, to: destination)
    }

    /// Adds `samples` for one partition.
    mutating func add(_ samples: [Sample], to destination: TopicPartition) {
        for sample in samples {
            append(
                to: destination, key: sample.key, value: sample.value, timestamp: sample.timestamp,
                headers: sample.headers)
        }
    }
}

extension EventLog {
    /// Reads `count` records of `source` from `offset`; fails when they do not come.
    func records(
        of source: TopicPartition, from offset: Int64 = 0, count: Int, isolation: IsolationLevel = .committed
    ) throws -> [LogRecord] {
        let reader = try makeReader(isolation: isolation)
        try reader.open(source, at: offset)
        var records: [LogRecord] = []
        return try eventually("\(count) records of \(source)") {
            records += try reader.read(source, maxRecords: 1_000, maxBytes: 1 << 20).records
            if records.count < count { reader.wait(upTo: .milliseconds(20)) }
            return records.count >= count ? records : nil
        }
    }

    /// Reads `count` records of `source` from `offset` as samples.
    func samples(of source: TopicPartition, from offset: Int64 = 0, count: Int) throws -> [Sample] {
        try records(of: source, from: offset, count: count).map(Sample.init)
    }
}
