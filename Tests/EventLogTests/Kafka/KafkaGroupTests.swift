import CRdKafka
import EventLog
import StreamCore
import Testing

/// Members of a group through what may happen to them, on a mock cluster.
@Suite struct KafkaGroupTests {
    static let input = TopicPartition("in", 0)
    static let output = TopicPartition("out", 0)

    /// A member on its own log, with sessions of three seconds.
    static func join(
        _ mock: MockCluster, _ group: GroupSpecification, _ properties: [String: String] = [:], lines: Lines = Lines()
    ) throws -> TestMember {
        for topic in ["in", "out"] { try mock.ensureTopic(topic) }
        try mock.createTasksTopic(of: group)
        var configuration = mock.configuration(MockCluster.quickGroups.merging(properties) { $1 })
        configuration.log = { line in lines.add(line) }
        return try TestMember(try KafkaEventLog(configuration), group)
    }

    @Test func `the tasks of a member that dies go to the others`() throws {
        let mock = try MockCluster()
        let group = GroupSpecification.sample(tasks: 4)
        let lines = Lines()
        let second: TestMember
        do {
            // Leaves the scope without leaving the group.
            let first = try Self.join(mock, group, lines: lines)
            try first.hold(group.tasks)
            second = try Self.join(mock, group)
            try settle([first, second]) { first.listener.tasks.count == 2 && second.listener.tasks.count == 2 }
        }
        defer { second.member.leave() }
        try second.hold(group.tasks)
        #expect(!lines.all.contains { $0.facility == "CLOSE" })
    }

    @Test func `a member that leaves ends its client at once and can be followed by another`() throws {
        let mock = try MockCluster()
        let group = GroupSpecification.sample(tasks: 2)
        let lines = Lines()
        for _ in 0..<3 {
            let member = try Self.join(mock, group, lines: lines)
            try member.hold(group.tasks)
            member.member.leave()
            member.member.leave()
            try expectError(.closed) { try member.member.poll(member.listener) }
        }
        // Not even joined yet.
        try Self.join(mock, group, lines: lines).member.leave()
        #expect(!lines.all.contains { $0.facility == "CLOSE" })
    }

    @Test func `members leave and go at any moment of their first join`() throws {
        let mock = try MockCluster()
        for topic in ["in", "out"] { try mock.ensureTopic(topic) }
        let groups = (0..<10).map { GroupSpecification.sample("app\($0)", tasks: 2) }
        var members: [TestMember?] = try groups.map { try Self.join(mock, $0) }
        // The time between the answers to joining and to being told the assignment, stretched.
        mock.delay(byMilliseconds: 200)
        for number in members.indices {
            pause(.milliseconds(number < 2 ? 0 : 350))
            if number.isMultiple(of: 3) { members[number]?.member.leave() }
            members[number] = nil
        }
        mock.delay(byMilliseconds: 0)
        let last = try Self.join(mock, .sample("last", tasks: 1))
        defer { last.member.leave() }
        try last.hold([TaskID(0, 0)])
    }

    @Test func `a member whose brokers are gone for a session loses its tasks and gets them back`() throws {
        let mock = try MockCluster()
        let group = GroupSpecification.sample(tasks: 2)
        let member = try Self.join(mock, group)
        defer { member.member.leave() }
        try member.hold(group.tasks)
        mock.takeDown()
        try settle([member]) { member.listener.tasks.isEmpty }
        #expect(member.listener.events.suffix(2).sorted() == ["lost 0_0", "lost 0_1"])
        mock.bringUp()
        try member.hold(group.tasks)
        #expect(member.listener.events.suffix(2).sorted() == ["granted 0_0", "granted 0_1"])
    }

    @Test func `a process that does not poll for too long loses its tasks`() throws {
        let mock = try MockCluster()
        let group = GroupSpecification.sample(tasks: 2)
        let member = try Self.join(mock, group, ["max.poll.interval.ms": "3000"])
        defer { member.member.leave() }
        try member.hold(group.tasks)
        let takeover = try member.member.takeOver(TaskID(0, 0), inputs: [Self.input], changelogs: [])
        pause(.seconds(5))
        try member.member.poll(member.listener)
        #expect(member.listener.events.suffix(2).sorted() == ["lost 0_0", "lost 0_1"])
        let late = try member.member.makeCommitter().commit([Self.commit(takeover.epoch)])
        #expect(late.first?.isFenced == true)
        try member.hold(group.tasks)
    }

    @Test func `a member that is expelled while it gives up tasks loses those it keeps, too`() throws {
        let mock = try MockCluster()
        let group = GroupSpecification.sample(tasks: 4)
        let first = try Self.join(mock, group)
        defer { first.member.leave() }
        try first.hold(group.tasks)
        let second = try Self.join(mock, group)
        defer { second.member.leave() }
        var kept: Set<TaskID> = []
        first.listener.onRevoked = { tasks in
            guard kept.isEmpty else { return }
            kept = Set(group.tasks).subtracting(tasks)
            // librdkafka hears that it is no member any more and goes on with its rebalance as if nothing was.
            mock.fail(.heartbeat, with: Array(repeating: RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, count: 4))
            pause(.seconds(1))
        }
        try settle([first, second]) {
            !kept.isEmpty && kept.allSatisfy { first.listener.events.contains("lost \($0)") }
        }
        try settle([first, second]) {
            first.listener.tasks.union(second.listener.tasks) == Set(group.tasks)
                && first.listener.tasks.isDisjoint(with: second.listener.tasks)
        }
    }

    @Test func `a commit of which nobody knows the end is told as such, and a new take-over goes on`() throws {
        let mock = try MockCluster()
        let group = GroupSpecification.sample(tasks: 1)
        let member = try Self.join(mock, group)
        defer { member.member.leave() }
        try member.hold(group.tasks)
        let committer = try member.member.makeCommitter()
        for error in [RD_KAFKA_RESP_ERR_PRODUCER_FENCED, RD_KAFKA_RESP_ERR_UNKNOWN] {
            let takeover = try member.member.takeOver(TaskID(0, 0), inputs: [Self.input], changelogs: [])
            #expect(try committer.commit([Self.commit(takeover.epoch)]).first?.receipt != nil)
            mock.fail(.endTransaction, with: [error])
            try expectError(.outcomeUnknown) { _ = try committer.commit([Self.commit(takeover.epoch)]) }
            let again = try member.member.takeOver(TaskID(0, 0), inputs: [Self.input], changelogs: [])
            #expect(try committer.commit([Self.commit(takeover.epoch)]).first?.isFenced == true)
            #expect(try committer.commit([Self.commit(again.epoch)]).first?.receipt != nil)
        }
    }

    @Test func `a record that a broker refuses fails its task alone, at once and for good`() throws {
        let mock = try MockCluster()
        let group = GroupSpecification.sample(tasks: 2)
        try mock.ensureTopic("outs", partitions: 2)
        let member = try Self.join(mock, group)
        defer { member.member.leave() }
        try member.hold(group.tasks)
        let committer = try member.member.makeCommitter()
        for round in 0..<3 {
            let commits = try group.tasks.map { task in
                let epoch = try member.member.takeOver(task, inputs: [Self.input], changelogs: []).epoch
                return TaskCommit(
                    task: task, epoch: epoch, positions: [Self.input: CommittedPosition(offset: 1)],
                    records: RecordBuffer(Sample.numbered(0..<2), to: TopicPartition("outs", task.partition)))
            }
            mock.fail(.produce, with: [RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE])
            let outcomes = try committer.commit(commits)
            #expect(outcomes.compactMap(\.failureCode) == [.recordTooLarge], "round \(round)")
            #expect(outcomes.compactMap(\.receipt).count == 1)
            #expect(try committer.commit(commits).compactMap(\.receipt).count == 2)
        }
    }

    @Test func `a commit under a token that the group does not know waits for the next`() throws {
        let mock = try MockCluster()
        let group = GroupSpecification.sample(tasks: 1)
        let member = try Self.join(mock, group)
        defer { member.member.leave() }
        try member.hold(group.tasks)
        let takeover = try member.member.takeOver(TaskID(0, 0), inputs: [Self.input], changelogs: [])
        let committer = try member.member.makeCommitter()
        mock.fail(.transactionalPositions, with: [RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION])
        try expectError(.busy) { _ = try committer.commit([Self.commit(takeover.epoch)]) }
        #expect(try committer.commit([Self.commit(takeover.epoch)]).first?.receipt != nil)
    }

    @Test func `at least once commits positions under the membership, also while tasks are revoked`() throws {
        let mock = try MockCluster()
        var group = GroupSpecification.sample(tasks: 2)
        group.guarantee = .atLeastOnce
        let first = try Self.join(mock, group)
        defer { first.member.leave() }
        try first.hold(group.tasks)
        var epochs: [TaskID: Int64] = [:]
        for task in group.tasks {
            epochs[task] = try first.member.takeOver(task, inputs: [Self.input], changelogs: []).epoch
        }
        let committer = try first.member.makeCommitter()
        #expect(try committer.commit([Self.commit(epochs[TaskID(0, 0)] ?? 0, to: 2)]).first?.receipt != nil)
        #expect(try first.log.committedPositions(group: "app", [Self.input])[Self.input]?.offset == 2)
        var codes: [EventLogError.Code?] = []
        first.listener.onRevoked = { tasks in
            let commits = tasks.map { task in Self.commit(epochs[task] ?? 0, to: 3, of: task) }
            codes.append((try? errorCode { _ = try committer.commit(commits) }) ?? nil)
        }
        let second = try Self.join(mock, group)
        defer { second.member.leave() }
        try settle([first, second]) { first.listener.tasks.count == 1 && second.listener.tasks.count == 1 }
        #expect(codes == [nil])
        let positions = try second.log.committedPositions(group: "app", [Self.input])
        #expect(positions == [Self.input: CommittedPosition(offset: 3, metadata: "time=7")])
    }

    static func commit(_ epoch: Int64, to offset: Int64 = 1, of task: TaskID = TaskID(0, 0)) -> TaskCommit {
        TaskCommit(
            task: task, epoch: epoch, positions: [input: CommittedPosition(offset: offset, metadata: "time=7")],
            records: RecordBuffer(Sample.numbered(0..<2), to: output))
    }
}
