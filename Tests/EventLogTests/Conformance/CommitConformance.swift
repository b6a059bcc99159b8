import EventLog
import StreamCore
import Testing

@Suite struct CommitConformance {
    static let input = TopicPartition("in", 0)
    static let output = TopicPartition("out", 0)
    static let changelog = TopicPartition("app-counts-changelog", 0)
    static let task = TaskID(0, 0)

    /// A log with three input records and one member that holds `tasks` tasks.
    static func start(_ host: any LogHost, tasks: Int32 = 1) throws -> TestMember {
        for topic in ["in", "out"] { try host.createTopic(TopicSpecification(topic, partitions: 4)) }
        try host.createTopic(TopicSpecification("app-counts-changelog", partitions: 4, cleanup: .compact))
        try host.open().append(RecordBuffer(Sample.numbered(0..<3), to: input))
        let member = try TestMember(host, .sample(tasks: tasks))
        try member.hold((0..<tasks).map { TaskID(0, $0) })
        return member
    }

    /// A commit of ``task`` up to `offset` with `samples` for the output.
    static func commit(
        _ epoch: Int64, to offset: Int64, _ samples: [Sample] = [], metadata: String = ""
    ) -> TaskCommit {
        TaskCommit(
            task: task, epoch: epoch, positions: [input: CommittedPosition(offset: offset, metadata: metadata)],
            records: RecordBuffer(samples, to: output))
    }

    @Test(arguments: LogUnderTest.with(.groups))
    func `a task that never committed has no positions`(under: LogUnderTest) throws {
        try under.run { host in
            let member = try Self.start(host)
            defer { member.member.leave() }
            let takeover = try member.member.takeOver(Self.task, inputs: [Self.input], changelogs: [Self.changelog])
            #expect(takeover.positions == [:])
            #expect(takeover.changelogs == [Self.changelog: LogOffsets(start: 0, end: 0)])
        }
    }

    @Test(arguments: LogUnderTest.with([.groups, .transactions]))
    func `a commit writes records and positions, and the next owner starts there`(under: LogUnderTest) throws {
        try under.run { host in
            let first = try Self.start(host)
            let takeover = try first.member.takeOver(Self.task, inputs: [Self.input], changelogs: [Self.changelog])
            var records = RecordBuffer(Sample.numbered(0..<2), to: Self.output)
            records.add([Sample("k", "1")], to: Self.changelog)
            let outcomes = try first.member.makeCommitter().commit([
                TaskCommit(
                    task: Self.task, epoch: takeover.epoch,
                    positions: [Self.input: CommittedPosition(offset: 2, metadata: "time=7")], records: records)
            ])
            let receipt = try #require(outcomes.first?.receipt)
            #expect(receipt.appended[Self.changelog] == 0..<1)
            #expect(receipt.appended[Self.output] == 0..<2)
            first.member.leave()

            let second = try TestMember(host, .sample(tasks: 1))
            defer { second.member.leave() }
            try second.hold([Self.task])
            let next = try second.member.takeOver(Self.task, inputs: [Self.input], changelogs: [Self.changelog])
            #expect(next.positions == [Self.input: CommittedPosition(offset: 2, metadata: "time=7")])
            #expect(next.changelogs[Self.changelog]?.start == 0)
            #expect(try #require(next.changelogs[Self.changelog]).end >= 1)
            #expect(try second.log.samples(of: Self.output, count: 2) == Sample.numbered(0..<2))
            #expect(try second.log.samples(of: Self.changelog, count: 1) == [Sample("k", "1")])
            let positions = try second.log.committedPositions(group: "app", [Self.input, Self.output])
            #expect(positions == [Self.input: CommittedPosition(offset: 2, metadata: "time=7")])
        }
    }

    @Test(arguments: LogUnderTest.with([.groups, .transactions]))
    func `commits follow each other in order`(under: LogUnderTest) throws {
        try under.run { host in
            let member = try Self.start(host)
            defer { member.member.leave() }
            let takeover = try member.member.takeOver(Self.task, inputs: [Self.input], changelogs: [])
            let committer = try member.member.makeCommitter()
            var receipts: [CommitReceipt] = []
            for round in 0..<10 {
                let samples = Sample.numbered((round * 3)..<(round * 3 + 3))
                let outcomes = try committer.commit([Self.commit(takeover.epoch, to: Int64(round), samples)])
                receipts.append(try #require(outcomes.first?.receipt))
            }
            let records = try member.log.records(of: Self.output, count: 30)
            #expect(records.map(Sample.init) == Sample.numbered(0..<30))
            for (round, receipt) in receipts.enumerated() {
                let range = try #require(receipt.appended[Self.output])
                #expect(records[(round * 3)..<(round * 3 + 3)].map(\.offset) == Array(range))
            }
            #expect(try member.log.committedPositions(group: "app", [Self.input])[Self.input]?.offset == 9)
        }
    }

    @Test(arguments: LogUnderTest.with([.groups, .transactions]))
    func `a commit without records writes positions`(under: LogUnderTest) throws {
        try under.run { host in
            let member = try Self.start(host)
            defer { member.member.leave() }
            let takeover = try member.member.takeOver(Self.task, inputs: [Self.input], changelogs: [])
            let committer = try member.member.makeCommitter()
            #expect(try committer.commit([Self.commit(takeover.epoch, to: 3)]).first?.receipt?.appended == [:])
            #expect(try member.log.committedPositions(group: "app", [Self.input])[Self.input]?.offset == 3)
            #expect(try committer.commit([]).isEmpty)
        }
    }

    @Test(arguments: LogUnderTest.with([.groups, .transactions]))
    func `an older epoch is fenced, with records and without`(under: LogUnderTest) throws {
        try under.run { host in
            let member = try Self.start(host)
            defer { member.member.leave() }
            let old = try member.member.takeOver(Self.task, inputs: [Self.input], changelogs: [])
            let new = try member.member.takeOver(Self.task, inputs: [Self.input], changelogs: [])
            #expect(new.epoch > old.epoch)
            let committer = try member.member.makeCommitter()
            let sample = Sample("k", "zombie")
            #expect(try committer.commit([Self.commit(old.epoch, to: 1, [sample])]).first?.isFenced == true)
            #expect(try committer.commit([Self.commit(old.epoch, to: 1)]).first?.isFenced == true)
            #expect(try committer.commit([Self.commit(new.epoch, to: 2, [Sample("k", "v")])]).first?.receipt != nil)
            #expect(try member.log.samples(of: Self.output, count: 1) == [Sample("k", "v")])
            #expect(try member.log.committedPositions(group: "app", [Self.input])[Self.input]?.offset == 2)
        }
    }

    @Test(arguments: LogUnderTest.with([.groups, .rebalancing]))
    func `a member whose task has moved is fenced`(under: LogUnderTest) throws {
        try under.run { host in
            let first = try Self.start(host, tasks: 2)
            defer { first.member.leave() }
            var epochs: [TaskID: Int64] = [:]
            for task in [TaskID(0, 0), TaskID(0, 1)] {
                epochs[task] = try first.member.takeOver(task, inputs: [Self.input], changelogs: []).epoch
            }
            let committer = try first.member.makeCommitter()
            let second = try TestMember(host, .sample(tasks: 2))
            defer { second.member.leave() }
            try settle([first, second]) { second.listener.tasks.count == 1 && first.listener.tasks.count == 1 }
            let moved = try #require(second.listener.tasks.first)
            let epoch = try #require(epochs[moved])
            let late = TaskCommit(
                task: moved, epoch: epoch, positions: [Self.input: CommittedPosition(offset: 3)],
                records: RecordBuffer([Sample("k", "zombie")], to: Self.output))
            #expect(try committer.commit([late]).first?.isFenced == true)
            #expect(try first.log.committedPositions(group: "app", [Self.input]) == [:])
            try expectError(.fenced) { _ = try first.member.takeOver(moved, inputs: [], changelogs: []) }
            let kept = try #require(first.listener.tasks.first)
            let next = TaskCommit(
                task: kept, epoch: try #require(epochs[kept]),
                positions: [Self.input: CommittedPosition(offset: 1)],
                records: RecordBuffer([Sample("k", "kept")], to: Self.output))
            // On brokers another generation may be on its way, whose token the commit waits for.
            let outcomes = try eventually("a commit") { () -> [TaskCommitOutcome]? in
                for member in [first, second] { try member.member.poll(member.listener) }
                do { return try committer.commit([next]) } catch let error as EventLogError {
                    guard error.isRetriable else { throw error }
                    return nil
                }
            }
            #expect(outcomes.first?.receipt != nil)
            #expect(try first.log.samples(of: Self.output, count: 1) == [Sample("k", "kept")])
        }
    }

    @Test(arguments: LogUnderTest.with([.groups, .transactions, .tasksFailAlone]))
    func `a failing task fails alone`(under: LogUnderTest) throws {
        try under.run { host in
            let member = try Self.start(host, tasks: 4)
            defer { member.member.leave() }
            let large = Sample("k", Bytes([UInt8](repeating: 7, count: host.recordLimit + 1)))
            let records = [
                RecordBuffer([Sample("k", "good")], to: Self.output),
                RecordBuffer([Sample("k", "lost"), large], to: Self.output),
                RecordBuffer([Sample("k", "lost")], to: TopicPartition("nowhere", 0)),
                RecordBuffer([Sample("k", "lost")], to: TopicPartition("out", 99)),
            ]
            let commits = try records.enumerated().map { index, records in
                let task = TaskID(0, Int32(index))
                let input = TopicPartition("in", Int32(index))
                return TaskCommit(
                    task: task, epoch: try member.member.takeOver(task, inputs: [input], changelogs: []).epoch,
                    positions: [input: CommittedPosition(offset: 0, metadata: "\(index)")], records: records)
            }
            let outcomes = try member.member.makeCommitter().commit(commits)
            #expect(outcomes.map(\.failureCode) == [nil, .recordTooLarge, .unknownTopic, .partitionOutOfRange])
            // Not at 0 everywhere: what Kafka aborts keeps its offsets.
            #expect(outcomes.first?.receipt?.appended.mapValues(\.count) == [Self.output: 1])
            #expect(try member.log.samples(of: Self.output, count: 1) == [Sample("k", "good")])
            let inputs = (0..<4).map { TopicPartition("in", $0) }
            #expect(try member.log.committedPositions(group: "app", inputs).keys.map(\.partition) == [0])
        }
    }

    @Test(arguments: LogUnderTest.with(.groups))
    func `a checkpoint at the end is a prefix, one beyond it is ahead`(under: LogUnderTest) throws {
        try under.run { host in
            let member = try Self.start(host)
            defer { member.member.leave() }
            let takeover = try member.member.takeOver(Self.task, inputs: [Self.input], changelogs: [Self.changelog])
            let commit = TaskCommit(
                task: Self.task, epoch: takeover.epoch, positions: [Self.input: CommittedPosition(offset: 1)],
                records: RecordBuffer(Sample.numbered(0..<3), to: Self.changelog))
            let outcome = try member.member.makeCommitter().commit([commit]).first
            let receipt = try #require(outcome?.receipt)
            let end = try #require(receipt.appended[Self.changelog]?.upperBound)
            let incarnation = try #require(try member.log.topic(Self.changelog.topic)).incarnation
            let mark = ChangelogMark(position: end, commitID: receipt.commitID, incarnation: incarnation)
            #expect(try member.log.verify(mark, of: Self.changelog) == .prefix)
            let start = ChangelogMark(position: 0, commitID: 0, incarnation: incarnation)
            #expect(try member.log.verify(start, of: Self.changelog) == .prefix)
            let ahead = ChangelogMark(position: end + 1_000, commitID: receipt.commitID, incarnation: incarnation)
            #expect(try member.log.verify(ahead, of: Self.changelog) == .ahead)
        }
    }

    @Test(arguments: LogUnderTest.with([.groups, .commitIdentity, .incarnations]))
    func `another history of the same length has diverged`(under: LogUnderTest) throws {
        try under.run { host in
            let member = try Self.start(host)
            defer { member.member.leave() }
            let takeover = try member.member.takeOver(Self.task, inputs: [Self.input], changelogs: [Self.changelog])
            let committer = try member.member.makeCommitter()
            let receipts = try (0..<2).map { round in
                let outcome = try committer.commit([
                    TaskCommit(
                        task: Self.task, epoch: takeover.epoch, positions: [:],
                        records: RecordBuffer(Sample.numbered(round..<(round + 1)), to: Self.changelog))
                ]).first
                return try #require(outcome?.receipt)
            }
            #expect(receipts[0].commitID < receipts[1].commitID)
            let incarnation = try #require(try member.log.topic(Self.changelog.topic)).incarnation
            let first = ChangelogMark(position: 1, commitID: receipts[0].commitID, incarnation: incarnation)
            #expect(try member.log.verify(first, of: Self.changelog) == .prefix)
            let other = ChangelogMark(position: 2, commitID: receipts[0].commitID, incarnation: incarnation)
            #expect(try member.log.verify(other, of: Self.changelog) == .diverged)
            let elsewhere = ChangelogMark(position: 1, commitID: receipts[0].commitID, incarnation: "another")
            #expect(try member.log.verify(elsewhere, of: Self.changelog) == .diverged)
        }
    }
}
