import AgentOperators
import EventLog
import Foundation
import JSON
import StreamCore
import StreamDSL
import TestPrograms
import Testing
import Topology

/// `agents` and `requests`, against applications that run, have stopped, never ran.
@Suite("Agents by the tool", .timeLimit(.minutes(15)))
struct AgentCommandTests {
    struct Add: Codable, Sendable { let amount: Int }
    struct Sum: Codable, Sendable { let total: Int }
    struct Pay: Codable, Sendable { let order: String }
    struct Large: Codable, Sendable { let text: String }
    struct Count: Codable, Sendable { var total = 0 }

    private static func shop(_ name: String = "shop") throws -> StreamTopology {
        var handling = AskOptions(timeout: .minutes(30), inFlight: 8)
        handling.takesApprovals = true
        let options = AgentOptions(handling: handling)
        return try StreamTopology(name) {
            agents(named: "team", partitions: 2, options: options) {
                AgentType("counter", initial: { _ in Count() }) {
                    on(Add.self) { message, count, _ in
                        guard message.amount >= 0 else { throw AgentError("negative", "below zero") }
                        count.total += message.amount
                        return Sum(total: count.total)
                    }
                    on(Large.self) { message, count, _ in
                        count.total = message.text.utf8.count
                        return Sum(total: count.total)
                    }
                }
                .subscribed(to: "news")
                AgentType("clerk") {
                    on(Pay.self) { message, context in
                        try await context.step("reserve") { _ in "reserved \(message.order)" }
                        let request = ApprovalRequest("pay \(message.order)?", timeout: .days(1))
                        let decision = try await context.approval("may-pay", request)
                        return Sum(total: decision.verdict == .approved ? 1 : 0)
                    }
                }
            }
        }
    }

    /// A world where the shop runs and is known.
    private func withShop(_ body: (CommandWorld) async throws -> Void) async throws {
        try await withWorld { world async throws in
            world.start(try Self.shop())
            let known = try await world.until("agents list -J") { try $0.lines.count == 2 }
            #expect(known.code == 0, "\(known.errors)")
            try await body(world)
        }
    }

    @Test func `types are listed with what they handle, and described`() async throws {
        try await withShop { world async throws in
            let table = await world.run("agents list")
            let lines = table.output.split(separator: "\n").map(String.init)
            #expect(lines[0] == "TYPE     APPLICATION  SYSTEM  STATE   AGENTS  IN FLIGHT  APPROVALS  LEASE UNTIL")
            #expect(lines[1].hasPrefix("clerk    shop         team    hosted       0          0          0  20"))
            let counter = try #require(try await world.run("agents list -J").lines.last)
            #expect(counter["messages"] == ["Add", "Large"])
            #expect(counter["subscriptions"] == ["news"])
            let details = try await world.run("agents describe counter -o json").document
            #expect(details["inbox"] == "shop-team-inbox")
            #expect(details["partitions"] == 2)
            let unknown = await world.run("agents describe conter")
            #expect(unknown.code == 3)
            #expect(unknown.errors.contains("did you mean 'counter'"))
            #expect(await world.run("agents describe counter/nobody").code == 3)
            #expect(await world.run("agents describe counter --system tem").code == 3)
            #expect(await world.run("agents list --system nowhere").code == 3)
        }
    }

    @Test func `an agent is asked, told and published to`() async throws {
        try await withShop { world async throws in
            let asked = await world.run("agents ask counter/anna --type Add", #"{"amount": 4}"#)
            #expect(asked.code == 0, "\(asked.errors)")
            #expect(asked.output == #"{"total":4}"# + "\n")
            let json = try await world.run("agents ask counter/anna -o json --type Add", #"{"amount": 1}"#).document
            #expect(json["reply"]?.text == #"{"total":5}"#)
            #expect(json["type"] == "Sum")
            #expect(await world.run("agents send counter/anna --type Add", #"{"amount": 1}"#).code == 0)
            let published = await world.run("agents publish news/anna --type Add", #"{"amount": 10}"#)
            #expect(published.output.contains("counter/anna"))
            let state = try await world.until("agents describe counter/anna -o json") {
                try $0.document["state"]?.text == #"{"total":16}"#
            }
            #expect(try state.document["hosted"] == true)
            #expect(try await world.run("agents sessions -J").lines.map { $0["agent"] } == ["counter/anna"])
            #expect(try await world.run("agents sessions clerk -J").lines.isEmpty)
            let table = await world.run("agents describe counter/anna")
            #expect(table.output.contains("STATE\n{\n  \"total\": 16\n}\n"))
        }
    }

    @Test func `what goes wrong in a conversation has its exit code`() async throws {
        try await withShop { world async throws in
            let failed = await world.run("agents ask counter/anna --type Add", #"{"amount": -1}"#)
            #expect(failed.code == 1)
            #expect(failed.errors == "error: negative: below zero\n")
            let unhandled = await world.run("agents ask counter/anna {} --type Nothing")
            #expect(unhandled.code == 1)
            let nobody = await world.run("agents ask cleaner/anna {} --type Add")
            #expect(nobody.code == 3)
            #expect(nobody.errors.contains("there are: clerk, counter"))
            #expect(await world.run("agents ask counter {} --type Add").code == 2)
            #expect(await world.run("agents ask counter/anna hello --type Add").errors.contains("'\"hello\"'"))
            let untyped = await world.run("agents ask counter/anna {}")
            #expect(untyped.code == 2)
            #expect(untyped.errors.contains("--type: Add, Large"))
            #expect(await world.run("agents ask clerk/anna --timeout 300ms", #"{"order":"A-1"}"#).code == 4)
            #expect(await world.run("agents send counter/anna {} --type Add -H tributary.id=x").code == 2)
            #expect(await world.run("agents publish news --type Add {}").code == 2)
            let lonely = await world.run("agents publish gossip/anna --type Add {}")
            #expect(lonely.errors.contains("nobody got it"))
            let missing = await world.run("agents ask counter/anna --file /no/such/file --type Add")
            #expect(missing.code == 3)
        }
    }

    @Test func `a message of a megabyte and keys of any text arrive`() async throws {
        try await withShop { world async throws in
            let path = world.folder.path + "/large.json"
            let text = String(repeating: "é", count: 450_000)
            try "{\"text\":\"\(text)\"}".write(toFile: path, atomically: true, encoding: .utf8)
            let asked = await world.run("agents ask counter/big --type Large --file \(path)")
            #expect(asked.output == "{\"total\":900000}\n", "\(asked.errors)")
            let odd = await world.run("agents ask --type Add", "counter/a/b c\u{1b}[31m é", #"{"amount":1}"#)
            #expect(odd.code == 0, "\(odd.errors)")
            let sessions = await world.run("agents sessions")
            #expect(!sessions.output.utf8.contains(0x1b))
            #expect(
                try await world.run("agents sessions -J").lines.contains { $0["agent"] == "counter/a/b c\u{1b}[31m é" })
        }
    }

    @Test func `a request that waits is seen, step by step, and taken back`() async throws {
        try await withShop { world async throws in
            _ = await world.run("agents send clerk/anna", #"{"order":"A-1"}"#)
            let waiting = try await world.until("requests list -J") { try $0.lines.first?["status"] == "waiting" }
            let row = try #require(try waiting.lines.first)
            #expect(row["waitsFor"] == "may-pay")
            #expect(row["key"] == "clerk/anna")
            let id = try #require(row["id"]?.stringValue)
            let steps = try await world.run("agents journal \(id) -J").lines
            #expect(steps.map { $0["name"] } == ["reserve", "may-pay"])
            #expect(steps.map { $0["state"] } == ["done", "waiting"])
            #expect(steps.map { $0["nextRun"] } == ["reused", "waits on"])
            #expect(steps[0]["value"] == "\"reserved A-1\"" || steps[0]["value"] == "reserved A-1")
            #expect(
                try await world.run("agents journal clerk/anna -J").lines.map { $0["request"] } == [
                    row["id"], row["id"],
                ])
            let shown = try await world.run("requests show \(id.prefix(8)) -o json").document
            #expect(shown["request"]?.text == #"{"order":"A-1"}"#)
            #expect(shown["agent"] == "clerk/anna")
            let list = try await world.run("agents list -J").lines[0]
            #expect(list["inFlight"] == 1)
            #expect(list["approvals"] == 1)
            #expect(await world.run("agents describe clerk/anna").output.contains("AT WORK"))

            // A second one of the same agent waits behind it.
            _ = await world.run("agents send clerk/anna", #"{"order":"A-2"}"#)
            let two = try await world.until("requests list -J --status queued") { try $0.lines.count == 1 }
            #expect(try two.lines[0]["waitsFor"] == .null)

            let cancelled = await world.run("agents cancel \(id) --wait 3m")
            #expect(cancelled.code == 0, "\(cancelled.errors)")
            #expect(await world.run("agents cancel 0000000000").code == 3)
            let next = try await world.until("requests list -J") { try $0.lines.first?["status"] == "waiting" }
            #expect(try next.lines.count == 1)
        }
    }

    @Test func `an application that has stopped shows what it left, and hears what was asked when it runs again`()
        async throws
    {
        try await withShop { world async throws in
            _ = await world.run("agents ask counter/anna --type Add", #"{"amount": 4}"#)
            _ = await world.run("agents send clerk/bob", #"{"order":"A-1"}"#)
            let waiting = try await world.until("requests list -J") { try $0.lines.first?["status"] == "waiting" }
            let id = try #require(try waiting.lines.first?["id"]?.stringValue)
            try await world.stop()
            #expect(
                try await world.run("agents describe counter/anna -o json").document["state"]?.text == #"{"total":4}"#)
            #expect(try await world.run("agents journal \(id) -J").lines.count == 2)
            let late = await world.run("agents cancel \(id) --wait 100ms")
            #expect(late.code == 4)
            #expect(late.errors.contains("as soon as the application runs"))
            world.start(try Self.shop())
            let gone = try await world.until("requests list -J") { try $0.code == 0 && $0.lines.isEmpty }
            #expect(try gone.lines.isEmpty)
            let ended = try await world.run("requests list --all -J").lines
            #expect(ended.contains { $0["status"] == "answered" && $0["key"] == "counter/anna" })
            let answered = try #require(ended.first { $0["status"] == "answered" }?["id"]?.stringValue)
            #expect(try await world.run("requests show \(answered) -o json").document["reply"]?.text == #"{"total":4}"#)
            let over = await world.run("agents cancel \(answered)")
            #expect(over.code == 6)
            #expect(await world.run("agents journal \(answered)").code == 3)
        }
    }

    @Test func `two applications and garbage in a registry are no obstacle`() async throws {
        try await withWorld { world async throws in
            world.start(try Self.shop())
            _ = try await world.until("agents list -J") { try $0.lines.count == 2 }
            world.start(try Self.shop("second"))
            let both = try await world.until("agents list -J") { try $0.lines.count == 4 }
            #expect(try Set(both.lines.map { $0["application"] }) == ["second", "shop"])
            #expect(try await world.run("agents list -a second -J").lines.count == 2)
            try world.append(
                "team-registry", [(Bytes([0xff]), Bytes("x")), (Bytes("application/x"), Bytes("{")), (nil, nil)])
            try world.append("odd-registry", [(Bytes("a"), Bytes([0, 1, 2]))])
            #expect(try await world.run("agents list -J").lines.count == 4)
            #expect(await world.run("agents ask counter/anna --type Add", #"{"amount": 4}"#).code == 0)
        }
    }

    @Test func `nothing there is said as such`() async throws {
        try await withWorld { world async throws in
            #expect(await world.run("agents list").output.hasPrefix("TYPE "))
            #expect(await world.run("agents describe counter").code == 3)
            #expect(await world.run("agents ask counter/anna {} --type Add").code == 3)
            #expect(await world.run("requests list -o json").output == "[]\n")
            #expect(await world.run("requests show 12345678").code == 3)
            #expect(await world.run("requests list -a nobody").code == 3)
            #expect(await world.run("requests list --status asleep").code == 2)
            #expect(await world.run("agents list -d /nowhere/at/all", isElsewhere: true).code == 3)
            #expect(await world.run("requests list -d /nowhere/at/all", isElsewhere: true).code == 3)
        }
    }
}
