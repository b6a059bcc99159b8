import EventLog
import StreamCore
import Testing

/// One kind of event log that the conformance suite runs on.
///
/// To add a kind: conform a ``LogHost``, say what it can do, and put the value into ``all``.
struct LogUnderTest: Sendable, CustomTestStringConvertible {
    /// What the log is called in test output.
    let name: String
    /// What it can do; tests that need more are not run on it.
    let capabilities: LogCapabilities
    /// Starts an empty log of this kind.
    let start: @Sendable () throws -> any LogHost

    var testDescription: String { name }

    /// Every kind of log that can be tested on this machine.
    static let all: [LogUnderTest] = [.embedded, .mockKafka] + LogUnderTest.realKafka

    /// The logs that can do all of `needed`.
    static func with(_ needed: LogCapabilities) -> [LogUnderTest] {
        all.filter { $0.capabilities.isSuperset(of: needed) }
    }

    /// Runs `body` on an empty log and removes it afterwards.
    func run(_ body: (any LogHost) throws -> Void) throws {
        let host = try start()
        defer { host.stop() }
        try body(host)
    }
}

/// An empty log with everything around it (a folder, a broker), until stopped.
protocol LogHost: AnyObject, Sendable {
    /// The largest record the log takes when its topic sets no limit.
    var recordLimit: Int { get }

    /// How many letters this host puts before each name.
    var prefixLength: Int { get }

    /// Opens the log once more, as another process would; every call gives an instance of its own.
    func open() throws -> any EventLog

    /// Creates a topic by whatever means the environment has, also when the log itself cannot.
    func createTopic(_ specification: TopicSpecification) throws

    /// Does what an environment must do before `group` can be joined.
    func prepare(_ group: GroupSpecification) throws

    /// Ends the log and removes its files.
    func stop()
}

extension LogHost {
    var prefixLength: Int { 0 }

    func prepare(_ group: GroupSpecification) throws {}
}

/// What a log under test can do.
struct LogCapabilities: OptionSet, Sendable {
    let rawValue: Int

    /// `createTopic` works.
    static let createTopics = LogCapabilities(rawValue: 1 << 0)
    /// `deleteTopic` works.
    static let deleteTopics = LogCapabilities(rawValue: 1 << 1)
    /// A topic's description tells cleanup, retention and record limit.
    static let topicSettings = LogCapabilities(rawValue: 1 << 2)
    /// Topics have an incarnation that a new topic of the same name does not share.
    static let incarnations = LogCapabilities(rawValue: 1 << 3)
    /// `append` takes all records or none.
    static let atomicAppend = LogCapabilities(rawValue: 1 << 4)
    /// A topic can have a record limit of its own.
    static let topicRecordLimit = LogCapabilities(rawValue: 1 << 5)
    /// Records with negative timestamps come back as they were.
    static let negativeTimestamps = LogCapabilities(rawValue: 1 << 6)
    /// `join`, `poll`, `takeOver` and commits work.
    static let groups = LogCapabilities(rawValue: 1 << 7)
    /// Several members share the tasks of a group.
    static let rebalancing = LogCapabilities(rawValue: 1 << 8)
    /// Members with other fingerprints are refused.
    static let planCheck = LogCapabilities(rawValue: 1 << 9)
    /// `forgetGroup` works.
    static let forgetGroup = LogCapabilities(rawValue: 1 << 10)
    /// Commits have identities, so `verify` finds another history of equal length.
    static let commitIdentity = LogCapabilities(rawValue: 1 << 11)
    /// Records that are committed with a failing task's are there, that task's are not.
    static let tasksFailAlone = LogCapabilities(rawValue: 1 << 12)
    /// What was committed is there when the log is opened again.
    static let durable = LogCapabilities(rawValue: 1 << 13)

    /// What a transaction aborts is never seen, and what it commits of positions is kept.
    static let transactions = LogCapabilities(rawValue: 1 << 14)

    /// Everything.
    static let everything = LogCapabilities(rawValue: (1 << 15) - 1)
}
