import EventLog
import StreamCore
import Testing

@Suite struct GroupQuestionsTests {
    private let one = TopicPartition("in", 0)

    private func join(_ log: any EventLog, _ name: String = "app") throws -> any GroupMember {
        try log.join(
            GroupSpecification(application: name, tasks: [TaskID(0, 0), TaskID(0, 1)], fingerprint: "f"))
    }

    @Test func `groups and their living members are told with their tasks`() throws {
        let host = try EmbeddedHost()
        defer { host.stop() }
        let log = try EmbeddedEventLog(dataDirectory: host.folder)
        #expect(try log.groups().isEmpty)
        #expect(try log.group("app") == nil)
        let member = try join(log)
        let tasks = RecordingListener()
        try member.poll(tasks)
        let group = try #require(try log.group("app"))
        #expect(group.state == .stable)
        #expect(group.members.map(\.id) == [member.id])
        #expect(group.members.first?.tasks == [TaskID(0, 0), TaskID(0, 1)])
        #expect(group.members.first?.process != nil)
        #expect(try log.groups() == [GroupSummary(name: "app", state: .stable, members: 1)])
        member.leave()
        #expect(try log.group("app")?.members.isEmpty == true)
        #expect(try log.groups() == [GroupSummary(name: "app", state: .empty, members: 0)])
    }

    @Test func `positions are set while nobody lives, and refused while somebody does`() throws {
        let host = try EmbeddedHost()
        defer { host.stop() }
        let log = try EmbeddedEventLog(dataDirectory: host.folder)
        try log.createTopic(TopicSpecification("in", partitions: 2))
        let positions = [one: CommittedPosition(offset: 7), TopicPartition("in", 1): CommittedPosition(offset: 0)]
        try log.setPositions(positions, of: "app")
        #expect(try log.committedPositions(group: "app") == positions)
        #expect(try log.groups().map(\.name) == ["app"])
        #expect(try log.committedPositions(group: "other").isEmpty)
        let member = try join(log)
        #expect(throws: EventLogError.self) { try log.setPositions([one: CommittedPosition(offset: 1)], of: "app") }
        member.leave()
        try log.setPositions([one: CommittedPosition(offset: 1)], of: "app")
        #expect(try log.committedPositions(group: "app")[one]?.offset == 1)
        let nowhere = [TopicPartition("nowhere", 0): CommittedPosition(offset: 1)]
        #expect(throws: EventLogError.self) { try log.setPositions(nowhere, of: "app") }
    }

    @Test func `a topic grows, and those who knew it write to the new partitions`() throws {
        let host = try EmbeddedHost()
        defer { host.stop() }
        let log = try EmbeddedEventLog(dataDirectory: host.folder)
        try log.createTopic(TopicSpecification("in", partitions: 1))
        // A committer remembers topics: it must find out.
        let member = try join(log)
        let tasks = RecordingListener()
        try member.poll(tasks)
        let committer = try member.makeCommitter()
        func commit(_ partition: Int32, _ epoch: Int64) throws -> [TaskCommitOutcome] {
            let records = RecordBuffer(Sample.numbered(0..<1), to: TopicPartition("in", partition))
            return try committer.commit([
                TaskCommit(
                    task: TaskID(0, 0), epoch: epoch, positions: [one: CommittedPosition(offset: 0)], records: records)
            ])
        }
        let epoch = try member.takeOver(TaskID(0, 0), inputs: [one], changelogs: []).epoch
        for outcome in try commit(0, epoch) { #expect(outcome.isCommitted) }
        for outcome in try commit(2, epoch) { #expect(!outcome.isCommitted) }
        try log.growTopic("in", to: 3)
        try log.growTopic("in", to: 3)
        #expect(try log.topic("in")?.partitions == 3)
        for outcome in try commit(2, epoch) { #expect(outcome.isCommitted) }
        #expect(try log.offsets(of: TopicPartition("in", 2), isolation: .committed).end == 1)
        #expect(throws: EventLogError.self) { try log.growTopic("in", to: 2) }
        #expect(throws: EventLogError.self) { try log.growTopic("out", to: 2) }
        member.leave()
    }
}

extension TaskCommitOutcome {
    fileprivate var isCommitted: Bool {
        if case .committed = self { true } else { false }
    }
}
