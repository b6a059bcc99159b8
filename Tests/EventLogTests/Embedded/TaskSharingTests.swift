@testable import EventLog
import StreamCore
import Testing

@Suite struct TaskSharingTests {
    /// A group whose members act one after the other, as their polls do.
    struct Group {
        var members: [String]
        var owners: [TaskID: String?]
        var moves = 0

        init(_ members: [String], tasks: [TaskID]) {
            self.members = members
            owners = Dictionary(uniqueKeysWithValues: tasks.map { ($0, nil) })
        }

        func sharing(_ member: String) -> TaskSharing { TaskSharing(me: member, members: members, owners: owners) }

        mutating func settle(_ generator: inout some RandomNumberGenerator) {
            for _ in 0..<20 {
                for member in members.shuffled(using: &generator) {
                    for task in sharing(member).surplus { owners[task] = .some(nil) }
                    for task in sharing(member).claims {
                        owners[task] = member
                        moves += 1
                    }
                }
            }
        }

        mutating func kill(_ member: String) {
            members.removeAll { $0 == member }
            for (task, owner) in owners where owner == member { owners[task] = .some(nil) }
        }

        var counts: [Int] { members.map { sharing($0).mine.count } }
    }

    @Test func `a balanced assignment stays as it is`() {
        var generator = SeededRandom(seed: 1)
        var group = Group(["a", "b", "c"], tasks: (0..<7).map { TaskID(0, $0) })
        group.settle(&generator)
        let before = group.owners
        group.settle(&generator)
        #expect(group.owners == before)
        #expect(group.moves == 7)
    }

    @Test func `a joining member takes its share and nobody else's tasks move`() {
        var generator = SeededRandom(seed: 2)
        var group = Group(["a", "b"], tasks: (0..<9).map { TaskID(0, $0) })
        group.settle(&generator)
        group.members.append("c")
        group.moves = 0
        group.settle(&generator)
        #expect(group.counts == [3, 3, 3])
        #expect(group.moves == 3)
    }

    @Test func `every member gets some of each subtopology`() {
        var generator = SeededRandom(seed: 3)
        let tasks = (0..<3).flatMap { subtopology in (0..<4).map { TaskID(subtopology, $0) } }
        var group = Group(["a"], tasks: tasks)
        group.settle(&generator)
        group.members.append("b")
        group.settle(&generator)
        for member in group.members {
            let counts = Dictionary(grouping: group.sharing(member).mine, by: \.subtopology).mapValues(\.count)
            #expect(counts == [0: 2, 1: 2, 2: 2])
        }
    }

    @Test func `members without tasks and tasks without members do no harm`() {
        #expect(TaskSharing(me: "a", members: [], owners: [TaskID(0, 0): nil]).claims.isEmpty)
        #expect(TaskSharing(me: "a", members: ["a"], owners: [:]).claims.isEmpty)
        #expect(TaskSharing(me: "a", members: ["b"], owners: [TaskID(0, 0): nil]).claims.isEmpty)
    }

    @Test(arguments: 1...30)
    func `whoever joins and dies, the tasks end up shared to within one`(seed: UInt64) {
        var generator = SeededRandom(seed: seed)
        let tasks = (0..<Int32.random(in: 1...40, using: &generator)).map { TaskID($0 % 3, $0) }
        var group = Group(["m0"], tasks: tasks)
        for step in 1...20 {
            if group.members.count > 1, Bool.random(using: &generator), let victim = group.members.randomElement() {
                group.kill(victim)
            } else {
                group.members.append("m\(step)")
            }
            group.settle(&generator)
            let counts = group.counts
            #expect(counts.reduce(0, +) == tasks.count, "seed \(seed)")
            #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1, "seed \(seed)")
        }
    }
}
