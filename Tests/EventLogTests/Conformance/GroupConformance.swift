import EventLog
import StreamCore
import Testing

@Suite struct GroupConformance {
    @Test(arguments: LogUnderTest.with(.groups))
    func `a lone member is granted every task`(under: LogUnderTest) throws {
        try under.run { host in
            let member = try TestMember(host, .sample(tasks: 4))
            defer { member.member.leave() }
            try member.hold([TaskID(0, 0), TaskID(0, 1), TaskID(0, 2), TaskID(0, 3)])
            #expect(Set(member.listener.events).count == 4)
            for _ in 0..<5 { try member.member.poll(member.listener) }
            #expect(member.listener.events.count == 4)
        }
    }

    @Test(arguments: LogUnderTest.with([.groups, .rebalancing]))
    func `members share the tasks evenly and move no more than needed`(under: LogUnderTest) throws {
        try under.run { host in
            let group = GroupSpecification.sample(tasks: 5)
            let first = try TestMember(host, group)
            defer { first.member.leave() }
            try first.hold(group.tasks)
            let second = try TestMember(host, group)
            defer { second.member.leave() }
            try settle([first, second]) {
                let counts = [first.listener.tasks.count, second.listener.tasks.count].sorted()
                return counts == [2, 3] && first.listener.tasks.isDisjoint(with: second.listener.tasks)
            }
            #expect(second.listener.events.count == second.listener.tasks.count)
            #expect(first.listener.events.count == 5 + second.listener.tasks.count)
        }
    }

    @Test(arguments: LogUnderTest.with([.groups, .rebalancing]))
    func `a task is revoked before it is granted to another`(under: LogUnderTest) throws {
        try under.run { host in
            let group = GroupSpecification.sample(tasks: 2)
            let first = try TestMember(host, group)
            defer { first.member.leave() }
            try first.hold(group.tasks)
            let second = try TestMember(host, group)
            defer { second.member.leave() }
            var grantedTooEarly = false
            first.listener.onRevoked = { tasks in
                if !second.listener.tasks.isDisjoint(with: tasks) { grantedTooEarly = true }
            }
            try settle([first, second]) { second.listener.tasks.count == 1 }
            #expect(!grantedTooEarly)
            #expect(first.listener.tasks.isDisjoint(with: second.listener.tasks))
        }
    }

    @Test(arguments: LogUnderTest.with([.groups, .rebalancing]))
    func `what a leaving member had goes to the others`(under: LogUnderTest) throws {
        try under.run { host in
            let group = GroupSpecification.sample(tasks: 4)
            let first = try TestMember(host, group)
            let second = try TestMember(host, group)
            defer { second.member.leave() }
            try settle([first, second]) { first.listener.tasks.count == 2 && second.listener.tasks.count == 2 }
            first.member.leave()
            try second.hold(group.tasks)
            let afterLeaving = try errorCode { try first.member.poll(first.listener) }
            #expect(afterLeaving != nil)
        }
    }

    @Test(arguments: LogUnderTest.with([.groups, .rebalancing]))
    func `more members than tasks leave some with none`(under: LogUnderTest) throws {
        try under.run { host in
            let group = GroupSpecification.sample(tasks: 1)
            let members = try (0..<3).map { _ in try TestMember(host, group) }
            defer { for member in members { member.member.leave() } }
            try settle(members) { members.map(\.listener.tasks.count).sorted() == [0, 0, 1] }
        }
    }

    @Test(arguments: LogUnderTest.with(.groups))
    func `members differ in name and share the incarnation`(under: LogUnderTest) throws {
        try under.run { host in
            let first = try TestMember(host, .sample(tasks: 1))
            let second = try TestMember(host, .sample(tasks: 1))
            #expect(first.member.id != second.member.id)
            #expect(!first.member.incarnation.isEmpty)
            #expect(first.member.incarnation == second.member.incarnation)
            first.member.leave()
            second.member.leave()
            let third = try TestMember(host, .sample(tasks: 1))
            defer { third.member.leave() }
            #expect(third.member.incarnation == first.member.incarnation)
            #expect(third.member.id != first.member.id)
        }
    }

    @Test(arguments: LogUnderTest.with(.groups))
    func `applications do not see each other`(under: LogUnderTest) throws {
        try under.run { host in
            let one = try TestMember(host, .sample("one", tasks: 2))
            let two = try TestMember(host, .sample("two", tasks: 2, fingerprint: "plan-2"))
            defer {
                one.member.leave()
                two.member.leave()
            }
            try settle([one, two]) { one.listener.tasks.count == 2 && two.listener.tasks.count == 2 }
            #expect(one.member.incarnation != two.member.incarnation)
        }
    }

    @Test(arguments: LogUnderTest.with([.groups, .planCheck]))
    func `another plan is refused while a member lives and taken when none does`(under: LogUnderTest) throws {
        try under.run { host in
            let old = try TestMember(host, .sample(tasks: 2, fingerprint: "plan-1"))
            try old.hold([TaskID(0, 0), TaskID(0, 1)])
            try expectError(.incompatiblePlan) { _ = try TestMember(host, .sample(tasks: 3, fingerprint: "plan-2")) }
            try old.member.poll(old.listener)
            #expect(old.listener.tasks.count == 2)
            old.member.leave()
            let new = try TestMember(host, .sample(tasks: 3, fingerprint: "plan-2"))
            defer { new.member.leave() }
            try new.hold([TaskID(0, 0), TaskID(0, 1), TaskID(0, 2)])
        }
    }

    @Test(arguments: LogUnderTest.with([.groups, .forgetGroup]))
    func `a group is forgotten only when nobody is in it`(under: LogUnderTest) throws {
        try under.run { host in
            let place = TopicPartition("in", 0)
            try host.createTopic(TopicSpecification("in", partitions: 1))
            let log = try host.open()
            try log.append(RecordBuffer(Sample.numbered(0..<3), to: place))
            let member = try TestMember(host, .sample(tasks: 1))
            try member.hold([TaskID(0, 0)])
            let takeover = try member.member.takeOver(TaskID(0, 0), inputs: [place], changelogs: [])
            _ = try member.member.makeCommitter().commit([
                TaskCommit(
                    task: TaskID(0, 0), epoch: takeover.epoch, positions: [place: CommittedPosition(offset: 2)],
                    records: RecordBuffer())
            ])
            #expect(try log.committedPositions(group: "app", [place])[place]?.offset == 2)
            try expectError(.groupActive) { try log.forgetGroup("app") }
            member.member.leave()
            _ = try eventually("an inactive group") {
                switch try errorCode({ try log.forgetGroup("app") }) {
                case nil: true
                case .groupActive: nil
                case let other?: throw EventLogError(other, "forgetGroup")
                }
            }
            #expect(try log.committedPositions(group: "app", [place]) == [:])
            let again = try TestMember(host, .sample(tasks: 1))
            defer { again.member.leave() }
            #expect(again.member.incarnation != member.member.incarnation)
        }
    }
}
