import EventLog
import Foundation
import StreamCore
import StreamDSL
import TestPrograms
import Testing

/// The support chat as a process, killed between a question to a person, the decision, and the answer.
@Suite("A killed support chat", .serialized, .timeLimit(.minutes(30)))
struct SupportChatKillTests {
    static let program = BuiltProgram("SupportChat")
    static let tool = BuiltProgram("tributary")
    static let sessions = 24

    private struct Message: Codable, Sendable {
        let text: String
    }

    private let chats = Topic("chats", key: .string, value: .json(Message.self))
    private let replies = Topic("replies", key: .string, value: .json(Message.self))

    @Test(.enabled(if: program.exists && tool.exists, "needs the built SupportChat and tributary"))
    func `pays every refund once and answers every customer once`() async throws {
        try await OwnThread.run(named: "test") {
            let place = Workplace()
            let seed = UInt64.random(in: 1...999_999)
            print("seed \(seed)")
            var random = SeededRandom(seed: seed)
            try place.log().createTopic(TopicSpecification("chats", partitions: 4))
            try place.produce(
                chats,
                (0..<Self.sessions).map { ("session-\($0)", Message(text: "A-1001 is broken, money back!"), Int64($0)) }
            )
            let refunds = place.folder + "/refunds.jsonl"
            func start() throws -> RunningProgram {
                try Self.program.start(
                    ["run", "--data-dir", place.folder], environment: ["SUPPORT_REFUNDS": refunds], in: place.folder)
            }
            var undecided: Set<String> = []
            var decided: Set<String> = []
            var kills = 0
            while try place.read(replies).count < Self.sessions, kills < 200 {
                let run = try start()
                #expect(run.says("running", within: 60), "\(run.errorText)")
                Thread.sleep(forTimeInterval: Double(random.below(600)) / 1_000)
                // Some decisions are made while it runs, some while it is dead.
                let isDead = random.happens(500)
                if isDead { run.kill() }
                undecided = try open(place).subtracting(decided)
                for id in undecided.sorted().prefix(1 + random.below(6)) {
                    try approve(id, place)
                    decided.insert(id)
                }
                Thread.sleep(forTimeInterval: Double(random.below(300)) / 1_000)
                run.kill()
                kills += 1
            }
            let answers = try place.read(replies)
            #expect(Set(answers.map(\.key)).count == Self.sessions)
            #expect(answers.count == Self.sessions, "nobody is answered twice")
            #expect(answers.allSatisfy { $0.value.text.hasPrefix("Done: 49.9 EUR") })
            let lines = try String(contentsOfFile: refunds, encoding: .utf8).split(separator: "\n")
            #expect(lines.count == Self.sessions, "no refund is paid twice")
            print("\(Self.sessions) refunds, \(kills) kills")
        }
    }

    private func open(_ place: Workplace) throws -> Set<String> {
        let run = try Self.tool.start(
            ["agents", "approvals", "--data-dir", place.folder, "--output", "jsonl"], in: place.folder)
        // Before the application has made its topics there is nothing to list.
        guard run.wait() == 0 else { return [] }
        struct Row: Decodable { let id: String }
        let rows = run.outputText.split(separator: "\n").compactMap {
            try? JSONDecoder().decode(Row.self, from: Data($0.utf8))
        }
        return Set(rows.map(\.id))
    }

    private func approve(_ id: String, _ place: Workplace) throws {
        let run = try Self.tool.start(
            ["agents", "approve", id, "--by", "bea", "--data-dir", place.folder, "--wait", "0s"], in: place.folder)
        #expect(run.wait() == 0, "\(run.errorText)")
    }
}
