import AgentOperators
import AutoGenKafka
import EventLog
import Foundation
import Schemas
import StreamCore
import TestPrograms
import Testing
import Topology

/// A process that hosts agents for Python, killed between requests and replies, over and over.
@Suite("A killed AutoGen host", .timeLimit(.minutes(15)))
struct AutoGenKillTests {
    private static let program = BuiltProgram("AutoGenAgents")
    private static let requests = 300
    private static let kills = 5

    @Test(
        "every request has one response, and every agent has counted each of its own once",
        .enabled(if: program.exists, "needs the built AutoGenAgents"))
    func answersOnce() async throws {
        try await OwnThread.run(named: "autogen kill") {
            let place = Workplace()
            let seed = UInt64.random(in: 1...999_999)
            print("seed \(seed)")
            var random = SeededRandom(seed: seed)
            try AutoGenTopics().createMissing(on: place.log())
            let arguments = ["run", "--data-dir", place.folder]
            var sent = 0
            for _ in 0..<Self.kills {
                let run = try Self.program.start(arguments, in: place.folder)
                #expect(run.says("running", within: 120))
                try ask(sent..<(sent + Self.requests / Self.kills), place)
                sent += Self.requests / Self.kills
                Thread.sleep(forTimeInterval: Double(random.next() % 300) / 1000)
                run.kill()
            }
            let last = try Self.program.start(arguments, in: place.folder)
            defer { last.kill() }
            var (answers, count) = try responses(place, atLeast: Self.requests)
            #expect(answers.count == Self.requests && count == Self.requests)
            // Some come a second time, as from a client that was not sure: they are answered with the same words.
            try ask(0..<40, place)
            (answers, count) = try responses(place, atLeast: Self.requests + 40)
            #expect(answers.count == Self.requests && count == Self.requests + 40)
            #expect(answers.values.allSatisfy { $0.count == 1 })
            for agent in 0..<5 {
                let numbers = answers.filter { Int($0.key).map { $0 % 5 == agent } == true }
                    .compactMap { $0.value.first?.split(separator: " ").last.flatMap { Int($0) } }.sorted()
                #expect(numbers == Array(1...Self.requests / 5), "agent \(agent)")
            }
        }
    }

    private func ask(_ numbers: Range<Int>, _ place: Workplace) throws {
        var buffer = RecordBuffer()
        for number in numbers {
            let recipient = AgentID("echo", "s\(number % 5)")
            let event = RequestEvent(
                requestID: "\(number)", recipient: recipient, payload: Bytes("{\"text\": \"\(number)\"}"),
                payloadType: "Text", payloadFormat: "application/json")
            let key = Bytes(recipient.description)
            buffer.append(
                to: TopicPartition("runtime_requests", Murmur2.partition(key, of: 3)), key: key,
                value: Bytes([0, 0, 0, 0, 1] + event.bytes.array), timestamp: SystemWallClock().now())
        }
        try place.log().append(buffer)
    }

    /// What was answered, as soon as there are so many responses; fewer when that takes more than four minutes.
    private func responses(_ place: Workplace, atLeast least: Int) throws -> ([String: Set<String>], Int) {
        let limit = Date().addingTimeInterval(240)
        var found = try responses(place)
        while Date() < limit, found.1 < least {
            Thread.sleep(forTimeInterval: 0.05)
            found = try responses(place)
        }
        return found
    }

    /// What was answered, by request, and how many responses there are.
    private func responses(_ place: Workplace) throws -> ([String: Set<String>], Int) {
        let reader = try place.log().makeReader(isolation: .committed)
        var answers: [String: Set<String>] = [:]
        var count = 0
        for number in 0..<3 as Range<Int32> {
            let source = TopicPartition("runtime_responses", number)
            try reader.open(source, at: 0)
            while true {
                let batch = try reader.read(source, maxRecords: 1_000, maxBytes: 1 << 20)
                if batch.records.isEmpty { break }
                for record in batch.records {
                    let event = try ResponseEvent(framed: record.value)
                    count += 1
                    answers[event.requestID ?? "", default: []].insert(
                        event.payload?.description.replacing("\"}", with: "") ?? event.error ?? "")
                }
            }
        }
        return (answers, count)
    }
}
