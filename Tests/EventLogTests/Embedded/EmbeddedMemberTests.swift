@testable import EventLog
import Foundation
import StreamCore
import Testing

@Suite struct EmbeddedMemberTests {
    static let hasPython = FileManager.default.isExecutableFile(atPath: "/usr/bin/python3")

    /// Another process that holds the lock of a member until it is killed.
    final class ForeignMember {
        let id = UUID().uuidString.lowercased()
        private let process = Process()

        init(_ log: EmbeddedEventLog, application: String, fingerprint: String, tasks: [TaskID]) throws {
            let program = """
                import fcntl, os, struct, sys, time
                lock = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
                fcntl.fcntl(lock, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
                print("locked", flush=True)
                time.sleep(600)
                """
            let output = Pipe()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
            process.arguments = ["-c", program, log.file.folder.lock(of: id)]
            process.standardOutput = output
            try process.run()
            // Closed here, so that the pipe ends when the process does.
            try output.fileHandleForWriting.close()
            let line = try output.fileHandleForReading.read(upToCount: 7)
            guard line == Data("locked\n".utf8) else {
                stop()
                throw NeverHappened(what: "a lock in another process")
            }
            let pid = process.processIdentifier
            try log.tamper(
                """
                INSERT INTO application VALUES ('\(application)', 'incarnation', '\(fingerprint)', 1, 0)
                    ON CONFLICT DO UPDATE SET generation = generation + 1;
                INSERT INTO member VALUES ('\(id)', '\(application)', '\(fingerprint)', \(pid), 'test', 0)
                """)
            for task in tasks {
                try log.tamper(
                    "INSERT INTO task_owner(application, task, member) VALUES ('\(application)', '\(task)', '\(id)')")
            }
        }

        var pid: Int32 { process.processIdentifier }

        /// Kills the process as `kill -9` does, and waits for its end.
        func stop() {
            guard process.isRunning else { return }
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }

        deinit { stop() }
    }

    @Test(.enabled(if: hasPython, "needs /usr/bin/python3"))
    func `tasks of a killed process are taken over at the next poll, not before`() throws {
        try withFolder { folder in
            let log = try logWithTopic(folder)
            let group = GroupSpecification.sample(tasks: 2)
            let foreign = try ForeignMember(log, application: "app", fingerprint: "plan-1", tasks: group.tasks)
            defer { foreign.stop() }
            let member = try log.join(group)
            defer { member.leave() }
            let listener = RecordingListener()
            for _ in 0..<20 { try member.poll(listener) }
            #expect(listener.tasks.isEmpty)
            foreign.stop()
            try member.poll(listener)
            #expect(listener.tasks == Set(group.tasks))
            #expect(!FileManager.default.fileExists(atPath: log.file.folder.lock(of: foreign.id)))
            #expect(try log.number("SELECT count(*) FROM member") == 1)
        }
    }

    @Test(.enabled(if: hasPython, "needs /usr/bin/python3"))
    func `another plan is refused by the process that runs it, until that is dead`() throws {
        try withFolder { folder in
            let log = try logWithTopic(folder)
            let foreign = try ForeignMember(log, application: "app", fingerprint: "plan-0", tasks: [])
            defer { foreign.stop() }
            let error = try caught { _ = try log.join(.sample(tasks: 1)) }
            #expect(error?.code == .incompatiblePlan)
            #expect(error?.message.contains("process \(foreign.pid) on test") == true)
            let refused = try errorCode { try log.forgetGroup("app") }
            #expect(refused == .groupActive)
            foreign.stop()
            let member = try log.join(.sample(tasks: 1))
            member.leave()
            try log.forgetGroup("app")
            #expect(try log.number("SELECT count(*) FROM application") == 0)
        }
    }

    @Test func `a member that goes away without leaving is dead`() throws {
        try withFolder { folder in
            let log = try logWithTopic(folder)
            let listener = RecordingListener()
            do {
                let first = try log.join(.sample(tasks: 2))
                try first.poll(listener)
                #expect(listener.tasks.count == 2)
            }
            let second = try log.join(.sample(tasks: 2, fingerprint: "plan-2"))
            defer { second.leave() }
            let successor = RecordingListener()
            try second.poll(successor)
            #expect(successor.tasks.count == 2)
            #expect(log.file.folder.lockedMembers() == [second.id])
        }
    }

    @Test func `lock files of processes that died while joining are removed`() throws {
        try withFolder { folder in
            let log = try logWithTopic(folder)
            try Data().write(to: URL(fileURLWithPath: log.file.folder.lock(of: "half-joined")))
            let member = try log.join(.sample(tasks: 1))
            #expect(log.file.folder.lockedMembers() == [member.id])
            member.leave()
            member.leave()
            #expect(log.file.folder.lockedMembers() == [])
        }
    }

    @Test func `a poll that finds nothing new writes nothing`() throws {
        try withFolder { folder in
            let log = try logWithTopic(folder)
            let member = try log.join(.sample(tasks: 3))
            defer { member.leave() }
            let listener = RecordingListener()
            for _ in 0..<3 { try member.poll(listener) }
            let before = try log.number("PRAGMA data_version")
            for _ in 0..<100 { try member.poll(listener) }
            #expect(try log.number("PRAGMA data_version") == before)
        }
    }

    @Test func `after leaving nothing works and nothing is held`() throws {
        try withFolder { folder in
            let log = try logWithTopic(folder)
            let task = try log.soleTask()
            task.member.leave()
            try expectError(.closed) { try task.member.poll(RecordingListener()) }
            #expect(try task.commit([Sample("k", "v")]).isFenced)
            let error = try caught {
                _ = try task.member.takeOver(TaskID(0, 0), inputs: [], changelogs: [])
            }
            #expect(error?.code == .fenced, "\(error?.message ?? "")")
        }
    }

    @Test func `an application needs a name`() throws {
        try withFolder { folder in
            let log = try logWithTopic(folder)
            try expectError(.invalidConfiguration) { _ = try log.join(.sample("", tasks: 1)) }
            let odd = try log.join(.sample("O'Neill; DROP TABLE topic --", tasks: 1))
            odd.leave()
            #expect(try log.topics().count == 1)
        }
    }

    @Test func `a takeover of an unknown changelog changes nothing`() throws {
        try withFolder { folder in
            let log = try logWithTopic(folder)
            let task = try log.soleTask()
            let nowhere = TopicPartition("nowhere", 0)
            let code = try errorCode { _ = try task.member.takeOver(TaskID(0, 0), inputs: [], changelogs: [nowhere]) }
            #expect(code == .unknownTopic)
            #expect(try task.commit([Sample("k", "v")]).receipt != nil)
        }
    }

    @Test func `joining, leaving and dying in any order leaves each task with one living member`() throws {
        var generator = SeededRandom(seed: 5)
        try withFolder { folder in
            let group = GroupSpecification.sample(tasks: 7)
            var members: [(member: any GroupMember, listener: RecordingListener)] = []
            for step in 0..<40 {
                if members.count < 2 || (members.count < 5 && Bool.random(using: &generator)) {
                    let log = try EmbeddedEventLog(dataDirectory: folder)
                    members.append((try log.join(group), RecordingListener()))
                } else {
                    let leaving = members.remove(at: Int.random(in: members.indices, using: &generator))
                    // Otherwise it goes away as a killed process does.
                    if Bool.random(using: &generator) { leaving.member.leave() }
                }
                for _ in 0..<6 {
                    for (member, listener) in members { try member.poll(listener) }
                    let held = members.flatMap { $0.listener.tasks }
                    #expect(held.count == Set(held).count, "two members have one task, step \(step)")
                }
                let counts = members.map(\.listener.tasks.count)
                #expect(counts.reduce(0, +) == 7, "step \(step)")
                #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1, "step \(step)")
            }
            for (member, _) in members { member.leave() }
        }
    }
}
